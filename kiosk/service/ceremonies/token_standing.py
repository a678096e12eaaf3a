"""Is what a step-up was granted on still good? Asked whenever its token is used: minutes lie in between."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.ceremonies import second_rules, stepup
from kiosk.service.shared import asked_within
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, factors, lookups
from kiosk.service.store.factors import Factor
from kiosk.service.store.grants import StepUpGrant

SUSPENDED = ("suspended", "Whoever approved this may not do so any more.")
FACTOR = (
    "factor_withdrawn",
    "What this was approved with was reported lost, suspended, changed or taken away since. Ask for it again.",
)
SECOND = (
    "second_withdrawn",
    "The second person who agreed may not do so any more, or what they did it with was withdrawn. Ask for it again.",
)
ENTITLED = ("not_entitled", "The rules do not let whoever approved this do so any more. Ask for it again.")
EMERGENCY = (
    "emergency_over",
    "The emergency access in which this was approved is over. What is needed now wants a sign-in.",
)
STATION = ("station_revoked", "The workstation where this was approved is not trusted any more. Ask for it elsewhere.")


def fault(conn: Connection, service: Service, grant: StepUpGrant, now: int) -> tuple[str, str] | None:
    """Why the token counts no more: a stable word and a sentence. None if it does."""
    row = ceremonies.find(conn, grant.ceremony)
    if row is not None and row.detail.signed:
        second_rules.lock_with_second(conn, grant.person, row.id)
    known = lookups.person_by_id(conn, grant.person)
    if known is None or known.suspended:
        return SUSPENDED
    station = lookups.station(conn, grant.workstation)
    if station is None or station.state != "enrolled":
        return STATION
    if grant.batch is not None and row is not None:
        # It lasts for hours: whoever's role was taken meanwhile, or whom the rules leave out by now, has no batch.
        there = Frame(service, conn, station, now)
        if not stepup.entitled(there, row, known):
            return ENTITLED
    in_emergency = row is not None and row.request is not None and row.request.emergency is not None
    if row is not None and in_emergency and not asked_within.goes_on(conn, row, now):
        return EMERGENCY
    if row is not None and not second_rules.stands(conn, service, row, now):
        return SECOND
    proofs = row.proved if row else ()
    # One that was stored by a version that did not say with what is believed, for the minutes that it lasts.
    good = all(_good(conn, grant.person, proof.factor, proof.at) for proof in proofs if proof.factor is not None)
    return None if row and good else FACTOR


def _good(conn: Connection, person: str, mark: str, at: int) -> bool:
    """Whether the factor of that mark is the very one that proved something ``at`` that time."""
    found: Factor | None = factors.by_mark(conn, person, mark)
    return found is not None and found.suspended is None and found.since <= at
