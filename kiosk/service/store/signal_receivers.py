"""Applications that may have our signals, each by one stream, which is called as the application is.

An administrator registers what an application may have, and where. Within that it makes, changes and ends its stream.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection

from kiosk.service.store import integrity, lookups
from kiosk.service.store.schema import signal_receiver
from kiosk.service.store.sql_types import StoredRow

Status = Literal["enabled", "paused", "disabled"]
Form = Literal["iss_sub", "email", "opaque"]
STATUSES: tuple[Status, ...] = get_args(Status)
FORMS: tuple[Form, ...] = get_args(Form)
ADMIN = "admin"
POLL = "poll"


@dataclass(frozen=True, slots=True)
class ReceiverRules:
    """``uri``: where signals are posted; empty for one that only fetches them. ``events``: names of event types.
    ``form``: how people are named there. ``email_domain``: what follows a login where that is by address."""

    uri: str
    events: tuple[str, ...]
    form: Form = "iss_sub"
    email_domain: str | None = None


@dataclass(frozen=True, slots=True)
class StreamShape:
    """What the application decides of its stream. ``poll``: it fetches its signals. ``endpoint``: where they are
    posted; None for the registered address. ``asked``: names of event types; None for all that it may have."""

    poll: bool = False
    endpoint: str | None = None
    asked: tuple[str, ...] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class SignalReceiver:
    """One stream. ``application``: its id, and the stream's. ``paused``: what happens is kept until it goes on;
    ``disabled``: it is not. ``by_admin``: an administrator said so, and not the application itself. ``verified``: when
    it last asked for a verification event, epoch seconds. ``gone``: the application ended its stream."""

    application: str
    name: str
    audience: str
    rules: ReceiverRules
    status: Status
    reason: str | None
    verified: int
    by_admin: bool
    shape: StreamShape = StreamShape()
    gone: bool = False

    @property
    def events(self) -> tuple[str, ...]:
        """Names of event types that it is told: what it wants, of what it may have."""
        asked = self.shape.asked
        return self.rules.events if asked is None else tuple(name for name in self.rules.events if name in asked)

    @property
    def address(self) -> str:
        """Where its signals are posted."""
        return self.shape.endpoint or self.rules.uri

    @property
    def listens(self) -> bool:
        """What happens is kept for it, or posted."""
        return self.status != "disabled" and not self.gone


def put(conn: Connection, application: str, rules: ReceiverRules, now: int) -> None:
    """The application is sent signals by these rules from now on, whatever it said before."""
    values: dict[str, object] = {"uri": rules.uri, "events": json.dumps(rules.events), "form": rules.form}
    values |= {"email_domain": rules.email_domain, "status": "enabled", "reason": None}
    values |= {"status_by": None, **_columns(StreamShape(poll=not rules.uri))}
    if not integrity.change(conn, signal_receiver, signal_receiver.c.application == application, values):
        integrity.add(conn, signal_receiver, {"application": application, **values, "created": now})


def remove(conn: Connection, application: str) -> bool:
    """It is sent nothing any more. False if it was not."""
    return bool(integrity.remove(conn, signal_receiver, signal_receiver.c.application == application))


def reshape(conn: Connection, application: str, shape: StreamShape) -> None:
    """Its stream is that from now on; there is one, whether there was or not."""
    integrity.change(conn, signal_receiver, signal_receiver.c.application == application, _columns(shape))


def end(conn: Connection, application: str, now: int) -> None:
    """The application has no stream any more, and may make one."""
    integrity.change(conn, signal_receiver, signal_receiver.c.application == application, {"gone": now})


def set_status(conn: Connection, application: str, status: Status, reason: str | None, *, by_admin: bool) -> None:
    """Its stream is that from now on. ``by_admin``: else by the application itself."""
    mine = signal_receiver.c.application == application
    who = ADMIN if by_admin else "application"
    integrity.change(conn, signal_receiver, mine, {"status": status, "reason": reason, "status_by": who})


def asked_to_verify(conn: Connection, application: str, now: int) -> None:
    """It wants a verification event."""
    integrity.change(conn, signal_receiver, signal_receiver.c.application == application, {"verified": now})


def find(conn: Connection, application: str) -> SignalReceiver | None:
    """What is registered of that application, unless the application was revoked."""
    row = integrity.one(conn, signal_receiver, signal_receiver.c.application == application)
    return None if row is None else _read(conn, row)


def all_of_them(conn: Connection) -> list[SignalReceiver]:
    """Every one that is registered, by the name of its application."""
    rows = integrity.rows(conn, signal_receiver, skip=True)
    found = (_read(conn, row) for row in rows)
    return sorted((stream for stream in found if stream is not None), key=lambda stream: stream.name)


def _columns(shape: StreamShape) -> dict[str, object]:
    asked = None if shape.asked is None else json.dumps(shape.asked)
    delivery = POLL if shape.poll else None
    more = {"endpoint": shape.endpoint, "description": shape.description, "gone": None}
    return {"delivery": delivery, "asked": asked, **more}


def _read(conn: Connection, row: StoredRow) -> SignalReceiver | None:
    owner = lookups.application_by_id(conn, row.application)
    if owner is None or not owner.active:
        return None
    asked = None if row.asked is None else tuple(json.loads(row.asked))
    return SignalReceiver(
        owner.id,
        owner.name,
        owner.audience,
        ReceiverRules(row.uri, tuple(json.loads(row.events)), row.form, row.email_domain),
        row.status,
        row.reason,
        row.verified or 0,
        row.status_by == ADMIN,
        StreamShape(row.delivery == POLL, row.endpoint, asked, row.description),
        row.gone is not None,
    )
