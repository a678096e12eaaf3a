"""Reports of enrolments, resets, recovery codes and roll-out waves; columns in ``docs/reports.md``."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from kiosk.model.enrolment import FactorKind
from kiosk.service.policy import PolicyRules
from kiosk.service.policy.reset_rules import DAY
from kiosk.service.policy.waves import Wave
from kiosk.service.records import enrolled, holdings
from kiosk.service.records.holdings import FactorRecord, PersonHoldings
from kiosk.service.records.table import Cell, ReportTable, day, percent
from kiosk.service.store import inventory, resets
from kiosk.service.store.factors import short_of
from kiosk.service.store.resets import Reset

HELD_AS = {FactorKind.CODE_APP: "otp", FactorKind.TEMPORARY_BADGE: "badge"}
"""What reports call a kind, where that differs."""


def enrolments(conn: Connection, now: int) -> ReportTable:
    """Every factor that was added at a workstation: where, on which proof, on whose word."""
    logins = {person.id: person.login for person in inventory.persons(conn)}
    columns = ("at", "login", "kind", "factor", "workstation", "presented", "proved", "vouched_by", "replaces")
    rows: list[tuple[Cell, ...]] = []
    for enrolment in enrolled.read(conn):
        voucher = logins.get(enrolment.vouched_by, enrolment.vouched_by) if enrolment.vouched_by else None
        what = (enrolment.kind, enrolment.factor, enrolment.station, enrolment.presented, enrolment.proved)
        rows.append((day(enrolment.at), enrolment.login, *what, voucher, enrolment.replaces))
    return ReportTable(columns, tuple(rows))


def every_reset(conn: Connection, now: int) -> ReportTable:
    """Every reset, the newest first: who saw what, who agreed, what became of it."""
    logins = {person.id: person.login for person in inventory.persons(conn)}
    columns = ("id", "login", "state", "begun", "begun_by", "seen", "lost", "risk", "second_needed", "due")
    rows: list[tuple[Cell, ...]] = []
    for reset in resets.every(conn):
        begun = (
            day(reset.begun),
            logins.get(reset.begun_by),
            reset.seen,
            ";".join(map(short_of, reset.lost)),
            reset.risk,
        )
        agreed = (logins.get(reset.approved_by or ""), day(reset.approved), day(reset.ended))
        rows.append(
            (reset.id, logins.get(reset.person), _state(reset, now), *begun, reset.second, day(reset.due), *agreed)
        )
    return ReportTable((*columns, "approved_by", "approved", "ended"), tuple(rows))


def repeated_resets(conn: Connection, now: int, rules: PolicyRules) -> ReportTable:
    """Persons who were reset so often, within so many days up to now, that policy calls it a risk."""
    since = now - rules.recovery.reset_risk_days * DAY
    of: dict[str, list[Reset]] = defaultdict(list)
    for reset in resets.every(conn):
        if reset.begun >= since:
            of[reset.person].append(reset)
    names = {person.id: person for person in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for person, found in of.items():
        if len(found) >= rules.recovery.reset_risky:
            who, by = names[person], sorted({names[reset.begun_by].login for reset in found})
            times = (day(found[-1].begun), day(found[0].begun))
            rows.append((who.login, who.name, ";".join(who.roles), len(found), *times, ";".join(by)))
    rows.sort(key=lambda row: (-int(row[3] or 0), str(row[0])))
    return ReportTable(("login", "name", "roles", "resets", "first", "last", "begun_by"), tuple(rows))


def recovery_codes(conn: Connection, now: int) -> ReportTable:
    """Who has recovery codes: since when, until when, how many are left."""
    logins = {person.id: person.login for person in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for codes in inventory.recovery_sets(conn):
        ended = "suspended" if codes.suspended is not None else "expired" if codes.until <= now else ""
        state = ended or ("good" if codes.codes_left else "used up")
        rows.append(
            (logins[codes.person], state, codes.codes_left, day(codes.created), day(codes.until), day(codes.last_used))
        )
    return ReportTable(("login", "state", "left", "since", "until", "last_used"), tuple(sorted(rows, key=str)))


def waves(conn: Connection, now: int, rules: PolicyRules) -> ReportTable:
    """How far the roll-out has come: of each wave's people how many have each of its kinds, and all of them."""
    active = [holder for holder in holdings.everybody(conn) if holder.person.state == "active"]
    columns = ("wave", "from", "begun", "required", "enforced", "kind", "persons", "have", "have_percent", "missing")
    rows: list[tuple[Cell, ...]] = []
    for wave in rules.waves:
        group = [holder for holder in active if wave.holds(holder.person.roles, holder.person.place)]
        each = [(kind,) for kind in wave.kinds]
        rows += [_row(wave, kinds, group, now) for kinds in (each if len(each) == 1 else [*each, wave.kinds])]
    return ReportTable(columns, tuple(rows))


def _row(wave: Wave, kinds: tuple[FactorKind, ...], group: list[PersonHoldings], now: int) -> tuple[Cell, ...]:
    without = [holder.person.login for holder in group if not all(_has(holder, kind, now) for kind in kinds)]
    have = len(group) - len(without)
    name = str(kinds[0]) if len(kinds) == 1 else "all"
    begun = wave.begins <= now
    told = (wave.name, day(wave.begins), begun, wave.required, day(wave.enforced))
    return (*told, name, len(group), have, percent(have, len(group)), ";".join(without))


def _has(holding: PersonHoldings, kind: FactorKind, now: int) -> bool:
    return any(_is(factor, kind) for factor in holding.has(now))


def _is(one: FactorRecord, kind: FactorKind) -> bool:
    """A badge that ends is a temporary one, and none that lasts: as a sign-in tells."""
    if one.kind != HELD_AS.get(kind, str(kind)):
        return False
    return one.kind != "badge" or (one.until is not None) == (kind is FactorKind.TEMPORARY_BADGE)


def _state(one: Reset, now: int) -> str:
    if one.ended is not None:
        return one.ended_why or "ended"
    if one.lapsed(now):
        return "lapsed"
    if one.second and one.approved is None:
        return "second"
    return "waiting" if now < one.due else "ready"
