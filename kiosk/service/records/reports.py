"""What an auditor asks for. Each report is one table of fixed columns (``docs/reports.md``), from one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_RANK
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.lines import told_by
from kiosk.service.policy import Rules
from kiosk.service.records import acts, enrolled, holdings, recovery_reports, stopped
from kiosk.service.records.acts import Acts
from kiosk.service.records.enrolled import Enrolment
from kiosk.service.records.holdings import KINDS, NONE, Factor, Holding
from kiosk.service.records.table import Cell, Table, day, percent
from kiosk.service.store import exceptions, inventory

WHO = ("login", "name", "roles", "place", "state")
POSSESSION = ("key", "piv", "pkoc")
"""Kinds whose key signed when they were enrolled."""
GOING = ("person.suspend", "person.leave")
"""Acts that take a person's access away."""
DAY = 86_400


def factors(conn: Connection, now: int) -> Table:
    """Who has which factors since when, issued by whom, and the proof that it is hardware."""
    done, came = acts.read(conn), enrolled.latest(conn)
    logins = {one.id: one.login for one in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for holding in holdings.everybody(conn):
        for one in holding.factors:
            if one.revoked is None:
                how = came.get((one.person, one.shown))
                if how is not None and how.at < one.since:
                    how = None  # of the PIN or code app before: an administrator set this one
                given = (_issuer(conn, done, one, how), how.verified_by(logins) if how else None)
                times = (day(one.since), day(one.last_used), day(one.until), day(one.suspended))
                proof = (one.kind in POSSESSION, one.hardware, one.model, one.aaguid, one.attestation, one.certificate)
                rows.append((*_who(holding), one.kind, one.shown, one.name, *times, *given, *proof))
    columns = ("factor", "id", "label", "since", "last_used", "until", "suspended", "issued_by", "verified_by")
    of_keys = ("possession_proved", "hardware", "model", "aaguid", "attestation", "certificate")
    return Table((*WHO, *columns, *of_keys), tuple(rows))


def revocations(conn: Connection, now: int) -> Table:
    """What was taken away, reported lost or suspended, when and by whom; the newest first.

    Of what was reported lost and then taken away, the latter.
    """
    done = acts.read(conn)
    found: list[tuple[int, tuple[Cell, ...]]] = []
    at_stations = stopped.read(conn, {one.id: one.login for one in inventory.persons(conn)})
    for holding in holdings.everybody(conn):
        for one in holding.factors:
            at = one.suspended if one.revoked is None else one.revoked
            if at is not None:
                by = at_stations.get((one.person, one.shown, at))
                names = (one.shown.partition(":")[2] or one.shown, one.id, one.person)
                by = by or next((doer for name in names if (doer := done.doer(name, at))), None)
                what = (one.kind, one.shown, one.name, day(one.since))
                why = "revoked" if one.revoked is not None else one.why
                found.append((at, (day(at), holding.person.login, *what, by, why)))
    for act in done.every:
        if act.act in GOING:
            found.append((act.at, (day(act.at), act.login, act.act, None, None, None, act.by, None)))
    found.sort(key=lambda one: -one[0])
    columns = ("revoked", "login", "what", "id", "label", "since", "revoked_by", "why")
    return Table(columns, tuple(row for _, row in found))


def coverage(conn: Connection, now: int) -> Table:
    """How many of the active persons have anything, two factors, a phishing-resistant one: all, by role, by place."""
    groups: dict[tuple[str, str], list[str]] = {("all", ""): []}
    for holding in _active(conn):
        reach = holdings.best(holding.has(now))
        names = [("all", ""), *(("role", role) for role in holding.person.roles), ("place", holding.person.place or "")]
        for name in names:
            groups.setdefault(name, []).append(reach)
    columns = ("by", "group", "persons", "enrolled", "enrolled_percent", "mfa", "mfa_percent", "phr", "phr_percent")
    return Table(columns, tuple((*name, *_covered(groups[name])) for name in sorted(groups)))


def strength(conn: Connection, now: int) -> Table:
    """The strongest proof within reach of each active person: how many have which, strongest first."""
    mix = Counter(holdings.best(holding.has(now)) for holding in _active(conn))
    whole = sum(mix.values())
    order = [*sorted(ACR_RANK, key=lambda acr: -ACR_RANK[acr]), NONE]
    return Table(("acr", "persons", "percent"), tuple((acr, mix[acr], percent(mix[acr], whole)) for acr in order))


def counts(conn: Connection, now: int) -> Table:
    """Factors per person, by kind, as far as they count now."""
    rows: list[tuple[Cell, ...]] = []
    for holding in holdings.everybody(conn):
        held = holding.has(now)
        kinds = Counter(one.kind for one in held)
        numbers = [kinds[kind] for kind in KINDS]
        rows.append((*_who(holding), *numbers, len(held), holdings.best(held)))
    return Table((*WHO, *KINDS, "total", "strongest"), tuple(rows))


def last_used(conn: Connection, now: int) -> Table:
    """When each person last signed in and last used each factor, as far as that was written down."""
    signed, proved = inventory.last_sessions(conn), inventory.last_second_factors(conn)
    rows: list[tuple[Cell, ...]] = []
    for holding in holdings.everybody(conn):
        who = holding.person
        lines = [("sign_in", "", "", signed.get(who.id)), ("second_factor", "", "", proved.get(who.id))]
        lines += [(one.kind, one.shown, one.name, one.last_used) for one in holding.factors if one.revoked is None]
        for *what, at in lines:
            rows.append((who.login, *what, day(at), None if at is None else max(0, now - at) // DAY))
    return Table(("login", "what", "id", "label", "last_used", "days_ago"), tuple(rows))


def excepted(conn: Connection, now: int) -> Table:
    """Every exception from the rules, open, overdue or closed."""
    columns = ("id", "state", "rule", "covers", "login", "owner", "reason", "compensating_control", "review")
    logins = {person.id: person.login for person in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for one in exceptions.every(conn):
        state = "closed" if one.closed is not None else "overdue" if one.review <= now else "open"
        what = (one.id, state, one.rule, one.covers, logins.get(one.person), one.owner, one.reason, one.control)
        ended = (day(one.closed), one.closed_by, one.outcome)
        rows.append((*what, day(one.review), day(one.opened), one.opened_by, *ended))
    return Table((*columns, "opened", "opened_by", "closed", "closed_by", "outcome"), tuple(rows))


REPORTS: dict[str, Callable[[Connection, int], Table]] = {
    "enrolments": recovery_reports.enrolments,
    "resets": recovery_reports.every_reset,
    "recovery-codes": recovery_reports.recovery_codes,
    "factors": factors,
    "revocations": revocations,
    "coverage": coverage,
    "strength": strength,
    "counts": counts,
    "last-used": last_used,
    "exceptions": excepted,
}
"""By the name that ``kiosk admin report`` takes."""
RULED: dict[str, Callable[[Connection, int, Rules], Table]] = {
    "repeated-resets": recovery_reports.repeated_resets,
    "waves": recovery_reports.waves,
}
"""Those that need the rules, too."""


def _who(holding: Holding) -> tuple[Cell, ...]:
    one = holding.person
    return (one.login, one.name, ";".join(one.roles), one.place, one.state)


def _active(conn: Connection) -> Iterator[Holding]:
    return (holding for holding in holdings.everybody(conn) if holding.person.state == "active")


def _issuer(conn: Connection, done: Acts, one: Factor, how: Enrolment | None) -> str | None:
    if how is not None:
        return f"workstation {how.station}"
    if one.enrolled is not None:
        chain, seq = one.enrolled
        if chain == SERVICE:
            return done.rows[seq].by if seq in done.rows else None
        row = reading.row(conn, chain, seq)
        return None if row is None else f"workstation {told_by(row.body).get('station', chain)}"
    if one.kind == "badge":
        return done.issuer(one.id)
    return done.last(one.person, *(("pin.set",) if one.kind == "pin" else ("totp.add",)))


def _covered(reached: list[str]) -> tuple[Cell, ...]:
    whole = len(reached)
    ranks = [ACR_RANK.get(acr, -1) for acr in reached]
    cells: list[Cell] = [whole]
    for least in (0, ACR_RANK[ACR_MFA], ACR_RANK[ACR_PHR]):
        number = sum(rank >= least for rank in ranks)
        cells += [number, percent(number, whole)]
    return tuple(cells)
