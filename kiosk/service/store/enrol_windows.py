"""Windows: times in which certain kinds of factors are given out at a place or a station."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import enrol_window


@dataclass(frozen=True, slots=True)
class EnrolmentWindow:
    """One that is open. ``workstation``: a station's id; else ``place``; else everywhere. Times in epoch seconds."""

    id: str
    place: str | None
    workstation: str | None
    kinds: tuple[str, ...]
    opened_by: str
    opened: int
    until: int


def open(  # noqa: A001  (a window is opened: ``enrol_windows.open``)
    conn: Connection,
    kinds: Sequence[str],
    by: str,
    until: int,
    now: int,
    *,
    place: str | None = None,
    workstation: str | None = None,
) -> str:
    """Open a window for ``kinds`` (values of ``FactorKind``) at a place or a station, everywhere without either.

    Its id. The caller writes the audit row.
    """
    made = f"w{fresh_id()}"  # an id that begins with a hyphen could not be typed after a command
    row = {"id": made, "place": place, "workstation": workstation, "kinds": json.dumps(list(kinds)), "opened_by": by}
    integrity.add(conn, enrol_window, {**row, "opened": now, "until": until})
    return made


def close(conn: Connection, window: str, now: int) -> bool:
    """Close it before its time. Whether it was open."""
    mine = (enrol_window.c.id == window) & enrol_window.c.closed.is_(None) & (enrol_window.c.until > now)
    return bool(integrity.change(conn, enrol_window, mine, {"closed": now}))


def all_open(conn: Connection, now: int) -> list[EnrolmentWindow]:
    """Every window that is open now, the oldest first."""
    here = enrol_window.c.closed.is_(None) & (enrol_window.c.until > now) & (enrol_window.c.opened <= now)
    rows = integrity.rows(conn, enrol_window, here, order=(enrol_window.c.opened, enrol_window.c.id), skip=True)
    return [
        EnrolmentWindow(
            row.id, row.place, row.workstation, tuple(json.loads(row.kinds)), row.opened_by, row.opened, row.until
        )
        for row in rows
    ]


def is_open(conn: Connection, workstation: str, place: str, kind: str, now: int) -> bool:
    """Whether factors of ``kind`` are given out now at the station of that id, which stands at ``place``."""
    return any(
        kind in window.kinds and window.workstation in (None, workstation) and window.place in (None, place)
        for window in all_open(conn, now)
    )
