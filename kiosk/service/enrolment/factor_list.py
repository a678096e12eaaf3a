"""A person's factors as they see them at a workstation."""

from __future__ import annotations

from kiosk.model.drawable import NotDrawableError
from kiosk.model.enrolment import NAMEABLE, FactorKind, FactorsView, FactorView, check_name
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import offering
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.policy.authenticator_rules import keys_needed
from kiosk.service.shared.frame import Frame
from kiosk.service.store import factors, lookups, metadata, recovery_codes, sessions
from kiosk.service.store.factors import Factor
from kiosk.service.store.lookups import StoredPerson

_NAMES_ONLY = frozenset({FactorKind.BADGE, FactorKind.TEMPORARY_BADGE, FactorKind.RECOVERY_CODES, FactorKind.PHONE})


def of_session(frame: Frame, session: str) -> FactorsView:
    """Those of the person whose session is open at this very station. 404 for any other session."""
    found = sessions.held(frame.conn, session)
    known = lookups.person_by_id(frame.conn, found.person) if found else None
    if found is None or known is None or found.workstation != frame.station.id or found.state != "open":
        raise not_found("session")
    return FactorsView(
        person=known.person,
        factors=tuple(_view(frame, factor) for factor in factors.of_person(frame.conn, known.person.id)),
        keys_missing=keys_missing(frame, known),
        recovery_left=recovery_codes.left(frame.conn, known.person.id, frame.now),
        may_add=offering.kinds_for(frame, known),
    )


def rename(frame: Frame, session: str, mark: str, name: str) -> FactorsView:
    """Its person gives it a name of their own. 404 for another's, 422 for a name that no screen could show."""
    try:
        check_name(name)
    except NotDrawableError as error:
        raise HttpProblemError(422, "bad_name", str(error)) from None
    found = sessions.held(frame.conn, session)
    known = lookups.person_by_id(frame.conn, found.person) if found else None
    if found is None or known is None or found.workstation != frame.station.id or found.state != "open":
        raise not_found("session")
    factor = factors.by_mark(frame.conn, known.person.id, mark)
    if factor is None or FactorKind(factor.kind) not in NAMEABLE:
        raise not_found("factor")
    factors.rename(frame.conn, factor.kind, factor.id, name)
    frame.write(Event("factor_named", "success", frame.now, session=session, detail={"factor": factor.short}), known)
    return of_session(frame, session)


def by_mark(frame: Frame, known: StoredPerson, mark: str) -> FactorView | None:
    """The one of exactly that mark."""
    found = factors.by_mark(frame.conn, known.person.id, mark)
    return None if found is None else _view(frame, found)


def signs_in(frame: Frame, known: StoredPerson) -> bool:
    """Whether anything works that proves them at a sign-in: a badge only names, a recovery code opens no session."""
    has = factors.of_person(frame.conn, known.person.id)
    return any(factor.suspended is None and FactorKind(factor.kind) not in _NAMES_ONLY for factor in has)


def keys_missing(frame: Frame, known: StoredPerson) -> int:
    """How many phishing-resistant factors their roles demand beyond those that count now."""
    needed = keys_needed(frame.service.rules.keys, known.person.roles)
    if not needed:
        return 0
    has = len(lookups.credentials_of(frame.conn, known.person.id))
    has += sum(card.cert_9a is not None for card in lookups.piv_cards_of(frame.conn, known.person.id))
    return max(0, needed - has)


def _view(frame: Frame, one: Factor) -> FactorView:
    kind = FactorKind.TEMPORARY_BADGE if one.kind == "badge" and one.until is not None else FactorKind(one.kind)
    lost = one.suspended is not None and one.why == "lost"
    return FactorView(
        mark=one.short,
        kind=kind,
        name=one.name,
        added=one.since,
        model=one.model,
        picture=_picture(frame, one),
        last_used=one.last_used,
        until=one.until,
        state="lost" if lost else "suspended" if one.suspended is not None else "active",
        hardware=one.hardware,
        ended=one.until is not None and one.until <= frame.now,
    )


def _picture(frame: Frame, one: Factor) -> str:
    """Only of a key that proved its model: a number that anybody can claim shows nothing."""
    if one.kind != "key" or not one.hardware:
        return ""
    aaguid = metadata.aaguid_of(frame.conn, one.id)
    return (metadata.icon(frame.conn, aaguid) if aaguid else None) or ""
