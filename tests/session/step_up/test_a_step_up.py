"""A program asks for an export: granted with a key or a code, for the purpose that was picked."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import Purpose, Why
from kiosk.model.consent import Consent, ConsentLine
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.card_orders import SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge, BeginStepUp
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.person_input import MethodPicked, PurposePicked
from kiosk.session.facts.screens import Active, StepUp
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import Cover
from tests.session.shift import Shift, answer, asked
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    CARD_OFFER,
    CODE_OFFER,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    granted,
    opened,
    rung,
    session,
    wants,
)


def test_the_workspace_is_covered_and_the_screen_says_what_is_asked() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    assert shift.orders[0] == Cover()
    assert shift.did(BeginStepUp)[0].request.session == "s1"
    screen = shift.shows(StepUp)
    shown = {line.key: line.value for line in screen.lines}
    assert (shown["action"], shown["resource"], shown["records"]) == ("record.export", "Patient/123", "12")
    assert shown["unregistered"] == "export tool"
    assert screen.seconds == 120, "the station's limit"
    assert screen.prove is None


def test_a_key_with_its_pin_grants_and_the_work_goes_on() -> None:
    shift = asked()
    assert (shift.prove.method, shift.prove.stage, shift.prove.digits_only) == (Method.FIDO2, "type", False)
    secret = shift.types("päss wörd")
    assert shift.prove.stage == "hold"
    number = shift.tap()
    shift.reads(KEY)
    order = shift.did(AskChallenge)[0]
    assert order.login == "ana"
    assert isinstance(order.shown, Consent)
    assert order.shown.resource == "Patient/123"
    shift.challenges("u1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].secret is secret
    assert shift.did(SignChallenge)[0].tap == number
    shift.signs()
    shift.says(granted("u1", ANA))
    assert (answer(shift).answer.decision, answer(shift).answer.token) == ("granted", "token")
    assert PlaySound("granted") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.step_up_granted"


def test_a_purpose_is_picked_before_anything_is_signed_and_is_part_of_what_is_signed() -> None:
    shift = asked("transfer of care", "audit", purpose=None)
    assert shift.shows(StepUp).prove is None
    shift.happens(PurposePicked("audit"))
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    order = shift.did(AskChallenge)[0]
    assert order.purpose == "audit"
    assert isinstance(order.shown, Consent)
    assert order.shown.purpose == "audit"


def test_a_code_needs_the_pin_and_then_the_code() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, PIN_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.types("246810")
    shift.says(wants("u1", ANA, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    assert (shift.prove.method, shift.prove.stage) == (Method.OTP, "type")
    shift.types("123456")
    shift.says(granted("u1", ANA))
    assert answer(shift).answer.decision == "granted"


def test_after_the_pin_comes_the_code_and_not_the_key_that_they_passed_over() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, PIN_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.happens(MethodPicked(Method.PIN))
    shift.types("246810")
    shift.says(wants("u1", ANA, KEY_OFFER, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    assert (shift.prove.method, shift.prove.stage) == (Method.OTP, "type")


def test_a_wrong_code_may_be_typed_again_and_says_how_many_tries_are_left() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, CODE_OFFER, purpose=Purpose.STEP_UP))
    before = shift.prove.entry.number
    shift.types("000000")
    wrong = Refusal(RefusalCode.WRONG_CODE, retries_left=1)
    shift.says(wants("u1", ANA, CODE_OFFER, purpose=Purpose.STEP_UP, refusal=wrong))
    assert (shift.prove.refusal, shift.prove.last_try) == (RefusalCode.WRONG_CODE, True)
    assert shift.prove.entry.number > before


def test_a_badge_is_held_off_while_a_code_is_wanted() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, CODE_OFFER, purpose=Purpose.STEP_UP))
    shift.tap()
    notice = shift.shows(StepUp).notice
    assert notice is not None
    assert notice.key == "notice.held_off"


def test_a_badge_instead_of_the_key_costs_nothing_and_the_pin_is_kept() -> None:
    shift = asked()
    secret = shift.types("1234")
    shift.tap()
    shift.reads(ANA_BADGE)
    assert (shift.prove.stage, shift.prove.trouble) == ("hold", CardTrouble.NOT_A_KEY)
    shift.lift()
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].secret is secret


def test_a_purpose_stays_once_something_has_been_proved_for_it() -> None:
    shift = asked("care", "audit", purpose=None)
    shift.happens(PurposePicked("care"), PurposePicked(" audit "))
    assert ConsentLine("purpose", "audit") in shift.shows(StepUp).lines
    shift.happens(MethodPicked(Method.OTP))
    shift.types("123456")
    more = wants("u1", ANA, KEY_OFFER, purpose=Purpose.STEP_UP, purposes=("care", "audit"))
    shift.says(replace(more, proved=(Method.OTP,)))
    shift.happens(PurposePicked("care"))
    assert ConsentLine("purpose", "audit") in shift.shows(StepUp).lines


def test_what_a_program_calls_itself_cannot_spoil_a_report() -> None:
    shift = Shift()
    asks = rung(1)
    long = replace(asks.asker, path="export\n\ud800" + "x" * 5000)
    shift.happens(replace(asks, asker=long))
    (told,) = shift.did(ReportEvent)
    assert told.detail["program"].startswith("exportxxx")
    assert len(told.detail["program"]) < 200


def test_the_card_that_lies_in_its_slot_is_asked_for_first() -> None:
    shift = Shift()
    shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_PIV)
    shift.says(opened("c1", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, CARD_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    assert [offer.method for offer in shift.prove.offers] == [Method.FIDO2, Method.PIV_PIN]
    assert shift.prove.method == Method.PIV_PIN
