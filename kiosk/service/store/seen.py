"""When a workstation was last heard of, and what it says of itself. For lists: nothing is decided by it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.model.wire import StationSays
from kiosk.service.store.schema import station_seen
from kiosk.service.store.sql_types import StoredRow

MAX_TEXT = 60
MAX_TRUSTS = 8
SPKI = 64
"""Hex digits of a SHA-256."""


@dataclass(frozen=True, slots=True)
class StationSeen:
    """What is known of one. ``at``: epoch seconds. ``says``: None until it said anything."""

    at: int
    says: StationSays | None


def contact(conn: Connection, stations: Collection[str], now: int) -> None:
    """These are there now."""
    for station in sorted(stations):
        _put(conn, {"workstation": station, "at": now})


def said(conn: Connection, station: str, says: StationSays, now: int) -> None:
    """Keep what it says, as far as a list can show it."""
    trusts = [pin for pin in says.trusts if len(pin) == SPKI and pin.isalnum() and pin.isascii()][:MAX_TRUSTS]
    told = {"version": _short(says.version), "doorbell": _short(says.doorbell), "stage": _short(says.stage)}
    _put(conn, {"workstation": station, "at": now, "trusts": json.dumps(trusts), **told})


def all_of_them(conn: Connection) -> dict[str, StationSeen]:
    """By the workstation's id."""
    return {row.workstation: _seen(row) for row in conn.execute(select(station_seen))}


def _put(conn: Connection, values: dict[str, object]) -> None:
    insert = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
    changed = {name: value for name, value in values.items() if name != "workstation"}
    conn.execute(
        insert(station_seen).values(values).on_conflict_do_update(index_elements=["workstation"], set_=changed)
    )


def _seen(row: StoredRow) -> StationSeen:
    """Nobody vouches for these rows: one that somebody else bent spoils no list."""
    if row.version is None:
        return StationSeen(row.at, None)
    return StationSeen(
        row.at, StationSays(_short(row.version), _trusts(row.trusts), _short(row.doorbell), _short(row.stage))
    )


def _trusts(text: str | None) -> tuple[str, ...]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(pin for pin in found if isinstance(pin, str)) if isinstance(found, list) else ()


def _short(text: str | None) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in (text or "")[:MAX_TEXT])
