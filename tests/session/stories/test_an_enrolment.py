"""Something is enrolled: from who she is to the summary, by every way that there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import LoginPresented, MethodOffer, Purpose
from kiosk.model.enrolment import (
    BadgeMade,
    BadgeTried,
    EnrolAct,
    EnrolRefusal,
    EnrolRefusalCode,
    EnrolStep,
    FactorKind,
    KeyTried,
    PivTried,
    Seen,
    SessionPresented,
)
from kiosk.model.proof import Method
from kiosk.session.enrol_begin import WHO_SECONDS
from kiosk.session.enrol_orders import (
    AskTryChallenge,
    BeginEnrolment,
    ChooseKind,
    LookEnrolment,
    MakeKey,
    PrintCodes,
    ReadKey,
    ReadPivCertificates,
    SecondPresents,
    SendMade,
    SendNewPin,
    SendTry,
    SendTyped,
)
from kiosk.session.enrol_screens import (
    EnrolChoose,
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolHold,
    EnrolPin,
    EnrolProve,
    EnrolSecond,
    EnrolTypeCode,
    EnrolWho,
)
from kiosk.session.events import Button, Printed, Started, WorkspaceShown
from kiosk.session.orders import AskChallenge, CancelCeremony, Cover, Probe, ProbeUsb, SendSecret, Sign, Sound, Wipe
from kiosk.session.screens import Active, Locked, MyKeys, UnknownBadge
from tests.session.enrolments import (
    BARE_FACTS,
    BARE_KEY,
    FACTS,
    NEW_BADGE,
    PIV_MADE,
    TO_PROVE,
    ended,
    factors,
    no,
    view,
    wrong,
)
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, ANA_PIV, BEN, FIDO2_PROOF, KEY, PIV_PROOF, STATION, opened, session

BADGE, BY_KEY, PIV = FactorKind.BADGE, FactorKind.KEY, FactorKind.PIV
OWN_KEY = replace(TO_PROVE, person=None, offers=(MethodOffer(Method.FIDO2),))


def test_a_new_persons_badge_in_four_touches() -> None:
    """Her badge, the button, her colleague's key, her badge again. The start code and the PIN are typed."""
    shift = EnrolShift()
    shift.unknown()
    assert shift.shows(UnknownBadge).may_enrol
    shift.presses(Button.ENROL)
    assert shift.part(EnrolWho).typing == "start_code"
    code = shift.types("123412341234")
    begun = shift.did(BeginEnrolment)[0]
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
    assert shift.did(Sign)[0].tap == key, "the key lay there all the while"
    shift.signs()
    shift.proves(ended(Purpose.VOUCH))
    assert shift.did(LookEnrolment)
    shift.hears_of(view(EnrolStep.TRY))
    assert shift.part(EnrolHold).again
    shift.holds(NEW_BADGE)
    assert shift.did(SendTry)[0].tried == BadgeTried(NEW_BADGE)
    shift.hears_of(view(EnrolStep.DONE))
    assert shift.part(EnrolDone).factor.kind == BADGE
    assert Sound("granted") in shift.orders
    assert shift.touches == 4
    shift.presses(Button.DONE)
    shift.shows(Locked)


def test_a_key_with_its_first_pin_in_five_touches() -> None:
    """My keys, Security key, a supervisor's key, the new key, the new key again; whether keys are missing or not."""
    shift = EnrolShift()
    shift.at_her_keys()
    shift.picks(BY_KEY)
    begun = shift.did(BeginEnrolment)[0]
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
    signed = shift.did(Sign)[0].secret
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
    number = shift.did(ProbeUsb)[0].tap
    shift.reads(BARE_KEY)
    shift.key_says(BARE_FACTS)
    shift.types("plum tree")
    shift.types("plum tree")
    assert shift.did(MakeKey)[0].tap == number < 0
    shift.key_makes()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    assert shift.did(AskTryChallenge)
    shift.challenges("e1", Method.FIDO2)
    assert shift.did(Sign)[0].tap == number
    assert shift.did(Sign)[0].secret is not None


def test_a_second_key_on_the_first_in_five_touches() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
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
    assert not shift.did(BeginEnrolment)
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "notice.same_badge"


def test_a_login_is_typed_and_proved_by_pin_and_recovery_code() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.presses(Button.TYPE_LOGIN)
    assert shift.part(EnrolWho).typing == "login"
    shift.types_login(" ana ")
    assert shift.did(BeginEnrolment)[0].who == LoginPresented("ana")
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
    shift.types("1111 2222")
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
    assert shift.did(BeginEnrolment)[0].who == ANA_BADGE


def test_a_pin_is_typed_twice_and_the_service_compares() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PIN)
    asked = shift.part(EnrolPin)
    assert (asked.of, asked.purpose, asked.digits_only) == ("service", "new", True)
    assert (asked.shortest, asked.longest) == (6, 12)
    entry = asked.entry
    assert shift.types("480216") is shift.asked(SendNewPin).secret
    shift.hears_of(view(EnrolStep.TRY, FactorKind.PIN))
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).entry != entry) == ("again", True)
    shift.types("480217")
    assert shift.did(SendTyped)
    shift.hears_of(view(EnrolStep.MAKE, FactorKind.PIN, refusal=EnrolRefusal(EnrolRefusalCode.PIN_DIFFERS)))
    assert shift.part(EnrolPin).purpose == "new"
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.PIN_DIFFERS)


def test_a_code_app_is_shown_and_tried_on_one_screen() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.CODE_APP)
    assert shift.did(SendMade)[0].made == Seen()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.CODE_APP))
    assert (shift.part(EnrolCodeApp).secret, shift.wizard.at) == ("ABCD EFGH", "new")
    shift.types("123456")
    shift.hears_of(view(EnrolStep.TRY, FactorKind.CODE_APP, refusal=EnrolRefusal(EnrolRefusalCode.WRONG_CODE)))
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.WRONG_CODE)
    shift.types("654321")
    assert not shift.wizard.refusal
    shift.hears_of(view(EnrolStep.DONE, FactorKind.CODE_APP))
    shift.part(EnrolDone)


def test_recovery_codes_are_printed_and_one_is_typed() -> None:
    shift = EnrolShift()
    shift.happens(Started(STATION, can_print=True))
    shift.adding(FactorKind.RECOVERY_CODES)
    assert (len(shift.part(EnrolCodes).codes), shift.part(EnrolCodes).can_print) == (10, True)
    shift.presses(Button.PRINT)
    assert shift.did(PrintCodes)[0].person == ANA
    shift.happens(Printed(shift.last_turn(), True))
    assert shift.part(EnrolCodes).printed
    shift.presses(Button.NEXT)
    assert shift.did(SendMade)[0].made == Seen()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.RECOVERY_CODES))
    assert shift.part(EnrolTypeCode).number == 4
    shift.types("1234 5673")
    shift.hears_of(view(EnrolStep.DONE, FactorKind.RECOVERY_CODES))
    assert shift.part(EnrolDone).used == 4, "the one that was typed is used up"


def test_a_printer_that_does_not_take_it_is_said_and_without_one_nothing_is_offered() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.RECOVERY_CODES)
    shift.presses(Button.PRINT)
    assert not shift.did(PrintCodes)
    shift = EnrolShift()
    shift.happens(Started(STATION, can_print=True))
    shift.adding(FactorKind.RECOVERY_CODES)
    shift.presses(Button.PRINT)
    shift.happens(Printed(shift.last_turn(), False))
    assert not shift.part(EnrolCodes).printed
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "notice.not_printed"


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
    assert shift.did(Sign)[0].secret is typed
    shift.signs(PIV_PROOF)
    assert shift.did(SendTry)[0].tried == PivTried(PIV_PROOF)
    shift.hears_of(view(EnrolStep.DONE, PIV))


@pytest.mark.parametrize("first", [BADGE, FactorKind.PIN])
def test_after_a_start_code_the_same_enrolment_goes_on_whatever_came_first(first: FactorKind) -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE, first))
    assert shift.part(EnrolDone).more
    shift.presses(Button.MORE)
    assert not shift.did(BeginEnrolment), "the start code is used up"
    asked = shift.did(ChooseKind)[0]
    assert (asked.enrolment, asked.kind) == ("e1", None)
    shift.hears_of(view(EnrolStep.CHOOSE))
    assert FactorKind.PIN in shift.part(EnrolChoose).kinds
    shift.presses(Button.CANCEL)
    notice = shift.shows(Locked).notice
    assert notice is not None
    assert notice.key == "notice.enrol_more_cancelled", "what came first stays"


def test_an_unknown_badge_once_added_leads_to_a_choice_and_back() -> None:
    """The next factor is not the badge that began it: she may go back from its proof to what is to be added."""
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


def test_where_the_service_lets_it_end_nothing_more_is_offered() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE, kinds=()))
    assert not shift.part(EnrolDone).more
    shift.presses(Button.MORE)
    assert not shift.did(ChooseKind)


def test_what_does_not_sign_in_alone_is_said_as_the_service_says_it() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE, signs_in=False))
    assert not shift.part(EnrolDone).signs_in


def test_a_badge_of_somebody_else_asks_for_its_owner() -> None:
    shift = EnrolShift()
    shift.adding(BADGE)
    shift.holds(NEW_BADGE)
    shift.hears_of(view(EnrolStep.SECOND, second_why="badge_of_another", second_may="owner_or_supervisor"))
    assert shift.part(EnrolSecond).may == "owner_or_supervisor"
    shift.holds(KEY)
    shift.hears_of(view(EnrolStep.VOUCH, second_why="badge_of_another", second_may="owner_or_supervisor"))
    shift.types("1234")
    shown = shift.did(AskChallenge)[0].shown
    assert shown is not None
    assert (shift.wizard.second, getattr(shown, "moves", False)) == (BEN, True)


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


def test_a_wrong_pin_in_her_own_proof_is_typed_again() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PIN, EnrolStep.PROVE)
    shift.types("wrong")
    shift.holds(KEY)
    shift.challenges("p1", Method.FIDO2)
    shift.signs()
    shift.proves(wrong())
    assert shift.part(EnrolProve).prove.refusal is not None


def test_at_the_summary_a_tap_is_a_tap_again() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE))
    shift.tap()
    assert shift.name == "reading"
    shift = EnrolShift()
    shift.adding(BADGE, EnrolStep.DONE)
    shift.tap()
    assert shift.name == "opening"
    shift.happens(WorkspaceShown("ana"))
    assert shift.did(Probe), "it is looked at once she has her workspace back"


def test_the_bar_says_which_keys_are_missing_until_they_are_there() -> None:
    shift = EnrolShift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", replace(session(1, ANA), keys_missing=2)))
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).keys_missing == 2
    shift.presses(Button.MY_KEYS)
    shift.list_comes(factors(missing=2))
    assert shift.shows(MyKeys).keys_missing == 2
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.DONE, BY_KEY, keys_missing=1))
    assert shift.part(EnrolDone).keys_missing == 1
    shift.presses(Button.DONE)
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).keys_missing == 1


def test_at_her_sign_in_she_hears_what_was_done_to_her_keys() -> None:
    shift = EnrolShift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", replace(session(1, ANA), news=("added", "lost"))))
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.news_lost"


def test_who_has_her_key_not_at_hand_asks_a_colleague() -> None:
    shift = EnrolShift()
    shift.adding(BADGE, EnrolStep.PROVE)
    assert shift.part(EnrolProve).may_ask
    secret = shift.types("begun")
    shift.presses(Button.ASK_COLLEAGUE)
    assert [type(order) for order in shift.orders][:2] == [CancelCeremony, LookEnrolment]
    assert Wipe(secret) in shift.orders
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
    assert shift.wizard.seconds == WHO_SECONDS, "what is left is hers, not that of what was refused"


def test_after_too_many_start_codes_it_waits() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("000000000000")
    shift.hears_of(no(EnrolRefusalCode.TOO_FAST, wait=9))
    assert shift.part(EnrolWho).wait == 9
    shift.types("000000000001")
    assert not shift.did(BeginEnrolment)
    shift.rings("wait")
    shift.types("000000000001")
    assert shift.did(BeginEnrolment)


def test_the_workspace_is_covered_meanwhile_and_comes_back_after() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    assert not shift.watch.uncovered
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE))
    assert Cover() not in shift.orders
    shift.presses(Button.CANCEL)
    assert shift.name == "opening"
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).notice is not None


def test_her_kind_is_chosen_of_what_is_offered() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE, kinds=(BADGE, BY_KEY)))
    shift.picks(FactorKind.PIN)
    assert not shift.did(ChooseKind)
    shift.picks(BY_KEY)
    assert shift.did(ChooseKind)[0].kind == BY_KEY


def test_a_lost_key_is_proved_by_another_and_then_done() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.picks_factor("f2")
    shift.presses(Button.LOST)
    shift.presses(Button.CONFIRM)
    wish = shift.did(BeginEnrolment)[0].wish
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
