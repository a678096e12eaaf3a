"""Which kinds are for somebody by now: what their roles may add, and what the roll-out has come to."""

from __future__ import annotations

from kiosk.model.enrolment import FactorKind
from kiosk.service.policy import enrolment, waves
from kiosk.service.shared.frame import Frame
from kiosk.service.store import people
from kiosk.service.store.lookups import StoredPerson


def kinds_for(frame: Frame, known: StoredPerson | None) -> tuple[FactorKind, ...]:
    """``known``: None for somebody who has not proved who it is; to them no wave shows."""
    roles = known.person.roles if known else ()
    may = (kind for kind in FactorKind if enrolment.may_add(frame.service.rules.enrol, kind, roles))
    return tuple(kind for kind in may if known is None or offered(frame, known, kind))


def offered(frame: Frame, known: StoredPerson, kind: FactorKind) -> bool:
    """Whether the roll-out has come to ``kind`` for them."""
    rules = frame.service.rules.waves
    if not rules:
        return True
    place = people.place_of(frame.conn, known.person.id)
    return waves.offered(rules, kind, known.person.roles, place, frame.now)
