"""What has arrived of a rehearsal: rows by outbox and journal, tickets, clocks, and the marked message."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from sqlalchemy import Connection, select

from kiosk.service.admin.rehearsal import ACTION, ContinuityReport, Rehearsal, RehearsedStation, StationOutcome
from kiosk.service.audit.lines import told_by
from kiosk.service.policy.emergency_rules import EmergencyRules
from kiosk.service.store import downtime, review_cases
from kiosk.service.store.schema import audit_row, message

MAX_CLOCK_OFF = 120
"""Seconds by which a station's clock may be off, as after an outage."""


def arrived(conn: Connection, going: Rehearsal) -> bool:
    """Whether everything has arrived that can."""
    ours = version("kiosk")
    asked = [station for station in going.stations if station.version == ours]
    rows = [_rows(conn, going, station) for station in asked]
    return all(outbox and journal for outbox, journal in rows) and _message(conn, going) in ("sent", "not rehearsed")


def outcome(conn: Connection, going: Rehearsal, now: int, by: str, rules: EmergencyRules) -> ContinuityReport:
    """As far as it has come. ``rules``: by which stations have emergency access or none."""
    stations = tuple(_outcome(conn, going, station, now, rules) for station in going.stations)
    said = _message(conn, going)
    good = said in ("sent", "not rehearsed") and not any(station.trouble for station in stations)
    return ContinuityReport(going.id, going.begun, now, by, version("kiosk"), stations, said, good)


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


def _outcome(
    conn: Connection, going: Rehearsal, station: RehearsedStation, now: int, rules: EmergencyRules
) -> StationOutcome:
    outbox, journal = _rows(conn, going, station)
    said = _detail(journal or {})
    given = downtime.people_with_tickets(conn, station.id, now)
    at, here = said.get("station_at"), said.get("arrived_at")
    tickets, until = _number(said.get("tickets"), 5), _number(said.get("emergency"), 12) or 0
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
    if journal:
        trouble += _emergency_trouble(until, now, offered=rules.at(station.name, station.place) is not None)
    if off is not None and abs(off) > MAX_CLOCK_OFF:
        trouble.append(f"Its clock is off by {off} s.")
    opened = [case for case in review_cases.waiting(conn) if case.station == station.id and case.opened >= going.begun]
    trouble += [f"Case {case.id} was opened meanwhile: {case.why}." for case in opened]
    numbers = (_seq(outbox), _seq(journal), tickets, given, off)
    return StationOutcome(station.name, station.place, *numbers, tuple(trouble), until)


def _emergency_trouble(until: int, now: int, *, offered: bool) -> list[str]:
    """What is wrong with the policy of emergency access that a station holds ``until`` then; 0: it holds none."""
    if offered and until <= now:
        return ["It has no policy of emergency access that counts, and “[emergency]” names it."]
    if until and not offered:
        return ["It holds a policy of emergency access, and “[emergency]” does not name it."]
    return []


def _number(said: object, digits: int) -> int | None:
    return int(said) if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) <= digits else None


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
