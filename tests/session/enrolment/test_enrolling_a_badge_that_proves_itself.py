"""A badge that proves itself (PKOC) is added as any badge, in the same touches; what it is shows when it is held."""

from __future__ import annotations

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import BadgeTried, EnrolStep, FactorKind, PkocTried
from kiosk.model.proof import Method, PkocPresented, UidPresented
from kiosk.session.facts.card_orders import ProbeCard, ReadPkocKey, SignChallenge
from kiosk.session.facts.enrolment_orders import AskTryChallenge, SendMade, SendTry
from kiosk.session.facts.enrolment_screens import EnrolChoose, EnrolHold
from tests.session.enrolments import PKOC_MADE, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA_BADGE, ANA_PIV, KEY, PKOC_BADGE, PKOC_PROOF

PKOC, BADGE = FactorKind.PKOC, FactorKind.BADGE


def test_it_is_not_a_choice_of_its_own_where_badges_are() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.KEY)
    shift.hears_of(view(EnrolStep.CHOOSE))
    kinds = shift.part(EnrolChoose).kinds
    assert BADGE in kinds
    assert PKOC not in kinds


@pytest.mark.parametrize("kind", [BADGE, PKOC])
def test_it_says_its_key_and_signs_without_being_lifted(kind: FactorKind) -> None:
    shift = EnrolShift()
    shift.adding(kind)
    number = shift.holds(PKOC_BADGE)
    assert shift.did(ReadPkocKey)[0].tap == number
    shift.badge_says_its_key()
    assert shift.did(SendMade)[0].made == PKOC_MADE
    shift.hears_of(view(EnrolStep.TRY, PKOC))
    assert shift.did(AskTryChallenge)
    shift.challenges("e1", Method.PKOC_TAP)
    assert (shift.did(SignChallenge)[0].tap, shift.did(SignChallenge)[0].secret) == (number, None)
    shift.signs(PKOC_PROOF)
    assert shift.did(SendTry)[0].tried == PkocTried(PKOC_PROOF)
    shift.hears_of(view(EnrolStep.DONE, PKOC))


def test_one_that_was_lifted_meanwhile_is_held_again() -> None:
    shift = EnrolShift()
    shift.adding(PKOC)
    number = shift.holds(PKOC_BADGE)
    shift.badge_says_its_key()
    shift.lift(number)
    shift.hears_of(view(EnrolStep.TRY, PKOC))
    assert shift.part(EnrolHold).again
    number = shift.holds(PKOC_BADGE)
    assert shift.did(AskTryChallenge)
    shift.challenges("e1", Method.PKOC_TAP)
    assert shift.did(SignChallenge)[0].tap == number


def test_of_a_card_that_is_several_things_the_badge_is_asked_for() -> None:
    shift = EnrolShift()
    shift.adding(PKOC)
    shift.tap()
    assert shift.did(ProbeCard)[0].wants == "pkoc"


@pytest.mark.parametrize("other", [ANA_BADGE, ANA_PIV, KEY])
def test_another_kind_of_card_is_told_so(other: UidPresented) -> None:
    shift = EnrolShift()
    shift.adding(PKOC)
    shift.holds(other)
    assert shift.part(EnrolHold).trouble == CardTrouble.NOT_A_PKOC_BADGE


def test_where_it_goes_by_its_number_it_is_tried_by_its_number() -> None:
    shift = EnrolShift()
    shift.adding(BADGE)
    shift.holds(PKOC_BADGE)
    shift.badge_says_its_key()
    shift.hears_of(view(EnrolStep.TRY, BADGE))
    shift.holds(PkocPresented("04C0FFEE01"))
    assert shift.did(SendTry)[0].tried == BadgeTried(UidPresented("04C0FFEE01"))


@pytest.mark.parametrize(
    "trouble", [CardTrouble.PKOC_VERSION, CardTrouble.PKOC_KEY, CardTrouble.PKOC_REFUSED, CardTrouble.LIFTED_EARLY]
)
def test_one_that_cannot_be_used_says_why_and_may_be_held_again(trouble: CardTrouble) -> None:
    shift = EnrolShift()
    shift.adding(PKOC)
    shift.holds(PKOC_BADGE)
    shift.fails(trouble)
    assert shift.part(EnrolHold).trouble == trouble
    shift.holds(PKOC_BADGE)
    assert shift.did(ReadPkocKey)
