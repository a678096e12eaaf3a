"""A key or a PIV card is enrolled, or proves that another one is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer, Purpose
from kiosk.model.enrolment import EnrolAct, EnrolStep, FactorKind, KeyTried, PivTried, SessionPresented
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import MakeKey, ProbeUsbKey, ReadKey, ReadPivCertificates, SignChallenge
from kiosk.session.facts.enrolment_orders import AskTryChallenge, SendMade, SendTry, StartEnrolment
from kiosk.session.facts.enrolment_screens import EnrolDone, EnrolHold, EnrolPin
from tests.session.enrolments import BARE_FACTS, BARE_KEY, FACTS, PIV_MADE, TO_PROVE, ended, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA_PIV, BIO_KEY, FIDO2_PROOF, KEY, PIV_PROOF

BY_KEY, PIV = FactorKind.KEY, FactorKind.PIV


def test_a_key_with_its_first_pin_in_five_touches() -> None:
    """My keys, Security key, a supervisor's key, the new key, the new key again; whether keys are missing or not."""
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(BY_KEY)
    begun = shift.did(StartEnrolment)[0]
    assert (begun.who, begun.wish.kind) == (SessionPresented("s1"), BY_KEY)
    shift.hears_of(view(EnrolStep.SECOND, BY_KEY))
    shift.holds(KEY)
    shift.hears_of(view(EnrolStep.VOUCH, BY_KEY, second=None))
    shift.types("supervisor")
    shift.challenges("v1", Method.FIDO2)
    shift.signs()
    shift.proves(ended(Purpose.VOUCH))
    shift.hears_of(view(EnrolStep.MAKE, BY_KEY))
    assert shift.part(EnrolHold).usb
    number = shift.holds(BARE_KEY)
    assert shift.did(ReadKey)[0].tap == number
    shift.key_says(BARE_FACTS)
    asked = shift.part(EnrolPin)
    assert (asked.of, asked.purpose, asked.shortest, asked.digits_only) == ("key", "new", 6, False)
    shift.types("plum tree")
    assert shift.part(EnrolPin).purpose == "again"
    second = shift.types("plum tree")
    made = shift.did(MakeKey)[0]
    assert (made.tap, made.secret, made.set_pin) == (number, second, True)
    shift.key_makes()
    assert shift.did(SendMade)
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    shift.lift()
    shift.holds(replace(BARE_KEY, has_pin=True))
    assert shift.did(AskTryChallenge)[0].shown.part == "try"
    shift.challenges("e1", Method.FIDO2)
    signed = shift.did(SignChallenge)[0].secret
    assert signed is not None
    assert signed.reveal() == "plum tree", "the PIN of a moment ago need not be typed a third time"
    shift.signs()
    assert shift.did(SendTry)[0].tried == KeyTried(FIDO2_PROOF)
    shift.hears_of(view(EnrolStep.DONE, BY_KEY))
    assert shift.touches == 5


def test_a_key_by_usb_is_made_and_tried_without_being_pulled() -> None:
    shift = EnrolShift()
    shift.adding(BY_KEY)
    shift.presses(Button.USB_KEY)
    number = shift.did(ProbeUsbKey)[0].tap
    shift.reads(BARE_KEY)
    shift.key_says(BARE_FACTS)
    shift.types("plum tree")
    shift.types("plum tree")
    assert shift.did(MakeKey)[0].tap == number < 0
    shift.key_makes()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    assert shift.did(AskTryChallenge)
    shift.challenges("e1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].tap == number
    assert shift.did(SignChallenge)[0].secret is not None


def test_a_second_key_on_the_first_in_five_touches() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(BY_KEY)
    shift.hears_of(view(EnrolStep.PROVE, BY_KEY))
    shift.types("own key's pin")
    shift.holds(KEY)
    shift.challenges("p1", Method.FIDO2)
    shift.signs()
    shift.proves(ended())
    shift.hears_of(view(EnrolStep.MAKE, BY_KEY))
    shift.holds(KEY)
    shift.key_says(FACTS)
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).retries_left) == ("present", 8)
    shift.types("its own pin")
    assert not shift.did(MakeKey)[0].set_pin
    shift.key_makes()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    shift.signs()
    shift.hears_of(view(EnrolStep.DONE, BY_KEY))
    assert shift.touches == 5


def test_a_piv_card_is_read_and_signs_by_its_pin_without_being_lifted() -> None:
    shift = EnrolShift()
    shift.adding(PIV)
    number = shift.holds(ANA_PIV)
    assert shift.did(ReadPivCertificates)[0].tap == number
    shift.card_shows()
    assert shift.did(SendMade)[0].made == PIV_MADE
    shift.hears_of(view(EnrolStep.TRY, PIV))
    assert (shift.part(EnrolPin).of, shift.part(EnrolPin).digits_only) == ("card", True)
    typed = shift.types("482915")
    shift.challenges("e1", Method.PIV_PIN)
    assert shift.did(SignChallenge)[0].secret is typed
    shift.signs(PIV_PROOF)
    assert shift.did(SendTry)[0].tried == PivTried(PIV_PROOF)
    shift.hears_of(view(EnrolStep.DONE, PIV))


def test_a_card_whose_pin_needs_the_other_reader_is_asked_for_it_there() -> None:
    """No PIN goes to a PIV card over the air (SP 800-73-4 part 2, section 3.2.1): what was typed for that is gone."""
    shift = EnrolShift()
    shift.adding(PIV)
    shift.holds(ANA_PIV)
    shift.card_shows()
    shift.hears_of(view(EnrolStep.TRY, PIV))
    shift.types("482915")
    shift.challenges("e1", Method.PIV_PIN)
    shift.fails(CardTrouble.WRONG_READER)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_READER
    number = shift.holds(ANA_PIV)
    assert not shift.did(AskTryChallenge), "nothing is signed for a PIN that nobody has typed"
    assert (shift.part(EnrolPin).of, shift.part(EnrolPin).trouble) == ("card", None)
    typed = shift.types("482915")
    shift.challenges("e1", Method.PIV_PIN)
    assert (shift.did(SignChallenge)[0].tap, shift.did(SignChallenge)[0].secret) == (number, typed)


def test_a_lost_key_is_proved_by_another_and_then_done() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks_factor("f2")
    shift.presses(Button.LOST)
    shift.presses(Button.CONFIRM)
    wish = shift.did(StartEnrolment)[0].wish
    assert (wish.act, wish.kind, wish.factor) == (EnrolAct.LOST, BY_KEY, "f2")
    by_pin = replace(TO_PROVE, offers=(MethodOffer(Method.PIN),))
    shift.hears_of(view(EnrolStep.PROVE, BY_KEY, act=EnrolAct.LOST, ceremony=by_pin))
    shift.types("123456")
    shift.proves(ended())
    shift.hears_of(view(EnrolStep.DONE, BY_KEY, act=EnrolAct.LOST))
    assert (shift.wizard.act, shift.part(EnrolDone).more) == (EnrolAct.LOST, False)


def test_a_blocked_key_is_not_asked_for_its_pin() -> None:
    shift = EnrolShift()
    shift.adding(BY_KEY)
    shift.holds(KEY)
    shift.key_says(replace(FACTS, retries_left=0))
    assert shift.part(EnrolHold).trouble == CardTrouble.PIN_BLOCKED


def with_a_sensor(has_pin: bool) -> EnrolShift:
    """A new key with a sensor lies there, and makes its credential by it."""
    shift = EnrolShift()
    shift.adding(BY_KEY)
    shift.holds(replace(BIO_KEY, has_pin=has_pin))
    shift.key_says(replace(FACTS, aaguid=BIO_KEY.aaguid, built_in_uv=True, has_pin=has_pin))
    assert shift.did(MakeKey)[0].secret is None
    return shift


def test_a_new_key_whose_sensor_is_blocked_is_made_by_its_pin() -> None:
    shift = with_a_sensor(has_pin=True)
    shift.fails(CardTrouble.SENSOR_BLOCKED)
    asked = shift.part(EnrolPin)
    assert (asked.of, asked.purpose, asked.trouble) == ("key", "present", CardTrouble.SENSOR_BLOCKED)
    pin = shift.types("2468")
    assert shift.did(MakeKey)[0].secret is pin


@pytest.mark.parametrize(
    ("trouble", "has_pin"),
    [(CardTrouble.SENSOR_BLOCKED, False), (CardTrouble.FINGER_UNKNOWN, True), (CardTrouble.KEY_DENIED, True)],
)
def test_where_no_pin_helps_the_new_key_is_held_again(trouble: CardTrouble, has_pin: bool) -> None:
    shift = with_a_sensor(has_pin)
    shift.fails(trouble)
    assert shift.part(EnrolHold).trouble == trouble
