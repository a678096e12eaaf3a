"""The service goes away, refuses or says something that makes no sense, wherever its word is waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import MethodOffer, Why
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts import consent_pages, notices
from kiosk.session.facts.buttons import KeyPress
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.card_orders import SignChallenge
from kiosk.session.facts.ceremony_orders import BeginCeremony, CancelCeremony
from kiosk.session.facts.enrolment_orders import FetchFactors
from kiosk.session.facts.enrolment_screens import EnrolCodeApp, EnrolCodes, MyKeys
from kiosk.session.facts.orders import AnswerStepUp, PrintCodes
from kiosk.session.facts.screens import Aftermath, OutOfOrder
from kiosk.session.facts.service_answers import Mismatch, ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_orders import ShowWorkspace
from tests.session.enrolment.fetching_keys import fetching
from tests.session.enrolments import CODES
from tests.session.shift import Shift, asked, notice, seconds_of, wanted
from tests.session.world import ANA, ANA_BADGE, ANA_PIV, KEY, PIN_OFFER, granted, refused, rung, wants

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
