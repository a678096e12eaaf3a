"""Sealed codes of emergency access, by their digests: printed, used once, ended.

They belong to a workstation's manifest: one that was used or ended cannot be put back (decision 22), and the
workstation's own lock covers them (decision 33).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from kiosk.model.sealed_code import SealedCode
from kiosk.service.store import integrity
from kiosk.service.store.schema import emergency_code
from kiosk.service.store.sql_types import StoredRow


@dataclass(frozen=True, slots=True)
class StoredCode:
    """One code. ``workstation``: id. ``used_by``: id of the emergency access. Times: epoch seconds."""

    id: str
    workstation: str
    number: int
    digest: str
    created: int
    used: int | None
    used_by: str | None
    ended: int | None
    row: StoredRow | None = field(default=None, compare=False, repr=False)

    @property
    def live(self) -> bool:
        """Whether it still opens something."""
        return self.used is None and self.ended is None


def add(conn: Connection, station: str, digests: Sequence[str], now: int) -> list[int]:
    """Keep new ones; their numbers, which go on from the highest that this workstation ever had."""
    highest = select(func.max(emergency_code.c.number)).where(emergency_code.c.workstation == station)
    first = (conn.execute(highest).scalar() or 0) + 1
    numbers = list(range(first, first + len(digests)))
    for number, digest in zip(numbers, digests, strict=True):
        values = {"id": secrets.token_hex(8), "workstation": station, "number": number, "digest": digest}
        integrity.add(conn, emergency_code, {**values, "created": now})
    return numbers


def of_station(conn: Connection, station: str) -> list[StoredCode]:
    """All that it ever had, in order; a row that is not the service's own is left out, and told of by the alarm."""
    mine = emergency_code.c.workstation == station
    return [
        _code(row) for row in integrity.rows(conn, emergency_code, mine, order=(emergency_code.c.number,), skip=True)
    ]


def live(conn: Connection, station: str) -> tuple[SealedCode, ...]:
    """Those that are not used and not ended, as the workstation is told of them."""
    return tuple(SealedCode(code.number, code.digest) for code in of_station(conn, station) if code.live)


def find(conn: Connection, station: str, digest: str) -> StoredCode | None:
    """The code of that digest, used or not."""
    return next((code for code in of_station(conn, station) if code.digest == digest), None)


def of_use(conn: Connection, station: str, use: str) -> StoredCode | None:
    """The code by which that emergency access was opened."""
    return next((code for code in of_station(conn, station) if code.used_by == use), None)


def use(conn: Connection, code: StoredCode, by: str, now: int) -> None:
    """It has opened the emergency access of the id ``by``, and opens nothing again."""
    if code.row is not None:
        integrity.change_row(conn, emergency_code, code.row, {"used": now, "used_by": by})


def end(conn: Connection, station: str, now: int) -> list[int]:
    """None of those that are left opens anything any more; their numbers."""
    ended = [code for code in of_station(conn, station) if code.live and code.row is not None]
    for code in ended:
        if code.row is not None:
            integrity.change_row(conn, emergency_code, code.row, {"ended": now})
    return [code.number for code in ended]


def _code(row: StoredRow) -> StoredCode:
    names = [name for name in StoredCode.__dataclass_fields__ if name != "row"]
    return StoredCode(**{name: getattr(row, name) for name in names}, row=row)
