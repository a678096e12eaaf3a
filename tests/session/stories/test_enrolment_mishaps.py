"""An enrolment that is disturbed, broken off or abandoned: a clear next step, and nothing left hanging."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import MethodOffer
from kiosk.model.enrolment import EnrolmentView, EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.model.stepup import Reason
from kiosk.session import notices
from kiosk.session.enrol_orders import (
    BeginEnrolment,
    CancelEnrolment,
    ChooseKind,
    FetchFactors,
    MakeKey,
    SendMade,
    SendTry,
)
from kiosk.session.enrol_screens import EnrolHold, EnrolPin, EnrolProve, EnrolWho
from kiosk.session.enrolling import LOST_SECONDS
from kiosk.session.events import (
    Button,
    Enrolled,
    Mismatch,
    Offline,
    Online,
    ServiceRefused,
    Started,
    Unreachable,
    WorkspaceShown,
)
from kiosk.session.orders import Alarm, AnswerRing, DropCard, Probe, ShowWorkspace, Sign, Tell, Wipe
from kiosk.session.screens import Active, Fading, Locked, MyKeys, UnknownBadge
from tests.session.enrolments import BARE_FACTS, BARE_KEY, FACTS, NEW_BADGE, TO_PROVE, factors, no, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, KEY, STATION, opened, rung, session

BY_KEY = FactorKind.KEY


def making(facts: object = BARE_FACTS) -> tuple[EnrolShift, int]:
    """A new key lies there and its PIN is asked for."""
    shift = EnrolShift()
    shift.adding(BY_KEY)
    number = shift.holds(BARE_KEY if facts is BARE_FACTS else KEY)
    shift.key_says(facts)  # type: ignore[arg-type]  # one of the two
    return shift, number


@pytest.mark.parametrize(
    "said",
    [
        view(EnrolStep.CHOOSE),
        view(EnrolStep.PROVE, FactorKind.PIN, ceremony=replace(TO_PROVE, offers=(MethodOffer(Method.PIN),))),
        view(EnrolStep.MAKE, FactorKind.PIN),
        view(EnrolStep.TRY, FactorKind.CODE_APP),
        view(EnrolStep.MAKE, FactorKind.RECOVERY_CODES),
    ],
    ids=["choosing", "proving by a PIN", "choosing a PIN", "a code app", "recovery codes"],
)
def test_a_colleagues_tap_is_held_off_and_said(said: EnrolmentView) -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.presses(Button.ADD)
    shift.hears_of(said)
    shift.tap()
    assert not shift.did(Probe)
    assert shift.wizard.notice == notices.ENROLLING
    shift.rings("notice")
    assert not shift.wizard.notice


def test_taps_are_held_off_while_she_looks_at_her_keys() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.tap()
    assert not shift.did(Probe)
    notice = shift.shows(MyKeys).notice
    assert notice is not None
    assert notice.key == "notice.enrolling"


def test_a_program_that_rings_meanwhile_is_told_to_come_later() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.happens(rung(1))
    assert shift.did(AnswerRing)[0].answer.reason == Reason.BUSY
    shift.presses(Button.ADD)
    shift.happens(rung(2))
    assert shift.did(AnswerRing)[0].answer.reason == Reason.BUSY


def test_cancelling_tells_the_service_and_forgets_what_was_typed() -> None:
    shift, number = making()
    first = shift.types("plum tree")
    shift.presses(Button.CANCEL)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert Wipe(first) in shift.orders
    assert DropCard(number) in shift.orders
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


def test_a_begin_that_is_answered_after_cancelling_is_cancelled_too() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    turn = shift.turn_of(BeginEnrolment)
    shift.presses(Button.CANCEL)
    assert not shift.did(CancelEnrolment)
    shift.happens(Enrolled(turn, view(EnrolStep.SECOND)))
    assert shift.did(CancelEnrolment) == [CancelEnrolment("e1", "withdrawn")]
    shift.shows(Locked)


def test_two_new_pins_that_differ_are_both_forgotten() -> None:
    shift, _ = making()
    first, second = shift.types("plum tree"), shift.types("plum trees")
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).differs) == ("new", True)
    assert {id(order.secret) for order in shift.did(Wipe)} == {id(first), id(second)}


@pytest.mark.parametrize("text", ["short", "x" * 64, "é" * 40])
def test_a_pin_that_the_key_would_not_take_is_said_before_it_is_set(text: str) -> None:
    shift, _ = making()
    shift.types(text)
    assert (shift.part(EnrolPin).trouble, shift.part(EnrolPin).purpose) == (CardTrouble.PIN_REFUSED, "new")


def test_a_key_lifted_while_its_pin_is_chosen_is_held_again() -> None:
    shift, number = making()
    shift.lift(number)
    shift.types("plum tree")
    shift.types("plum tree")
    assert not shift.did(MakeKey)
    assert not shift.part(EnrolHold).again
    again = shift.holds(BARE_KEY)
    assert (shift.did(MakeKey)[0].tap, shift.did(MakeKey)[0].set_pin) == (again, True)


def test_another_kind_of_key_is_not_given_the_pin() -> None:
    shift, number = making()
    shift.lift(number)
    shift.types("plum tree")
    shift.types("plum tree")
    shift.holds(KEY)
    assert not shift.did(MakeKey)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_CARD


def test_lifted_while_it_is_written_the_key_is_read_anew() -> None:
    shift, _ = making()
    shift.types("plum tree")
    shift.types("plum tree")
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.part(EnrolHold).trouble == CardTrouble.LIFTED_EARLY
    shift.holds(replace(BARE_KEY, has_pin=True))
    shift.key_says(replace(BARE_FACTS, has_pin=True, retries_left=8))
    assert shift.part(EnrolPin).purpose == "present", "whether the PIN was set shows only now"


def test_the_keys_own_no_to_a_pin_asks_for_another() -> None:
    shift, number = making()
    shift.types("plum tree")
    shift.types("plum tree")
    shift.fails(CardTrouble.PIN_REFUSED)
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).trouble) == ("new", CardTrouble.PIN_REFUSED)
    shift.types("apple tree 7")
    shift.types("apple tree 7")
    assert shift.did(MakeKey)[0].tap == number


def test_a_wrong_present_pin_shows_the_tries_that_are_left() -> None:
    shift, number = making(FACTS)
    shift.types("wrong")
    shift.fails(CardTrouble.WRONG_PIN, 7)
    assert (shift.part(EnrolPin).retries_left, shift.part(EnrolPin).trouble) == (7, CardTrouble.WRONG_PIN)
    shift.types("right")
    assert shift.did(MakeKey)[0].tap == number


def test_a_try_that_breaks_off_needs_no_pin_again() -> None:
    shift, _ = making(FACTS)
    shift.types("right")
    shift.key_makes()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.part(EnrolHold).again
    shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    assert shift.did(Sign)[0].secret is not None


def test_a_challenge_of_another_kind_or_enrolment_is_not_signed() -> None:
    for ceremony, method in (("e2", Method.FIDO2), ("e1", Method.PIV_PIN)):
        shift, _ = making(FACTS)
        shift.types("right")
        shift.key_makes()
        shift.hears_of(view(EnrolStep.TRY, BY_KEY))
        shift.holds(KEY)
        shift.challenges(ceremony, method)
        assert not shift.did(Sign)
        assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_what_does_not_say_what_the_screen_says_ends_it() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PIN, EnrolStep.PROVE)
    shift.types("1234")
    shift.holds(KEY)
    shift.happens(Mismatch(shift.last_turn()))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders
    assert shift.name == "opening"


def test_somebody_elses_enrolment_is_never_gone_on_with() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE, person=BEN))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_the_wrong_kind_of_thing_is_said_and_nothing_sent() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(KEY)
    assert not shift.did(SendMade)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_CARD


def test_back_goes_one_step() -> None:
    shift, _ = making()
    shift.types("plum tree")
    assert shift.wizard.back
    shift.presses(Button.BACK)
    assert shift.part(EnrolPin).purpose == "new"
    shift.presses(Button.BACK)
    assert not shift.part(EnrolHold).again
    shift.presses(Button.BACK)
    assert shift.did(ChooseKind)[0].kind is None
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.presses(Button.BACK)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert shift.did(FetchFactors)
    shift.shows(MyKeys)


def test_back_from_the_try_makes_it_anew() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, EnrolStep.TRY)
    shift.presses(Button.BACK)
    assert shift.did(ChooseKind)[0].kind == FactorKind.BADGE


def test_back_at_the_lock_screen_asks_again_who_it_is() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.SECOND))
    shift.presses(Button.BACK)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert shift.part(EnrolWho).typing == "start_code"
    shift.presses(Button.BACK)
    assert shift.part(EnrolWho).typing is None
    assert not shift.wizard.back


def test_the_service_ends_it_with_a_reason() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(no(EnrolRefusalCode.POLICY))
    notice = shift.shows(Locked).notice
    assert notice is not None
    assert (notice.key, notice.tone) == ("enrol_refusal.policy", "refused")
    assert not shift.did(CancelEnrolment)


def test_without_an_answer_it_ends_and_the_work_goes_on() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(NEW_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    assert CancelEnrolment("e1", "timeout") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.enrol_lost"


def test_an_error_of_the_service_is_said() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(NEW_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "wrong_step"))
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.service_error"


def test_left_alone_it_ends_by_the_services_limit_and_locks() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    assert shift.wizard.seconds == 600
    shift.rings("enrolment")
    assert CancelEnrolment("e1", "timeout") in shift.orders
    assert Tell("lock", "s1", "idle") in shift.orders
    shift.shows(Locked)


def test_left_alone_at_the_lock_screen_it_ends_there() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.rings("enrolment")
    notice = shift.shows(Locked).notice
    assert notice is not None
    assert notice.key == "notice.timed_out"


def test_her_list_left_alone_fades_before_it_locks() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.rings("keys")
    assert shift.shows(Fading).seconds == 30
    assert shift.did(ShowWorkspace)
    shift.rings("fade")
    shift.shows(Locked)


def test_where_nothing_is_idle_her_list_goes_back_by_itself() -> None:
    shift = EnrolShift()
    shift.happens(Started(replace(STATION, idle=0)))
    shift.at_her_keys()
    shift.rings("keys")
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


def test_a_lock_from_elsewhere_waits_for_its_end() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, EnrolStep.TRY)
    shift.hears("lock", "s1", "Ward 5")
    assert shift.name == "enrolment"
    shift.holds(NEW_BADGE)
    assert shift.did(SendTry)
    shift.hears_of(view(EnrolStep.DONE))
    shift.presses(Button.MORE)
    assert shift.name == "enrolment", "nothing more is begun"
    shift.presses(Button.DONE)
    assert Tell("lock", "s1", "elsewhere") in shift.orders
    assert shift.shows(Locked).went_to == "Ward 5"


@pytest.mark.parametrize("step", [EnrolStep.MAKE, EnrolStep.CHOOSE])
def test_a_session_that_the_service_ends_takes_it_along(step: EnrolStep) -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, step)
    shift.hears("end", "s1")
    assert CancelEnrolment("e1", "locked") in shift.orders
    shift.shows(Locked)


def test_her_list_locks_at_once_when_she_is_elsewhere() -> None:
    shift = EnrolShift()
    shift.at_her_keys()
    shift.hears("lock", "s1", "Ward 5")
    assert shift.shows(Locked).went_to == "Ward 5"


def test_her_card_leaving_its_slot_locks_once_it_has_ended() -> None:
    shift = EnrolShift()
    number = shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_BADGE)
    shift.says(opened("c9", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.presses(Button.MY_KEYS)
    shift.list_comes()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.lift(number, "slot", ReaderRole.INSERTION)
    assert shift.name == "enrolment"
    shift.presses(Button.CANCEL)
    assert Tell("lock", "s1", "card_removed") in shift.orders
    shift.shows(Locked)


def test_a_revoked_workstation_goes_on_with_nothing() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.hears("revoked")
    assert CancelEnrolment("e1", "locked") in shift.orders
    assert shift.name == "out_of_order"


def test_without_the_service_nothing_is_begun() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.happens(Offline("07:41"))
    assert not shift.shows(UnknownBadge).may_enrol
    shift.presses(Button.ENROL)
    assert shift.shows(Locked).notice is not None
    shift = EnrolShift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(Offline("07:41"))
    shift.presses(Button.MY_KEYS)
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.keys_offline"


def test_a_list_of_somebody_else_is_not_shown() -> None:
    shift = EnrolShift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.MY_KEYS)
    shift.list_comes(factors(BEN))
    assert shift.name == "opening"


def test_an_unread_badge_at_the_first_question_is_said() -> None:
    shift = EnrolShift()
    shift.happens(Started(STATION))
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.tap()
    shift.fails(CardTrouble.MUTE)
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "card.mute"
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.did(BeginEnrolment)
    shift.hears_of(no(EnrolRefusalCode.UNKNOWN))
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.UNKNOWN)


def test_without_an_answer_to_what_binds_nobody_says_that_nothing_was_added() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(NEW_BADGE)
    shift.hears_of(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.enrol_unsure"


def test_at_the_lock_screen_it_says_so_long_enough_to_be_read() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.MAKE))
    shift.holds(NEW_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    notice = shift.shows(Locked).notice
    assert notice is not None
    assert notice.key == "notice.enrol_lost"
    assert [alarm.seconds for alarm in shift.did(Alarm) if alarm.name == "notice"][-1] == LOST_SECONDS


def test_while_the_service_is_unreachable_the_wizard_says_so_before_anybody_touches() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.happens(Offline("14:02"))
    notice = shift.wizard.notice
    assert notice is not None
    assert notice.key == "notice.enrol_offline"
    shift.happens(Online(STATION))
    assert shift.wizard.notice is None
    shift.hears_of(view(EnrolStep.DONE))


def test_a_key_that_is_blocked_has_no_tries_to_count() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, EnrolStep.PROVE)
    shift.types("wrong")
    shift.holds(KEY)
    shift.challenges("p1", Method.FIDO2)
    shift.fails(CardTrouble.PIN_BLOCKED, 0)
    prove = shift.part(EnrolProve).prove
    assert (prove.trouble, prove.retries_left, prove.last_try) == (CardTrouble.PIN_BLOCKED, None, False)
