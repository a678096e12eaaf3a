"""A step-up that is not granted: refused, timed out, disturbed, or answered wrongly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import Purpose
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.stepup import Reason
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import SignChallenge
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.events import StepUpWithdrawn
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, StepUp
from kiosk.session.facts.service_answers import CeremonyUpdated, Mismatch, ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from tests.session.shift import Shift, answer, asked, notice
from tests.session.world import ANA, ANA_BADGE, BEN, KEY, granted, refused, rung


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
    assert [(told.action, told.session, told.reason) for told in shift.did(ReportEvent)] == [
        ("stepup_refused", "s1", "refused_by_person")
    ]


def test_time_runs_out() -> None:
    shift = asked()
    shift.rings("stepup")
    assert answer(shift).answer.reason == Reason.TIMEOUT
    assert CancelCeremony("u1", "timeout") in shift.orders


def test_what_an_hour_allows_is_used_up() -> None:
    """Nobody typed anything wrong, so nothing is said of tries or of a lock-out."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.happens(ServiceRefused(shift.last_turn(), "over_budget"))
    assert answer(shift).answer.reason == Reason.BUSY


def test_a_challenge_for_something_else_is_never_signed() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.happens(Mismatch(shift.last_turn()))
    assert answer(shift).answer.reason == Reason.POLICY
    assert ReportEvent("stepup_refused", "s1", "mismatch", {"ceremony": "u1"}) in shift.orders


def test_a_challenge_of_another_ceremony_is_never_signed() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u2", Method.FIDO2)
    assert not shift.did(SignChallenge)
    assert answer(shift).answer.reason == Reason.POLICY


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
    assert shift.shows(LockScreen).went_to == "Ward 5"
    shift.presses(Button.NOT_ME)
    assert ReportEvent("not_me", "s1", detail={"where": "Ward 5"}) in shift.orders


def test_an_ended_session_does_not_wait() -> None:
    shift = asked()
    shift.hears("end", "s1")
    assert answer(shift).answer.reason == Reason.NOT_ACTIVE
    shift.shows(LockScreen)


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


def test_what_the_policy_says_reaches_the_person_and_the_program() -> None:
    says = (("", "Two people."), ("fr", "Deux personnes."))
    for code, said, key in (
        (RefusalCode.POLICY, Refusal(RefusalCode.POLICY, answer="cannot", says=says), "notice.step_up_policy"),
        (
            RefusalCode.NO_METHOD,
            Refusal(RefusalCode.NO_METHOD, answer="enrolment_needed", says=says, enrol=("key", "piv")),
            "notice.step_up_no_method",
        ),
    ):
        shift = Shift()
        shift.works(ANA, ANA_BADGE)
        shift.happens(rung(1))
        shift.says(replace(refused("u1", code, Purpose.STEP_UP), refusal=said))
        told = answer(shift).answer
        assert (told.reason, told.answer, told.says, told.enrol) == (
            Reason.POLICY,
            said.answer,
            "Two people.",
            said.enrol,
        )
        shift.happens(WorkspaceShown(ANA.login))
        assert (notice(shift).key, notice(shift).said) == (key, says)


def test_an_answer_about_another_person_is_refused() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(granted("u1", BEN))
    assert answer(shift).answer.decision == "refused"
    assert ReportEvent("stepup_refused", None, "late", {"request_id": "u1"}) in shift.orders


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
    shift.happens(CeremonyUpdated(turn, granted("u1", ANA)))
    assert not shift.did(AnswerStepUp)
    assert ReportEvent("stepup_refused", None, "late", {"request_id": "u1"}) in shift.orders


def test_the_program_goes_away() -> None:
    shift = asked()
    shift.happens(StepUpWithdrawn(1))
    assert CancelCeremony("u1", "withdrawn") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


@pytest.mark.parametrize(
    ("refusal", "key", "values"),
    [
        (Refusal(RefusalCode.NO_METHOD), "notice.step_up_no_method", ()),
        (
            Refusal(RefusalCode.LOCKED_OUT, 0, 900, until=5000),
            "notice.step_up_locked_out_until",
            (("until", "5000"),),
        ),
        (Refusal(RefusalCode.LOCKED_OUT, 0), "notice.step_up_locked_out", ()),
        (Refusal(RefusalCode.POLICY), "notice.step_up_policy", ()),
    ],
    ids=lambda value: str(value.code) if isinstance(value, Refusal) else "",
)
def test_the_person_is_told_what_they_lack_or_until_when(
    refusal: Refusal, key: str, values: tuple[tuple[str, str], ...]
) -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(replace(refused("u1", refusal.code, Purpose.STEP_UP), refusal=refusal))
    shift.happens(WorkspaceShown(ANA.login))
    assert (notice(shift).key, notice(shift).values) == (key, values)
