"""Applications that are sent our signals, each by one stream, which is called as the application is."""

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


@dataclass(frozen=True, slots=True)
class ReceiverRules:
    """``uri``: where signals are posted. ``events``: names of event types. ``form``: how people are named there.
    ``email_domain``: what follows a login where that is by address."""

    uri: str
    events: tuple[str, ...]
    form: Form = "iss_sub"
    email_domain: str | None = None


@dataclass(frozen=True, slots=True)
class SignalReceiver:
    """One stream. ``application``: its id, and the stream's. ``paused``: what happens is kept until it goes on;
    ``disabled``: it is not. ``by_admin``: an administrator said so, and not the application itself. ``verified``: when
    it last asked for a verification event, epoch seconds."""

    application: str
    name: str
    audience: str
    rules: ReceiverRules
    status: Status
    reason: str | None
    verified: int
    by_admin: bool


def put(conn: Connection, application: str, rules: ReceiverRules, now: int) -> None:
    """The application is sent signals by these rules from now on."""
    values: dict[str, object] = {"uri": rules.uri, "events": json.dumps(rules.events), "form": rules.form}
    values |= {"email_domain": rules.email_domain, "status": "enabled", "reason": None}
    values["status_by"] = None
    if not integrity.change(conn, signal_receiver, signal_receiver.c.application == application, values):
        integrity.add(conn, signal_receiver, {"application": application, **values, "created": now})


def remove(conn: Connection, application: str) -> bool:
    """It is sent nothing any more. False if it was not."""
    return bool(integrity.remove(conn, signal_receiver, signal_receiver.c.application == application))


def set_status(conn: Connection, application: str, status: Status, reason: str | None, *, by_admin: bool) -> None:
    """Its stream is that from now on. ``by_admin``: else by the application itself."""
    mine = signal_receiver.c.application == application
    who = ADMIN if by_admin else "application"
    integrity.change(conn, signal_receiver, mine, {"status": status, "reason": reason, "status_by": who})


def asked_to_verify(conn: Connection, application: str, now: int) -> None:
    """It wants a verification event."""
    integrity.change(conn, signal_receiver, signal_receiver.c.application == application, {"verified": now})


def find(conn: Connection, application: str) -> SignalReceiver | None:
    """The stream of that application, unless the application was revoked."""
    row = integrity.one(conn, signal_receiver, signal_receiver.c.application == application)
    return None if row is None else _read(conn, row)


def all_of_them(conn: Connection) -> list[SignalReceiver]:
    """Every stream, by the name of its application."""
    rows = integrity.rows(conn, signal_receiver, skip=True)
    found = (_read(conn, row) for row in rows)
    return sorted((stream for stream in found if stream is not None), key=lambda stream: stream.name)


def _read(conn: Connection, row: StoredRow) -> SignalReceiver | None:
    owner = lookups.application_by_id(conn, row.application)
    if owner is None or not owner.active:
        return None
    rules = ReceiverRules(row.uri, tuple(json.loads(row.events)), row.form, row.email_domain)
    verified, by_admin = row.verified or 0, row.status_by == ADMIN
    return SignalReceiver(owner.id, owner.name, owner.audience, rules, row.status, row.reason, verified, by_admin)
