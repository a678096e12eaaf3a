"""What an auditor asks for. Each report is one table of fixed columns (``docs/reports.md``), from one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_RANK
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.lines import told_by
from kiosk.service.policy import PolicyRules
from kiosk.service.records import acts, enrolled, holdings, recovery_reports, review_report, stopped
from kiosk.service.records.acts import Acts
from kiosk.service.records.enrolled import EnrolmentRecord
from kiosk.service.records.holdings import KINDS, NONE, FactorRecord, PersonHoldings
from kiosk.service.records.table import Cell, ReportTable, day, percent
from kiosk.service.store import exceptions, inventory

WHO = ("login", "name", "roles", "place", "state")
POSSESSION = ("key", "piv", "pkoc", "phone")
"""Kinds whose key signed when they were enrolled."""
GOING = ("person.suspend", "person.leave")
"""Acts that take a person's access away."""
DAY = 86_400


def factors(conn: Connection, now: int) -> ReportTable:
    """Who has which factors since when, issued by whom, and the proof that it is hardware."""
    done, came = acts.read(conn), enrolled.latest(conn)
    logins = {person.id: person.login for person in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for holding in holdings.everybody(conn):
        for factor in holding.factors:
            if factor.revoked is None:
                how = came.get((factor.person, factor.shown))
                if how is not None and how.at < factor.since:
                    how = None  # of the PIN or code app before: an administrator set this one
                given = (_issuer(conn, done, factor, how), how.verified_by(logins) if how else None)
                times = (day(factor.since), day(factor.last_used), day(factor.until), day(factor.suspended))
                proof = (
                    factor.kind in POSSESSION,
                    factor.hardware,
                    factor.model,
                    factor.aaguid,
                    factor.attestation,
                    factor.certificate,
                )
                rows.append((*_who(holding), factor.kind, factor.shown, factor.name, *times, *given, *proof))
    columns = ("factor", "id", "label", "since", "last_used", "until", "suspended", "issued_by", "verified_by")
    of_keys = ("possession_proved", "hardware", "model", "aaguid", "attestation", "certificate")
    return ReportTable((*WHO, *columns, *of_keys), tuple(rows))


def revocations(conn: Connection, now: int) -> ReportTable:
    """What was taken away, reported lost or suspended, when and by whom; the newest first.

    Of what was reported lost and then taken away, the latter.
    """
    done = acts.read(conn)
    found: list[tuple[int, tuple[Cell, ...]]] = []
    at_stations = stopped.read(conn, {person.id: person.login for person in inventory.persons(conn)})
    for holding in holdings.everybody(conn):
        for factor in holding.factors:
            at = factor.suspended if factor.revoked is None else factor.revoked
            if at is not None:
                by = at_stations.get((factor.person, factor.shown, at))
                names = (factor.shown.partition(":")[2] or factor.shown, factor.id, factor.person)
                by = by or next((doer for name in names if (doer := done.doer(name, at))), None)
                what = (factor.kind, factor.shown, factor.name, day(factor.since))
                why = "revoked" if factor.revoked is not None else factor.why
                found.append((at, (day(at), holding.person.login, *what, by, why)))
    for act in done.every:
        if act.act in GOING:
            found.append((act.at, (day(act.at), act.login, act.act, None, None, None, act.by, None)))
    found.sort(key=lambda one: -one[0])
    columns = ("revoked", "login", "what", "id", "label", "since", "revoked_by", "why")
    return ReportTable(columns, tuple(row for _, row in found))


def coverage(conn: Connection, now: int) -> ReportTable:
    """How many of the active persons have anything, two factors, a phishing-resistant one: all, by role, by place."""
    groups: dict[tuple[str, str], list[str]] = {("all", ""): []}
    for holding in _active(conn):
        reach = holdings.best(holding.has(now))
        names = [("all", ""), *(("role", role) for role in holding.person.roles), ("place", holding.person.place or "")]
        for name in names:
            groups.setdefault(name, []).append(reach)
    columns = ("by", "group", "persons", "enrolled", "enrolled_percent", "mfa", "mfa_percent", "phr", "phr_percent")
    return ReportTable(columns, tuple((*name, *_covered(groups[name])) for name in sorted(groups)))


def strength(conn: Connection, now: int) -> ReportTable:
    """The strongest proof within reach of each active person: how many have which, strongest first."""
    mix = Counter(holdings.best(holding.has(now)) for holding in _active(conn))
    whole = sum(mix.values())
    order = [*sorted(ACR_RANK, key=lambda acr: -ACR_RANK[acr]), NONE]
    return ReportTable(("acr", "persons", "percent"), tuple((acr, mix[acr], percent(mix[acr], whole)) for acr in order))


def counts(conn: Connection, now: int) -> ReportTable:
    """Factors per person, by kind, as far as they count now."""
    rows: list[tuple[Cell, ...]] = []
    for holding in holdings.everybody(conn):
        held = holding.has(now)
        kinds = Counter(factor.kind for factor in held)
        numbers = [kinds[kind] for kind in KINDS]
        rows.append((*_who(holding), *numbers, len(held), holdings.best(held)))
    return ReportTable((*WHO, *KINDS, "total", "strongest"), tuple(rows))


def last_used(conn: Connection, now: int) -> ReportTable:
    """When each person last signed in and last used each factor, as far as that was written down."""
    signed, proved = inventory.last_sessions(conn), inventory.last_second_factors(conn)
    rows: list[tuple[Cell, ...]] = []
    for holding in holdings.everybody(conn):
        who = holding.person
        lines = [("sign_in", "", "", signed.get(who.id)), ("second_factor", "", "", proved.get(who.id))]
        lines += [
            (factor.kind, factor.shown, factor.name, factor.last_used)
            for factor in holding.factors
            if factor.revoked is None
        ]
        for *what, at in lines:
            rows.append((who.login, *what, day(at), None if at is None else max(0, now - at) // DAY))
    return ReportTable(("login", "what", "id", "label", "last_used", "days_ago"), tuple(rows))


def excepted(conn: Connection, now: int) -> ReportTable:
    """Every exception from the rules, open, overdue or closed."""
    columns = ("id", "state", "rule", "covers", "login", "owner", "reason", "compensating_control", "review")
    logins = {person.id: person.login for person in inventory.persons(conn)}
    rows: list[tuple[Cell, ...]] = []
    for exemption in exceptions.every(conn):
        state = "closed" if exemption.closed is not None else "overdue" if exemption.review <= now else "open"
        what = (
            exemption.id,
            state,
            exemption.rule,
            exemption.covers,
            logins.get(exemption.person),
            exemption.owner,
            exemption.reason,
            exemption.control,
        )
        ended = (day(exemption.closed), exemption.closed_by, exemption.outcome)
        rows.append((*what, day(exemption.review), day(exemption.opened), exemption.opened_by, *ended))
    return ReportTable((*columns, "opened", "opened_by", "closed", "closed_by", "outcome"), tuple(rows))


REPORTS: dict[str, Callable[[Connection, int], ReportTable]] = {
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
    "reviews": review_report.reviews,
}
"""By the name that ``kiosk admin report`` takes."""
RULED: dict[str, Callable[[Connection, int, PolicyRules], ReportTable]] = {
    "repeated-resets": recovery_reports.repeated_resets,
    "waves": recovery_reports.waves,
}
"""Those that need the rules, too."""


def _who(holding: PersonHoldings) -> tuple[Cell, ...]:
    one = holding.person
    return (one.login, one.name, ";".join(one.roles), one.place, one.state)


def _active(conn: Connection) -> Iterator[PersonHoldings]:
    return (holding for holding in holdings.everybody(conn) if holding.person.state == "active")


def _issuer(conn: Connection, done: Acts, one: FactorRecord, how: EnrolmentRecord | None) -> str | None:
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
