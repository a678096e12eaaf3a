"""A rehearsal of a downtime: marked rows go the way that a station's words go after an outage. No screen changes.

Each station is told by an event, and answers by two rows of its own chain: one by its outbox, one by its journal, which
it signs and links as in an outage. What it did not say in time did not arrive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from sqlalchemy import Connection, select

from kiosk.model.binding import Json, canonical
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person
from kiosk.service.admin.rehearsal import ACTION, ContinuityReport, Rehearsal, RehearsedStation
from kiosk.service.store import events, messages, seen
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import workstation
from kiosk.service.store.sql_types import StoredRow

MAX_STATIONS = 1000


def begin(conn: Connection, admin: Admin, names: Sequence[str], login: str | None) -> Rehearsal:
    """Tell the stations of these ``names``, all that are enrolled for none; a marked message goes to ``login``.

    Raises ``ActRefusedError`` for a name that no station has, and for somebody who has no other channel.
    """
    wanted = select(workstation).where(workstation.c.state == "enrolled").order_by(workstation.c.name)
    rows = {row.name: row for row in conn.execute(wanted)}
    unknown = sorted(set(names) - set(rows))
    if unknown:
        raise ActRefusedError(f"There is no workstation “{unknown[0]}” that is enrolled.")
    chosen = [rows[name] for name in (sorted(set(names)) or rows)]
    if not 0 < len(chosen) <= MAX_STATIONS:
        raise ActRefusedError(f"A rehearsal takes 1 to {MAX_STATIONS} workstations. Name them with --stations.")
    said, ours = seen.all_of_them(conn), version("kiosk")
    stations = tuple(_station(row, said) for row in chosen)
    person = the_person(conn, login) if login is not None else None
    new = Rehearsal(fresh_id(), admin.now, stations, person.id if person else None)
    for station in stations:
        if station.version == ours:  # an older program does not know this event
            events.add(conn, station.id, "rehearse", admin.now, reason=new.id)
    if person and not messages.add(conn, person.id, ACTION, {"rehearsal": new.id}, admin.now):
        raise ActRefusedError(
            f"{login} has no other channel. Give one: kiosk admin person contact {login} --to ADDRESS"
        )
    names_told: list[Json] = [station.name for station in stations]
    record(conn, admin, "continuity.begin", person=person, detail={"rehearsal": new.id, "stations": names_told})
    return new


def finish(conn: Connection, admin: Admin, report: ContinuityReport) -> None:
    """Into the trail: what came of it, and the digest of the report that is kept elsewhere."""
    digest = hashlib.sha256(canonical(report.as_json())).hexdigest()
    troubled: list[Json] = [station.station for station in report.stations if station.trouble]
    detail: dict[str, Json] = {"rehearsal": report.rehearsal, "passed": report.passed, "report": digest}
    detail |= {"stations": len(report.stations), "troubled": troubled, "message": report.message}
    record(conn, admin, "continuity.check", detail=detail)


def _station(row: StoredRow, said: Mapping[str, seen.StationSeen]) -> RehearsedStation:
    known = said.get(row.id)
    return RehearsedStation(row.id, row.name, row.place, known.says.version if known and known.says else None)
