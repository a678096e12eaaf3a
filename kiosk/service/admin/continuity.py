"""A rehearsal of a downtime: marked rows go the way that a station's words go after an outage. No screen changes.

Each station is told by an event, and answers by two rows of its own chain: one by its outbox, one by its journal, which
it signs and links as in an outage. What it did not say in time did not arrive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

from sqlalchemy import Connection, select

from kiosk.model.binding import Json, canonical
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person
from kiosk.service.audit.lines import told_by
from kiosk.service.store import downtime, events, messages, review_cases, seen
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import audit_row, message, workstation
from kiosk.service.store.sql_types import StoredRow

ACTION = "rehearsal"
MAX_STATIONS = 1000
MAX_CLOCK_OFF = 120
"""Seconds by which a station's clock may be off, as after an outage."""


@dataclass(frozen=True, slots=True)
class RehearsedStation:
    """``version``: of its program, as it last said; None where it never did."""

    id: str
    name: str
    place: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One that goes on. ``begun``: epoch seconds. ``told``: id of whoever a marked message goes to."""

    id: str
    begun: int
    stations: tuple[RehearsedStation, ...]
    told: str | None


@dataclass(frozen=True, slots=True)
class StationOutcome:
    """What came of it at one station. ``outbox``, ``journal``: the row that arrived that way. ``tickets``: how many
    people's it holds by its own word, ``tickets_given``: by ours. ``clock_off``: seconds. ``trouble``: sentences."""

    station: str
    place: str
    outbox: int | None
    journal: int | None
    tickets: int | None
    tickets_given: int
    clock_off: int | None
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContinuityReport:
    """What an auditor keeps. ``message``: how the marked message fared. Times: epoch seconds."""

    rehearsal: str
    begun: int
    ended: int
    by: str
    version: str
    stations: tuple[StationOutcome, ...]
    message: str
    passed: bool

    def as_json(self) -> dict[str, Json]:
        """Of which the trail keeps the digest, as RFC 8785 JSON."""
        found: dict[str, Json] = json.loads(json.dumps(asdict(self)))
        return found


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


def arrived(conn: Connection, going: Rehearsal) -> bool:
    """Whether everything has arrived that can."""
    ours = version("kiosk")
    asked = [station for station in going.stations if station.version == ours]
    rows = [_rows(conn, going, station) for station in asked]
    return all(outbox and journal for outbox, journal in rows) and _message(conn, going) in ("sent", "not rehearsed")


def outcome(conn: Connection, going: Rehearsal, now: int, by: str) -> ContinuityReport:
    """As far as it has come."""
    stations = tuple(_outcome(conn, going, station, now) for station in going.stations)
    said = _message(conn, going)
    good = said in ("sent", "not rehearsed") and not any(station.trouble for station in stations)
    return ContinuityReport(going.id, going.begun, now, by, version("kiosk"), stations, said, good)


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


def _rows(
    conn: Connection, going: Rehearsal, station: RehearsedStation
) -> tuple[dict[str, object] | None, dict[str, object] | None]:
    """What came by outbox and by journal."""
    mine = (audit_row.c.workstation == station.id) & (audit_row.c.at >= going.begun - 1)
    wanted = select(audit_row.c.body).where(mine, audit_row.c.action == ACTION).order_by(audit_row.c.seq).limit(100)
    bodies = [dict(told_by(body)) for body in conn.execute(wanted).scalars()]
    bodies = [body for body in bodies if body.get("reason") == going.id]
    offline = [body for body in bodies if _detail(body).get("offline") is True]
    online = [body for body in bodies if body not in offline]
    return (online[0] if online else None, offline[0] if offline else None)


def _outcome(conn: Connection, going: Rehearsal, station: RehearsedStation, now: int) -> StationOutcome:
    outbox, journal = _rows(conn, going, station)
    said = _detail(journal or {})
    given = downtime.people_with_tickets(conn, station.id, now)
    has, at, here = said.get("tickets"), said.get("station_at"), said.get("arrived_at")
    tickets = int(has) if isinstance(has, str) and has.isdecimal() and len(has) < 6 else None
    off = at - here if isinstance(at, int) and isinstance(here, int) else None
    trouble = []
    if station.version != version("kiosk"):
        trouble.append(f"Its program is of version {station.version or 'not known'}: it was not asked.")
    elif outbox is None and journal is None:
        trouble.append("It did not answer. See whether it is switched on and in contact.")
    else:
        trouble += [] if outbox else ["Nothing arrived from its outbox."]
        trouble += [] if journal else ["Nothing arrived from its journal."]
    if journal and tickets != given:
        trouble.append(f"It holds the downtime tickets of {tickets} people, and was given those of {given}.")
    if journal and said.get("kept") != "yes":
        trouble.append("Its tickets cannot be read back from its disk.")
    if off is not None and abs(off) > MAX_CLOCK_OFF:
        trouble.append(f"Its clock is off by {off} s.")
    opened = [case for case in review_cases.waiting(conn) if case.station == station.id and case.opened >= going.begun]
    trouble += [f"Case {case.id} was opened meanwhile: {case.why}." for case in opened]
    numbers = (_seq(outbox), _seq(journal), tickets, given, off)
    return StationOutcome(station.name, station.place, *numbers, tuple(trouble))


def _message(conn: Connection, going: Rehearsal) -> str:
    if going.told is None:
        return "not rehearsed"
    mine = (message.c.person == going.told) & (message.c.kind == ACTION) & (message.c.created == going.begun)
    for row in conn.execute(select(message).where(mine)):
        if going.id in row.facts:
            return "sent" if row.sent is not None else "given up" if row.dead is not None else "waits"
    return "missing"


def _seq(body: dict[str, object] | None) -> int | None:
    seq = body.get("seq") if body else None
    return seq if isinstance(seq, int) else None


def _detail(body: Mapping[str, object]) -> Mapping[str, object]:
    found = body.get("detail")
    return found if isinstance(found, dict) else {}
