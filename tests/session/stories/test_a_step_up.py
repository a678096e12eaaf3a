"""A program asks for an export: granted with a key, refused, timed out, and everything that gets in between."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import Purpose, Refusal, RefusalCode, Why
from kiosk.model.proof import Method
from kiosk.model.stepup import Reason, StepUpIn
from kiosk.session.events import (
    Answered,
    Button,
    Chosen,
    Mismatch,
    PurposePicked,
    RingWithdrawn,
    Unreachable,
    WorkspaceShown,
)
from kiosk.session.orders import AnswerRing, AskChallenge, BeginStepUp, CancelCeremony, Cover, Sign, Sound, Tell
from kiosk.session.screens import Active, Locked, StepUp
from tests.session.shift import Shift
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    CARD_OFFER,
    CODE_OFFER,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    granted,
    opened,
    refused,
    rung,
    session,
    wants,
)


def asked(*purposes: str, purpose: str | None = "transfer of care") -> Shift:
    """Ana works; a program of hers asks; the service wants her key."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1, purpose=purpose))
    shift.says(wants("u1", ANA, KEY_OFFER, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP, purposes=purposes))
    return shift


def answer(shift: Shift) -> AnswerRing:
    (only,) = shift.did(AnswerRing)
    return only


def test_the_workspace_is_covered_and_the_screen_says_what_is_asked() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1, timeout=600))
    assert shift.orders[0] == Cover()
    assert shift.did(BeginStepUp)[0].request.session == "s1"
    screen = shift.shows(StepUp)
    assert (screen.action, screen.resource, screen.records) == ("record.export", "Patient/123", 12)
    assert screen.seconds == 120, "the station's limit, not the program's"
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
    assert isinstance(order.shown, StepUpIn)
    assert order.shown.ask.resource == "Patient/123"
    shift.challenges("u1", Method.FIDO2)
    assert shift.did(Sign)[0].secret is secret
    assert shift.did(Sign)[0].tap == number
    shift.signs()
    shift.says(granted("u1", ANA))
    assert (answer(shift).answer.decision, answer(shift).answer.token) == ("granted", "token")
    assert Sound("granted") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.step_up_granted"


def test_refusing_is_one_press_and_the_program_hears_it() -> None:
    shift = asked()
    shift.presses(Button.REFUSE)
    assert answer(shift).answer.reason == Reason.REFUSED_BY_PERSON
    assert CancelCeremony("u1", "refused_by_person") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


def test_refusing_before_the_service_has_answered_is_told_in_the_trail() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.presses(Button.REFUSE)
    assert answer(shift).answer.reason == Reason.REFUSED_BY_PERSON
    assert [(told.action, told.session, told.reason) for told in shift.did(Tell)] == [
        ("stepup_refused", "s1", "refused_by_person")
    ]


def test_time_runs_out() -> None:
    shift = asked()
    shift.rings("stepup")
    assert answer(shift).answer.reason == Reason.TIMEOUT
    assert CancelCeremony("u1", "timeout") in shift.orders


def test_a_purpose_is_picked_before_anything_is_signed_and_is_part_of_what_is_signed() -> None:
    shift = asked("transfer of care", "audit", purpose=None)
    assert shift.shows(StepUp).prove is None
    shift.happens(PurposePicked("audit"))
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    order = shift.did(AskChallenge)[0]
    assert order.purpose == "audit"
    assert isinstance(order.shown, StepUpIn)
    assert order.shown.ask.purpose == "audit"


def test_a_challenge_for_something_else_is_never_signed() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.happens(Mismatch(shift.last_turn()))
    assert answer(shift).answer.reason == Reason.POLICY
    assert Tell("stepup_refused", "s1", "mismatch", {"ceremony": "u1"}) in shift.orders


def test_a_challenge_of_another_ceremony_is_never_signed() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u2", Method.FIDO2)
    assert not shift.did(Sign)
    assert answer(shift).answer.reason == Reason.POLICY


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


def test_after_the_pin_comes_the_code_and_not_the_key_that_she_passed_over() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, PIN_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.happens(Chosen(Method.PIN))
    shift.types("246810")
    shift.says(wants("u1", ANA, KEY_OFFER, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    assert (shift.prove.method, shift.prove.stage) == (Method.OTP, "type")


def test_a_program_of_somebody_else_is_not_let_in_and_a_second_one_waits() -> None:
    shift = asked()
    shift.happens(rung(2, login="ben"))
    assert answer(shift).answer.reason == Reason.NOT_ACTIVE
    shift.happens(rung(3))
    assert answer(shift).answer.reason == Reason.BUSY
    shift.shows(StepUp)


def test_nobody_signed_in_and_nobody_active_are_told_apart() -> None:
    shift = Shift()
    shift.happens(rung(1))
    assert answer(shift).answer.reason == Reason.NOT_SIGNED_IN
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.happens(rung(2))
    assert answer(shift).answer.reason == Reason.NOT_ACTIVE
    shift.happens(rung(3, login="ben"))
    assert answer(shift).answer.reason == Reason.NOT_SIGNED_IN


def test_a_lock_from_the_service_waits_until_the_ceremony_has_ended() -> None:
    shift = asked()
    shift.hears("lock", "s1", "Ward 5")
    shift.shows(StepUp)
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", Method.FIDO2)
    shift.signs()
    shift.says(granted("u1", ANA))
    assert answer(shift).answer.decision == "granted"
    assert shift.shows(Locked).went_to == "Ward 5"
    shift.presses(Button.NOT_ME)
    assert Tell("not_me", "s1", detail={"where": "Ward 5"}) in shift.orders


def test_an_ended_session_does_not_wait() -> None:
    shift = asked()
    shift.hears("end", "s1")
    assert answer(shift).answer.reason == Reason.NOT_ACTIVE
    shift.shows(Locked)


def test_the_service_goes_away() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.happens(Unreachable(shift.last_turn()))
    assert answer(shift).answer.reason == Reason.UNREACHABLE


def test_lock_out_and_policy_keep_their_names() -> None:
    for code, reason in (
        (RefusalCode.LOCKED_OUT, Reason.LOCKED_OUT),
        (RefusalCode.NO_METHOD, Reason.POLICY),
        (RefusalCode.WRONG_KEY, Reason.WRONG_FACTOR),
    ):
        shift = Shift()
        shift.works(ANA, ANA_BADGE)
        shift.happens(rung(1))
        shift.says(refused("u1", code, Purpose.STEP_UP))
        assert answer(shift).answer.reason == reason


def test_a_wrong_code_may_be_typed_again_and_says_how_many_tries_are_left() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, CODE_OFFER, purpose=Purpose.STEP_UP))
    before = shift.prove.entry
    shift.types("000000")
    wrong = Refusal(RefusalCode.WRONG_CODE, retries_left=1)
    shift.says(wants("u1", ANA, CODE_OFFER, purpose=Purpose.STEP_UP, refusal=wrong))
    assert (shift.prove.refusal, shift.prove.last_try) == (RefusalCode.WRONG_CODE, True)
    assert shift.prove.entry > before


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
    assert (shift.prove.stage, shift.prove.trouble) == ("hold", CardTrouble.WRONG_CARD)
    shift.lift()
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", Method.FIDO2)
    assert shift.did(Sign)[0].secret is secret


def test_an_answer_about_another_person_is_refused() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(granted("u1", BEN))
    assert answer(shift).answer.decision == "refused"
    assert Tell("stepup_refused", None, "late", {"request_id": "u1"}) in shift.orders


def test_a_grant_that_comes_after_time_ran_out_reaches_nobody_and_is_reported() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", Method.FIDO2)
    shift.signs()
    turn = shift.last_turn()
    shift.rings("stepup")
    shift.happens(WorkspaceShown("ana"))
    shift.happens(Answered(turn, granted("u1", ANA)))
    assert not shift.did(AnswerRing)
    assert Tell("stepup_refused", None, "late", {"request_id": "u1"}) in shift.orders


def test_a_purpose_stays_once_something_has_been_proved_for_it() -> None:
    shift = asked("care", "audit", purpose=None)
    shift.happens(PurposePicked("care"), PurposePicked(" audit "))
    assert shift.shows(StepUp).purpose == "audit"
    shift.happens(Chosen(Method.OTP))
    shift.types("123456")
    more = wants("u1", ANA, KEY_OFFER, purpose=Purpose.STEP_UP, purposes=("care", "audit"))
    shift.says(replace(more, proved=(Method.OTP,)))
    shift.happens(PurposePicked("care"))
    assert shift.shows(StepUp).purpose == "audit"


def test_what_a_program_calls_itself_cannot_spoil_a_report() -> None:
    shift = Shift()
    asks = rung(1)
    long = replace(asks.asker, program="export\n\ud800" + "x" * 5000)
    shift.happens(replace(asks, asker=long))
    (told,) = shift.did(Tell)
    assert told.detail["program"].startswith("exportxxx")
    assert len(told.detail["program"]) < 200


def test_the_program_goes_away() -> None:
    shift = asked()
    shift.happens(RingWithdrawn(1))
    assert CancelCeremony("u1", "withdrawn") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


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
