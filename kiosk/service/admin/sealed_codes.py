"""Sealed codes of emergency access: printed for a workstation, in place of those that are left, or ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from kiosk.model import sealed_code
from kiosk.model.binding import Json
from kiosk.model.sealed_code import MAX_LIVE
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.store import manifests, sealed_codes, workstations
from kiosk.service.store.sealed_codes import StoredCode
from kiosk.service.store.workstations import StationLine


@dataclass(frozen=True, slots=True)
class PrintedCodes:
    """``codes``: number and code, for the paper alone. ``ended``: numbers of those that they replace."""

    station: StationLine
    codes: tuple[tuple[int, str], ...] = field(repr=False)
    ended: tuple[int, ...]


def make(conn: Connection, admin: Admin, name: str, count: int, *, keep: bool) -> PrintedCodes:
    """New codes for the workstation ``name``. ``keep``: those that are left stay good, too. Raises
    ``ActRefusedError``."""
    known = _locked(conn, name)
    ended = [] if keep else sealed_codes.end(conn, known.id, admin.now)
    there = len(sealed_codes.live(conn, known.id))
    if not 1 <= count <= MAX_LIVE - there:
        raise ActRefusedError(f"A workstation has at most {MAX_LIVE} codes that are not used; {name} has {there}.")
    codes = [sealed_code.fresh() for _ in range(count)]
    numbers = sealed_codes.add(conn, known.id, [sealed_code.digest_of(known.id, code) for code in codes], admin.now)
    workstations.tell_settings(conn, admin.now, known.id)
    _record(conn, admin, "emergency_codes.print", known, {"numbers": [*numbers], "ended": [*ended]})
    return PrintedCodes(known, tuple(zip(numbers, codes, strict=True)), tuple(ended))


def end(conn: Connection, admin: Admin, name: str) -> list[int]:
    """Those that are left open nothing any more; their numbers. Raises ``ActRefusedError``."""
    known = _locked(conn, name)
    ended = sealed_codes.end(conn, known.id, admin.now)
    if not ended:
        raise ActRefusedError(f"{name} has no codes that are not used.")
    workstations.tell_settings(conn, admin.now, known.id)
    _record(conn, admin, "emergency_codes.end", known, {"ended": [*ended]})
    return ended


def listed(conn: Connection, name: str | None) -> list[tuple[StationLine, StoredCode]]:
    """Codes of one workstation, or of all. Raises ``ActRefusedError``."""
    stations = workstations.all_of_them(conn) if name is None else [_the_station(conn, name)]
    return [(station, code) for station in stations for code in sealed_codes.of_station(conn, station.id)]


def _locked(conn: Connection, name: str) -> StationLine:
    known = _the_station(conn, name)
    manifests.lock(conn, known.id)
    return known


def _the_station(conn: Connection, name: str) -> StationLine:
    found = workstations.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no workstation “{name}”. See: workstation list")
    return found


def _record(conn: Connection, admin: Admin, act: str, station: StationLine, detail: dict[str, Json]) -> None:
    record(conn, admin, act, station=(station.id, station.name), detail=detail)
