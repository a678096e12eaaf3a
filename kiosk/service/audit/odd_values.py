"""Values of another kind in the trail's tables, which SQLite keeps: they cannot be read as what they should be."""

from __future__ import annotations

from sqlalchemy import Connection, Table

from kiosk.service.audit.finding import Finding, NotHeldError
from kiosk.service.store import kinds
from kiosk.service.store.schema import audit_chain, audit_row, checkpoint, evidence, opening, station_request

TABLES = (checkpoint, audit_chain, audit_row, evidence, opening, station_request)


SMALL = (checkpoint, audit_chain)
"""Those that are read in no time."""


def check(conn: Connection, tables: tuple[Table, ...] = TABLES) -> None:
    """Raises ``NotHeldError`` for the first that is found."""
    odd = kinds.first_odd(conn, tables)
    if odd is None:
        return
    what = f"its column {odd.column} holds a value of a kind that the service does not write there"
    if odd.table == audit_row.name and odd.key[1].isdecimal():
        raise NotHeldError(Finding(what, odd.key[0], int(odd.key[1])))
    if odd.table == checkpoint.name and odd.key[0].isdecimal():
        raise NotHeldError(Finding(what, checkpoint=int(odd.key[0])))
    raise NotHeldError(Finding(f"{what} (table {odd.table}, row {' '.join(odd.key)})"))
