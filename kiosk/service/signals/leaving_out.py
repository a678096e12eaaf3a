"""A receiver says of whom it wants to hear nothing, and takes it back (SSF 1.0 section 8.1.3).

Everybody is told of, unless they were left out. Who is not known here is answered like anybody else: a receiver does
not learn who works here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.context import Service
from kiosk.service.signals import naming
from kiosk.service.store import signal_left_out
from kiosk.service.store.request_budget import settle_application
from kiosk.service.store.signal_receivers import SignalReceiver

MAX_LEFT_OUT = 1000
"""Persons of one receiver."""


def remove(conn: Connection, service: Service, stream: SignalReceiver, subject: Mapping[str, str], now: int) -> None:
    """Nothing more of that person. Raises ``HttpProblemError``."""
    person = _person(conn, service, stream, subject)
    if person is not None and signal_left_out.leave_out(conn, stream.application, person, now):
        if signal_left_out.count(conn, stream.application) > MAX_LEFT_OUT:
            raise HttpProblemError(403, "too_many", f"At most {MAX_LEFT_OUT} people can be left out of a stream.")
        _tell(conn, stream, person, "removed", now)
    settle_application(conn, service.budgets, stream.application, now)


def add(conn: Connection, service: Service, stream: SignalReceiver, subject: Mapping[str, str], now: int) -> None:
    """That person again. Raises ``HttpProblemError``."""
    person = _person(conn, service, stream, subject)
    if person is not None and signal_left_out.take_in(conn, stream.application, person):
        _tell(conn, stream, person, "added", now)
    settle_application(conn, service.budgets, stream.application, now)


def _person(conn: Connection, service: Service, stream: SignalReceiver, subject: Mapping[str, str]) -> str | None:
    if subject.get("format") != stream.rules.form:
        raise HttpProblemError(400, "bad_subject", f"People are named in your stream by the form {stream.rules.form}.")
    return naming.told_as(conn, stream.rules, service.issuer, subject)


def _tell(conn: Connection, stream: SignalReceiver, person: str, change: str, now: int) -> None:
    detail: dict[str, Json] = {"app": stream.name, "change": change}
    append(conn, SERVICE, Event("signal_subject", "success", now, person=person, detail=detail))
