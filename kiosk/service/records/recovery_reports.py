"""Reports of enrolments, resets, recovery codes and roll-out waves; columns in ``docs/reports.md``."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from kiosk.model.enrolment import FactorKind
from kiosk.service.policy import Rules
from kiosk.service.policy.reset_rules import DAY
from kiosk.service.policy.waves import Wave
from kiosk.service.records import enrolled, holdings
from kiosk.service.records.holdings import Factor, Holding
from kiosk.service.records.table import Cell, Table, day, percent
from kiosk.service.store import inventory, resets
from kiosk.service.store.factors import short_of
from kiosk.service.store.resets import Reset

HELD_AS = {FactorKind.CODE_APP: "otp", FactorKind.TEMPORARY_BADGE: "badge"}
"""What reports call a kind, where that differs."""


def enrolments(conn: Connection, now: int) -> Table:
    """Every factor that was added at a workstation: where, on which proof, on whose word."""
    logins = {one.id: one.login for one in inventory.persons(conn)}
    columns = ("at", "login", "kind", "factor", "workstation", "presented", "proved", "vouched_by", "replaces")
    rows: list[tuple[Cell, ...]] = []
    for one in enrolled.read(conn):
        voucher = logins.get(one.vouched_by, one.vouched_by) if one.vouched_by else None
        what = (one.kind, one.factor, one.station, one.presented, one.proved)
        rows.append((day(one.at), one.login, *what, voucher, one.replaces))
    return Table(columns, tuple(rows))


def every_reset(conn: Connection, now: int) -> Table:
    """Every reset, the newest first: who saw what, who agreed, what became of it."""
    logins = {one.id: one.login for one in inventory.persons(conn)}
    columns = ("id", "login", "state", "begun", "begun_by", "seen", "lost", "risk", "second_needed", "due")
    rows: list[tuple[Cell, ...]] = []
    for one in resets.every(conn):
        begun = (day(one.begun), logins.get(one.begun_by), one.seen, ";".join(map(short_of, one.lost)), one.risk)
        agreed = (logins.get(one.approved_by or ""), day(one.approved), day(one.ended))
        rows.append((one.id, logins.get(one.person), _state(one, now), *begun, one.second, day(one.due), *agreed))
    return Table((*columns, "approved_by", "approved", "ended"), tuple(rows))


def repeated_resets(conn: Connection, now: int, rules: Rules) -> Table:
    """Persons who were reset so often, within so many days up to now, that policy calls it a risk."""
    since = now - rules.recovery.reset_risk_days * DAY
    of: dict[str, list[Reset]] = defaultdict(list)
    for one in resets.every(conn):
        if one.begun >= since:
            of[one.person].append(one)
    names = {one.id: one for one in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for person, found in of.items():
        if len(found) >= rules.recovery.reset_risky:
            who, by = names[person], sorted({names[one.begun_by].login for one in found})
            times = (day(found[-1].begun), day(found[0].begun))
            rows.append((who.login, who.name, ";".join(who.roles), len(found), *times, ";".join(by)))
    rows.sort(key=lambda row: (-int(row[3] or 0), str(row[0])))
    return Table(("login", "name", "roles", "resets", "first", "last", "begun_by"), tuple(rows))


def recovery_codes(conn: Connection, now: int) -> Table:
    """Who has recovery codes: since when, until when, how many are left."""
    logins = {one.id: one.login for one in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for one in inventory.recovery_sets(conn):
        ended = "suspended" if one.suspended is not None else "expired" if one.until <= now else ""
        state = ended or ("good" if one.codes_left else "used up")
        rows.append((logins[one.person], state, one.codes_left, day(one.created), day(one.until), day(one.last_used)))
    return Table(("login", "state", "left", "since", "until", "last_used"), tuple(sorted(rows, key=str)))


def waves(conn: Connection, now: int, rules: Rules) -> Table:
    """How far the roll-out has come: of each wave's people how many have each of its kinds, and all of them."""
    active = [one for one in holdings.everybody(conn) if one.person.state == "active"]
    columns = ("wave", "from", "begun", "required", "enforced", "kind", "persons", "have", "have_percent", "missing")
    rows: list[tuple[Cell, ...]] = []
    for wave in rules.waves:
        group = [one for one in active if wave.holds(one.person.roles, one.person.place)]
        each = [(kind,) for kind in wave.kinds]
        rows += [_row(wave, kinds, group, now) for kinds in (each if len(each) == 1 else [*each, wave.kinds])]
    return Table(columns, tuple(rows))


def _row(wave: Wave, kinds: tuple[FactorKind, ...], group: list[Holding], now: int) -> tuple[Cell, ...]:
    without = [one.person.login for one in group if not all(_has(one, kind, now) for kind in kinds)]
    have = len(group) - len(without)
    name = str(kinds[0]) if len(kinds) == 1 else "all"
    begun = wave.begins <= now
    told = (wave.name, day(wave.begins), begun, wave.required, day(wave.enforced))
    return (*told, name, len(group), have, percent(have, len(group)), ";".join(without))


def _has(holding: Holding, kind: FactorKind, now: int) -> bool:
    return any(_is(one, kind) for one in holding.has(now))


def _is(one: Factor, kind: FactorKind) -> bool:
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
