"""The list of workstations: which they are, when each was last heard of, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kiosk.service.records.table import Cell, ReportTable, day
from kiosk.service.store import seen, workstations
from kiosk.service.store.seen import StationSeen
from kiosk.service.store.workstations import StationLine

COLUMNS = ("name", "place", "state", "exempt", "last_contact", "version", "ca", "doorbell", "stage", "id")


def table(conn: Connection, authorities: Mapping[str, str]) -> ReportTable:
    """Every workstation by name. ``authorities``: what each CA of the service is called, by its key's SHA-256, hex."""
    known = seen.all_of_them(conn)
    every = workstations.all_of_them(conn)
    waiting = {station.replaces for station in every if station.replaces is not None and station.state == "pending"}
    rows = [
        _row(station, known.get(station.id), authorities, anew=station.id in waiting)
        for station in every
        if station.replaces is None or station.state != "pending"
    ]
    return ReportTable(COLUMNS, tuple(rows))


def without(conn: Connection, authority: str) -> list[str]:
    """Names of the enrolled workstations that did not say that they believe ``authority`` (SHA-256 of its key, hex)."""
    known = seen.all_of_them(conn)
    says = {station: heard.says.trusts for station, heard in known.items() if heard.says is not None}
    every = (station for station in workstations.all_of_them(conn) if station.state == "enrolled")
    return sorted(station.name.partition("~")[0] for station in every if authority not in says.get(station.id, ()))


def _row(
    one: StationLine, heard: StationSeen | None, authorities: Mapping[str, str], *, anew: bool
) -> tuple[Cell, ...]:
    state = f"{one.state}, waits to be set up anew" if anew else one.state
    says = heard.says if heard is not None else None
    told = (None,) * 4 if says is None else (says.version, _ca(says.trusts, authorities), says.doorbell, says.stage)
    return (one.name.partition("~")[0], one.place, state, one.exempt, day(heard.at if heard else None), *told, one.id)


def _ca(trusts: tuple[str, ...], authorities: Mapping[str, str]) -> str:
    """Which of the service's CAs the station believes: without the next one it is lost when that one signs."""
    known = [name for mark, name in authorities.items() if mark in trusts]
    return " + ".join(known) or "none of ours"
