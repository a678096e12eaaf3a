"""The service goes away, refuses or says something that makes no sense, wherever its word is waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import MethodOffer, Refusal, RefusalCode, Why
from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.facts import consent_pages, notices
from kiosk.session.facts.enrolment_orders import (
    CancelEnrolment,
    FetchFactors,
    PrintCodes,
    StartEnrolment,
)
from kiosk.session.facts.enrolment_screens import (
    EnrolBusy,
    EnrolChoose,
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolWho,
    MyKeys,
)
from kiosk.session.facts.events import (
    Button,
    KeyPress,
    Mismatch,
    Offline,
    Probed,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.orders import (
    AnswerStepUp,
    BeginCeremony,
    CancelCeremony,
    ReportEvent,
    ShowWorkspace,
    SignChallenge,
)
from kiosk.session.facts.screens import Aftermath, LockScreen, Notice, OutOfOrder
from tests.session.enrolments import ALL_VIEWS, CODES, view
from tests.session.shift import Shift, asked, notice, seconds_of, wanted
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, ANA_PIV, KEY, PIN_OFFER, granted, refused, rung, wants


def fetching() -> EnrolShift:
    """Ana works, and has asked for their keys."""
    shift = EnrolShift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.MY_KEYS)
    shift.patient = False
    return shift


# A second factor is being checked


def test_the_service_goes_away_while_a_pin_is_wanted() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("246810")
    shift.happens(Unreachable(shift.last_turn()))
    assert notice(shift).key == "notice.unreachable"
    assert not shift.did(ShowWorkspace)


def test_an_error_while_a_pin_is_checked_is_told_with_its_code() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("246810")
    shift.happens(ServiceRefused(shift.last_turn(), "internal"))
    assert notice(shift) == notices.problem("internal")


def test_an_answer_that_does_not_fit_while_a_pin_is_checked_opens_nothing() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("246810")
    shift.happens(Mismatch(shift.last_turn()))
    assert notice(shift) == notices.MISMATCH


# Their keys


def test_without_the_service_nobody_sees_their_keys() -> None:
    shift = fetching()
    shift.happens(Unreachable(shift.turn_of(FetchFactors)))
    assert shift.shows(Aftermath).notice == notices.KEYS_OFFLINE


def test_a_station_that_was_revoked_shows_no_keys_and_stops() -> None:
    shift = fetching()
    shift.happens(ServiceRefused(shift.turn_of(FetchFactors), notices.STATION_REVOKED))
    shift.shows(OutOfOrder)


def test_a_key_pressed_at_the_list_counts_as_being_there() -> None:
    shift = fetching()
    shift.list_comes()
    before = len(seconds_of(shift, "keys"))
    shift.happens(KeyPress())
    assert len(seconds_of(shift, "keys")) == before + 1


def test_a_hint_at_the_list_goes_away_by_itself() -> None:
    shift = fetching()
    shift.list_comes()
    shift.tap()
    assert shift.shows(MyKeys).notice == notices.ENROLLING
    shift.rings("notice")
    assert shift.shows(MyKeys).notice is None


def test_a_lost_key_is_replaced_by_another_of_its_kind() -> None:
    shift = fetching()
    shift.list_comes()
    shift.picks_factor("f2")
    shift.presses(Button.REPLACE)
    begun = shift.asked(StartEnrolment).wish
    assert (begun.kind, begun.factor) == (FactorKind.KEY, "f2")


# A step-up


def test_a_step_up_that_is_granted_without_a_token_gives_its_program_nothing() -> None:
    shift = asked()
    shift.happens(rung(2))
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", shift.prove.method)
    shift.signs()
    shift.says(replace(granted("u1", ANA), grant=None))
    assert not [order for order in shift.did(AnswerStepUp) if order.answer.decision == "granted"]
    assert not shift.did(ShowWorkspace)


# An enrolment


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("not_entitled", notices.enrol_refused(EnrolRefusal(EnrolRefusalCode.NOT_ENTITLED))),
        ("internal", notices.problem("internal")),
    ],
)
def test_an_error_answer_about_an_enrolment_is_told_as_its_refusal_where_it_is_one(code: str, told: Notice) -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.patient = False
    shift.happens(ServiceRefused(shift.last_turn(), code))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders
    assert shift.shows(Aftermath).notice == told


def test_the_word_about_another_enrolment_ends_this_one() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.hears_of(view(EnrolStep.CHOOSE, ident="e2"))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_a_summary_without_what_was_added_shows_nothing_of_it() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.hears_of(next(view for view in ALL_VIEWS if view.step == EnrolStep.DONE and view.factor is None))
    assert shift.part(EnrolBusy) is not None


def test_a_proof_that_the_service_does_not_describe_is_no_way() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    shift.hears_of(view(EnrolStep.PROVE, ceremony=None))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_back_is_no_button_while_the_service_is_asked() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    before = shift.screen
    shift.presses(Button.BACK)
    assert shift.screen == before
    assert not shift.did(CancelEnrolment)


def test_back_to_the_workspace_locks_where_a_lock_has_come_meanwhile() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.part(EnrolChoose)
    shift.hears("lock", "s1", "Ward 5")
    shift.part(EnrolChoose)
    shift.presses(Button.BACK)
    shift.shows(LockScreen)
    assert any(isinstance(order, ReportEvent) and order.reason == "elsewhere" for order in shift.orders)


@pytest.mark.parametrize("login", ["", "   ", "a" * 200])
def test_what_can_be_no_login_is_said_so_and_asked_of_nobody(login: str) -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.presses(Button.TYPE_LOGIN)
    shift.types_login(login)
    assert shift.wizard.notice == notices.NO_LOGIN
    assert not shift.did(StartEnrolment)


def test_without_the_service_nobody_begins_by_a_recovery_code() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.happens(Offline("07:41"))
    shift.presses(Button.HAVE_CODES)
    assert notice(shift).key == "notice.unreachable"
    assert not shift.did(StartEnrolment)


# What is never shown


@pytest.mark.parametrize(
    "carrier",
    [PrintCodes(1, ANA, CODES.codes, 2), EnrolCodeApp("otpauth://1234", "1234"), EnrolCodes(CODES.codes, True)],
    ids=lambda one: type(one).__name__,
)
def test_what_shows_only_once_stands_in_no_log(carrier: object) -> None:
    assert "1234" not in repr(carrier)


def test_a_text_is_at_most_as_wide_as_its_widest_letters() -> None:
    assert consent_pages.width("") == 0
    assert consent_pages.width("iiii") <= consent_pages.width("WWWW")
    assert consent_pages.width("Ward") < consent_pages.width("Ward 3")


# A badge is being read


def test_a_proof_that_is_wanted_of_nobody_is_no_sign_in() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", None, PIN_OFFER))
    assert notice(shift) == notices.refused(Refusal(RefusalCode.NO_METHOD))
    assert CancelCeremony("c1", "withdrawn") in shift.orders


def test_a_tap_that_is_refused_for_the_station_stops_it() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(refused("c1", RefusalCode.STATION_REVOKED))
    shift.shows(OutOfOrder)


def test_what_the_service_may_have_opened_unheard_is_told_and_nothing_else() -> None:
    """While a challenge is asked for nothing can have been opened."""
    for far, told in (("begin", True), ("challenge", False)):
        shift = Shift()
        shift.tap()
        shift.reads(ANA_PIV)
        if far == "challenge":
            shift.says(wants("c1", None, MethodOffer(Method.PIV_TAP), why=Why.POSSESSION))
        shift.happens(Unreachable(shift.last_turn()))
        assert any(isinstance(order, ReportEvent) and order.action == "session_end" for order in shift.orders) is told


def tapped_key() -> Shift:
    """What was tapped is to answer a challenge."""
    shift = Shift()
    shift.tap()
    shift.reads(KEY)
    shift.says(wants("c1", None, MethodOffer(Method.FIDO2_TAP), why=Why.POSSESSION))
    return shift


@pytest.mark.parametrize(("ceremony", "method"), [("c9", Method.FIDO2_TAP), ("c1", Method.FIDO2)])
def test_a_challenge_of_another_ceremony_or_kind_is_not_signed_at_a_tap(ceremony: str, method: Method) -> None:
    shift = tapped_key()
    shift.challenges(ceremony, method)
    assert notice(shift) == notices.MISMATCH
    assert not shift.did(SignChallenge)


def test_an_answer_that_does_not_fit_at_a_tap_opens_nothing() -> None:
    shift = tapped_key()
    shift.happens(Mismatch(shift.last_turn()))
    assert notice(shift) == notices.MISMATCH


def test_a_card_that_lay_there_before_does_not_disturb_the_one_being_read() -> None:
    shift = Shift()
    shift.tap()
    turn = shift.last_turn()
    shift.tap(fresh=False)
    shift.happens(Probed(turn, ANA_BADGE))
    assert shift.did(BeginCeremony)


# More of an enrolment


def test_a_station_that_was_revoked_meanwhile_enrols_nobody() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.happens(ServiceRefused(shift.last_turn(), notices.STATION_REVOKED))
    shift.shows(OutOfOrder)


def test_while_the_service_is_asked_nothing_else_is_begun() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("000000000000")
    assert shift.did(StartEnrolment)
    shift.presses(Button.TYPE_LOGIN)
    assert shift.part(EnrolWho).typing == "start_code"
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    shift.tap()
    assert shift.wizard.notice is None, "nor is it said of a card"


def test_a_kind_that_is_not_offered_at_the_list_is_not_begun() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.TEMPORARY_BADGE)
    shift.shows(MyKeys)
    assert not shift.did(StartEnrolment)


def test_the_summary_has_no_way_back() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.hears_of(view(EnrolStep.DONE))
    before = shift.part(EnrolDone)
    assert not shift.wizard.back
    shift.presses(Button.BACK)
    assert shift.part(EnrolDone) == before
