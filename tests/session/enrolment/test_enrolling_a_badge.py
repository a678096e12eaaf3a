"""A badge is enrolled: a new person's, an unknown one, one of somebody else."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import MethodOffer, Purpose
from kiosk.model.enrolment import BadgeTried, EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge
from kiosk.session.facts.enrolment_orders import ChooseKind, RefreshEnrolment, SecondPresents, SendTry, StartEnrolment
from kiosk.session.facts.enrolment_screens import EnrolDone, EnrolHold, EnrolProve, EnrolSecond, EnrolWho
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import UnknownBadge
from tests.session.enrolments import NEW_BADGE, TO_PROVE, ended, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, BEN, KEY

BADGE = FactorKind.BADGE
OWN_KEY = replace(TO_PROVE, person=None, offers=(MethodOffer(Method.FIDO2),))


def test_a_new_persons_badge_in_four_touches() -> None:
    """Their badge, the button, their colleague's key, their badge again. The start code and the PIN are typed."""
    shift = EnrolShift()
    shift.unknown()
    assert shift.shows(UnknownBadge).may_enrol
    shift.presses(Button.ENROL)
    assert shift.part(EnrolWho).typing == "start_code"
    code = shift.types("123412341234")
    begun = shift.did(StartEnrolment)[0]
    assert (begun.secret, begun.who, begun.wish.new, begun.wish.kind) == (code, None, NEW_BADGE, BADGE)
    shift.hears_of(view(EnrolStep.SECOND, second_why="start_code", second_may="colleague"))
    assert (shift.part(EnrolSecond).may, shift.wizard.at, shift.wizard.person) == ("colleague", "proof", ANA)
    key = shift.holds(KEY)
    assert shift.did(SecondPresents)[0].tap == key
    shift.hears_of(view(EnrolStep.VOUCH, second=None))
    assert shift.part(EnrolProve).second
    shift.types("ben's pin")
    asked = shift.did(AskChallenge)[0]
    assert not isinstance(asked.shown, type(None))
    shift.challenges("v1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].tap == key, "the key lay there all the while"
    shift.signs()
    shift.proves(ended(Purpose.VOUCH))
    assert shift.did(RefreshEnrolment)
    shift.hears_of(view(EnrolStep.TRY))
    assert shift.part(EnrolHold).again
    shift.holds(NEW_BADGE)
    assert shift.did(SendTry)[0].tried == BadgeTried(NEW_BADGE)
    shift.hears_of(view(EnrolStep.DONE))
    assert shift.part(EnrolDone).factor.kind == BADGE
    assert PlaySound("granted") in shift.orders
    assert shift.touches == 4
    shift.presses(Button.DONE)
    shift.shows(LockScreen)


def test_who_has_a_key_adds_an_unknown_badge_with_it_lying_there() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.holds(KEY)
    shift.hears_of(view(EnrolStep.PROVE, person=None, ceremony=OWN_KEY))
    shift.types("1234")
    order = shift.did(AskChallenge)[0]
    assert order.login is None, "a key has not said yet whose it is"
    shift.challenges("p1", Method.FIDO2)
    shift.signs()
    shift.proves(ended())
    shift.hears_of(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.hears_of(view(EnrolStep.DONE))
    assert shift.wizard.person == ANA


def test_the_new_badge_cannot_say_whose_it_is() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.holds(NEW_BADGE)
    assert not shift.did(StartEnrolment)
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "notice.same_badge"


def test_an_unknown_badge_once_added_leads_to_a_choice_and_back() -> None:
    """The next factor is not the badge that began it: they may go back from its proof to what is to be added."""
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE))
    shift.presses(Button.MORE)
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.picks(FactorKind.PIN)
    shift.hears_of(view(EnrolStep.SECOND, FactorKind.PIN))
    assert shift.wizard.back
    shift.presses(Button.BACK)
    assert shift.did(ChooseKind)[0].kind is None


def test_a_badge_of_somebody_else_asks_for_its_owner() -> None:
    shift = EnrolShift()
    shift.adding(BADGE)
    shift.holds(NEW_BADGE)
    shift.hears_of(view(EnrolStep.SECOND, second_why="badge_of_another", second_may="owner_or_supervisor"))
    assert shift.part(EnrolSecond).may == "owner_or_supervisor"
    shift.holds(KEY)
    shift.hears_of(view(EnrolStep.VOUCH, second_why="badge_of_another", second_may="owner_or_supervisor"))
    assert shift.part(EnrolProve).moves, "they read what they agree to"
    shift.types("1234")
    shown = shift.did(AskChallenge)[0].shown
    assert shown is not None
    assert (shift.wizard.second, getattr(shown, "moves", False)) == (BEN, True)
