"""The service's answer to each request of an enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.ceremony import CeremonyView
from kiosk.model.enrolment.factors import FactorKind, FactorView
from kiosk.model.enrolment.offers import Make
from kiosk.model.enrolment.refusals import EnrolRefusal
from kiosk.model.enrolment.steps import EnrolAct, EnrolStep
from kiosk.model.people import Person

SecondWhy = Literal["no_factor", "start_code", "policy", "badge_of_another", "privileged"]
SecondMay = Literal["supervisor", "colleague", "owner_or_supervisor"]


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """The service's answer. ``expires_in``: seconds until the enrolment ends by itself.

    ``person`` is None while a key has not said who it is. ``second``: who vouches, once they tapped. ``ceremony``: in
    PROVE and VOUCH. ``make``: in MAKE, and in TRY of a code app, a phone or of recovery
    codes. ``factor``: the new one in TRY
    and DONE, the lost one in DONE. ``refusal``: the last failed try, or the final one. ``keys_missing``: in DONE.
    ``kinds``: in CHOOSE; in DONE those that may follow, within ``expires_in``. ``signs_in``: in DONE, whether what they
    have now, with this one, is more than names: False for a badge alone, which opens no session.
    """

    id: str
    act: EnrolAct
    step: EnrolStep
    expires_in: int
    person: Person | None = None
    kind: FactorKind | None = None
    kinds: tuple[FactorKind, ...] = ()
    ceremony: CeremonyView | None = None
    second: Person | None = None
    second_why: SecondWhy | None = None
    second_may: SecondMay | None = None
    make: Make | None = None
    factor: FactorView | None = None
    refusal: EnrolRefusal | None = None
    keys_missing: int = 0
    signs_in: bool = True
