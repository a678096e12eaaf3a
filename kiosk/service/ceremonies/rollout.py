"""What the roll-out wants of somebody who signs in: what they are told, and the least that is enforced."""

from __future__ import annotations

from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_IDENTIFIED, ACR_RANK
from kiosk.service.policy import waves
from kiosk.service.shared.frame import Frame
from kiosk.service.store import factors, people, recovery_codes
from kiosk.service.store.factors import Factor
from kiosk.service.store.lookups import StoredPerson


def least(frame: Frame, known: StoredPerson | None) -> str:
    """The assurance below which their waves let nobody in by now."""
    rules = frame.service.rules.waves
    if all(wave.enforced is None for wave in rules):
        return ACR_IDENTIFIED
    # Also of nobody: how long a typed login takes must not tell whether anybody has it.
    place = people.place_of(frame.conn, known.person.id if known else "")
    if known is None:
        return ACR_IDENTIFIED
    return waves.enforced(rules, known.person.roles, place, frame.now)


def wanted(frame: Frame, known: StoredPerson) -> str:
    """The least ``acr`` with which somebody signs in by something that they hold: the rules' and their waves'."""
    return max(frame.service.rules.sign_in_acr, least(frame, known), key=ACR_RANK.__getitem__)


def missing(frame: Frame, known: StoredPerson) -> tuple[FactorKind, ...]:
    """The kinds that they are to have by now and have not."""
    rules = frame.service.rules.waves
    if not any(wave.required for wave in rules):
        return ()
    place = people.place_of(frame.conn, known.person.id)
    wanted = waves.required(rules, known.person.roles, place, frame.now)
    if not wanted:
        return ()
    has = {_kind(factor) for factor in factors.of_person(frame.conn, known.person.id) if _counts(frame, known, factor)}
    return tuple(kind for kind in wanted if kind not in has)


def _counts(frame: Frame, known: StoredPerson, one: Factor) -> bool:
    """As the report of the waves has it: neither suspended nor past its end, nor codes that are used up."""
    if one.kind == "recovery":
        return recovery_codes.left(frame.conn, known.person.id, frame.now) > 0
    return one.suspended is None and (one.until is None or one.until > frame.now)


def _kind(one: Factor) -> FactorKind:
    return FactorKind.TEMPORARY_BADGE if one.kind == "badge" and one.until is not None else FactorKind(one.kind)
