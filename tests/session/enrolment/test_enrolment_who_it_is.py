"""Who enrols, by what they prove it, and who may vouch for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import LoginPresented, MethodOffer
from kiosk.model.enrolment import BadgeMade, EnrolAct, EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.enrolment.who import WHO_SECONDS
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.ceremony_orders import CancelCeremony, SendSecret
from kiosk.session.facts.enrolment_orders import ChooseKind, RefreshEnrolment, SecondPresents, SendMade, StartEnrolment
from kiosk.session.facts.enrolment_screens import EnrolChoose, EnrolDone, EnrolProve, EnrolSecond, EnrolWho
from kiosk.session.facts.orders import WipeSecret
from kiosk.session.facts.screen_parts import LockScreen
from tests.session.enrolments import NEW_BADGE, TO_PROVE, ended, no, view, wrong
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, KEY

BADGE, BY_KEY = FactorKind.BADGE, FactorKind.KEY


def test_a_login_is_typed_and_proved_by_pin_and_recovery_code() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.presses(Button.TYPE_LOGIN)
    assert shift.part(EnrolWho).typing == "login"
    shift.types_login(" ana ")
    assert shift.did(StartEnrolment)[0].who == LoginPresented("ana")
    shift.hears_of(view(EnrolStep.CHOOSE, person=replace(ANA, id="", name="ana")))
    shift.picks(BADGE)
    offers = (MethodOffer(Method.PIN), MethodOffer(Method.RECOVERY, number=7))
    shift.hears_of(
        view(EnrolStep.PROVE, person=replace(ANA, id="", name="ana"), ceremony=replace(TO_PROVE, offers=offers))
    )
    shift.types("123456")
    assert shift.did(SendSecret)[0].number is None
    shift.proves(replace(TO_PROVE, offers=offers[1:], proved=(Method.PIN,)))
    assert (shift.part(EnrolProve).prove.number, shift.part(EnrolProve).prove.digits_only) == (7, True)
    shift.types("1111 2222 3333 4444 5555")
    assert (shift.did(SendSecret)[0].method, shift.did(SendSecret)[0].number) == (Method.RECOVERY, 7)
    shift.proves(ended())
    shift.hears_of(view(EnrolStep.MAKE))
    assert shift.wizard.person == ANA
    shift.holds(NEW_BADGE)
    assert shift.did(SendMade)[0].made == BadgeMade(NEW_BADGE)


def test_with_recovery_codes_at_hand_the_login_is_typed_and_a_code_asked_for_first() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.HAVE_CODES)
    assert shift.part(EnrolWho).typing == "login"
    shift.types_login("ana")
    nameless = replace(ANA, id="", name="ana")
    shift.hears_of(view(EnrolStep.CHOOSE, person=nameless))
    shift.picks(BADGE)
    offers = (MethodOffer(Method.PIN), MethodOffer(Method.RECOVERY, number=7))
    shift.hears_of(view(EnrolStep.PROVE, person=nameless, ceremony=replace(TO_PROVE, offers=offers)))
    prove = shift.part(EnrolProve).prove
    assert (prove.method, prove.number) == (Method.RECOVERY, 7)


def test_who_finds_a_badge_after_all_may_still_tap_it() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.HAVE_CODES)
    shift.presses(Button.BACK)
    assert shift.part(EnrolWho).typing is None
    shift.holds(ANA_BADGE)
    assert shift.did(StartEnrolment)[0].who == ANA_BADGE


@pytest.mark.parametrize("first", [BADGE, FactorKind.PIN])
def test_after_a_start_code_the_same_enrolment_goes_on_whatever_came_first(first: FactorKind) -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE, first))
    assert shift.part(EnrolDone).more
    shift.presses(Button.MORE)
    assert not shift.did(StartEnrolment), "the start code is used up"
    asked = shift.did(ChooseKind)[0]
    assert (asked.enrolment, asked.kind) == ("e1", None)
    shift.hears_of(view(EnrolStep.CHOOSE))
    assert FactorKind.PIN in shift.part(EnrolChoose).kinds
    shift.presses(Button.CANCEL)
    notice = shift.shows(LockScreen).notice
    assert notice is not None
    assert notice.key == "notice.enrol_more_cancelled", "what came first stays"


def test_who_may_not_vouch_is_told_and_another_may() -> None:
    shift = EnrolShift()
    shift.adding(BY_KEY, EnrolStep.SECOND)
    shift.holds(KEY)
    shift.hears_of(view(EnrolStep.SECOND, BY_KEY, refusal=EnrolRefusal(EnrolRefusalCode.NOT_ENTITLED)))
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.NOT_ENTITLED)
    assert not shift.part(EnrolSecond).busy
    shift.lift()
    shift.holds(KEY)
    assert shift.did(SecondPresents)


def test_a_wrong_pin_in_their_own_proof_is_typed_again() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PIN, EnrolStep.PROVE)
    shift.types("wrong")
    shift.holds(KEY)
    shift.challenges("p1", Method.FIDO2)
    shift.signs()
    shift.proves(wrong())
    assert shift.part(EnrolProve).prove.refusal is not None


def test_who_has_their_key_not_at_hand_asks_a_colleague() -> None:
    shift = EnrolShift()
    shift.adding(BADGE, EnrolStep.PROVE)
    assert shift.part(EnrolProve).may_ask
    secret = shift.types("begun")
    shift.presses(Button.ASK_COLLEAGUE)
    assert [type(order) for order in shift.orders][:2] == [CancelCeremony, RefreshEnrolment]
    assert WipeSecret(secret) in shift.orders
    shift.hears_of(view(EnrolStep.SECOND))
    assert not shift.part(EnrolSecond).busy


def test_a_loss_or_a_login_that_is_not_proved_yet_is_nobodys_to_vouch_for() -> None:
    for change in ({"act": EnrolAct.LOST}, {"person": replace(ANA, id="")}):
        shift = EnrolShift()
        shift.unknown()
        shift.presses(Button.ENROL)
        shift.types("123412341234")
        shift.hears_of(view(EnrolStep.PROVE, **change))
        assert not shift.part(EnrolProve).may_ask
        shift.presses(Button.ASK_COLLEAGUE)
        assert not shift.did(CancelCeremony)


@pytest.mark.parametrize("code", [EnrolRefusalCode.START_CODE, EnrolRefusalCode.UNKNOWN])
def test_a_wrong_start_code_is_typed_again(code: EnrolRefusalCode) -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    entry = shift.part(EnrolWho).entry
    shift.types("000000000000")
    shift.hears_of(no(code))
    assert (shift.wizard.refusal, shift.part(EnrolWho).entry != entry) == (EnrolRefusal(code), True)
    assert shift.wizard.seconds == WHO_SECONDS, "what is left is theirs, not that of what was refused"


def test_after_too_many_start_codes_it_waits() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("000000000000")
    shift.hears_of(no(EnrolRefusalCode.TOO_FAST, wait=9))
    assert shift.part(EnrolWho).wait == 9
    shift.types("000000000001")
    assert not shift.did(StartEnrolment)
    assert shift.part(EnrolWho).entry.missed
    for left in range(8, 0, -1):
        shift.rings("wait")
        assert shift.part(EnrolWho).wait == left
    shift.rings("wait")
    assert (shift.part(EnrolWho).wait, shift.part(EnrolWho).again) == (None, True)
    shift.types("000000000001")
    assert shift.did(StartEnrolment)
