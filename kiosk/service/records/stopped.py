"""Who stopped a factor at a workstation, read from the trail: its owner, the help desk, or who agreed to its move."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from kiosk.service.audit import reading
from kiosk.service.audit.lines import told_by
from kiosk.service.platform.json_fields import JsonObject, member, number
from kiosk.service.store.factors import short_of

Stopped = dict[tuple[str, str, int], str]
"""Login of whoever did it, by the person's id, the factor's short id and the time."""


def read(conn: Connection, logins: dict[str, str]) -> Stopped:
    """All of them. ``logins``: by the person's id."""
    found: Stopped = {}
    for action in ("factor_lost", "factor_replaced", "factor_moved", "reset"):
        for row in reading.with_action(conn, action):
            body = told_by(row.body)
            for mark, by in _stopped(action, body, member(body, "detail"), logins) if body else ():
                found[str(body.get("person")), short_of(mark), number(body, "at")] = by
    return found


def _stopped(action: str, body: JsonObject, detail: JsonObject, logins: dict[str, str]) -> Iterator[tuple[str, str]]:
    if action == "reset":
        lost = detail.get("lost")
        marks = lost if isinstance(lost, list) else []
        yield from ((str(mark), str(detail.get("by_login", ""))) for mark in marks)
    elif action == "factor_moved":
        by = str(detail.get("by", ""))
        yield str(detail.get("factor", "")), logins.get(by, by)
    else:
        yield str(detail.get("factor", "")), str(body.get("login", ""))
