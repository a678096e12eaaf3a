"""Programs that an administrator named, and what programs may ask for with an application's audience."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.people import ProgramView
from kiosk.service.store import integrity
from kiosk.service.store.schema import program, program_action
from kiosk.service.store.sql_types import StoredRow

ANY = "*"
"""Any action."""


def add(conn: Connection, made: ProgramView, now: int) -> None:
    """A new program. ``StoreConflictError`` for a name or path in use."""
    values = {"name": made.name, "path": made.path, "sha256": made.sha256, "browser": made.browser}
    integrity.add(conn, program, {**values, "created": now})


def remove(conn: Connection, name: str) -> bool:
    """No longer named, and its own actions go with it. False if there is none."""
    integrity.remove(conn, program_action, program_action.c.program == name)
    return bool(integrity.remove(conn, program, program.c.name == name))


def all_of_them(conn: Connection) -> tuple[ProgramView, ...]:
    """Every program, by name; one whose row is not the service's own is left out."""
    return tuple(_view(row) for row in integrity.rows(conn, program, order=(program.c.name,), skip=True))


def registered(conn: Connection, name: str, path: str, sha256: str | None) -> ProgramView | None:
    """The program of that name, if path and, where it is registered by one, digest are its own."""
    row = integrity.one(conn, program, (program.c.name == name) & (program.c.path == path))
    if row is None or row.sha256 not in (None, sha256):
        return None
    return _view(row)


def allow(conn: Connection, application: str, name: str, action: str, now: int) -> bool:
    """``name`` (empty: any program) may ask for ``action``. False if it could already."""
    if (name, action) in actions_of(conn, application):
        return False
    values = {"application": application, "program": name, "action": action, "created": now}
    integrity.add(conn, program_action, values)
    return True


def forbid(conn: Connection, application: str, name: str, action: str) -> bool:
    """No longer. False if it could not."""
    mine = (program_action.c.application == application) & (program_action.c.program == name)
    return bool(integrity.remove(conn, program_action, mine & (program_action.c.action == action)))


def actions_of(conn: Connection, application: str) -> tuple[tuple[str, str], ...]:
    """(program, action) of all that programs may ask for with the application's audience."""
    order = (program_action.c.program, program_action.c.action)
    found = integrity.rows(conn, program_action, program_action.c.application == application, order=order, skip=True)
    return tuple((row.program, row.action) for row in found)


def may_ask(conn: Connection, application: str, name: str, action: str) -> bool:
    """Whether the program ``name`` (empty: one that is not registered) may ask for ``action``."""
    allowed = set(actions_of(conn, application))
    return any((who, what) in allowed for who in {"", name} for what in (action, ANY))


def _view(row: StoredRow) -> ProgramView:
    return ProgramView(row.name, row.path, row.sha256, row.browser)
