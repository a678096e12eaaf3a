"""Somebody else has to agree: their card here, their login elsewhere, and what becomes of the first person's wish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import CeremonyView, Purpose, Why
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.model.second import SecondOf, SecondWanted
from kiosk.model.stepup import Asker, Reason, StepUpAsk
from kiosk.model.wire import StationEvent
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.ceremony_orders import AskChallenge, CancelCeremony, FinishStepUp, NameSecond, SendProof
from kiosk.session.facts.events import StepUpRequested
from kiosk.session.facts.held_by_mode import session_of
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.person_input import LoginTyped, MethodPicked, PurposePicked
from kiosk.session.facts.screens import Active, Aftermath, StepUp
from kiosk.session.facts.service_answers import Unreachable
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.station_news import ServiceEventReceived
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, KEY, KEY_OFFER, granted, refused, rung, wants

OF = SecondOf("u1", "d" * 64, "ana", "Ward 3 East")
FIRST, THEIRS = "u1", "s1"


def waits(refusal: str = "", asked: str = "", roles: tuple[str, ...] = ()) -> CeremonyView:
    """The service: the first part is proved, and somebody else has to agree."""
    view = wants(FIRST, ANA, why=Why.SECOND, purpose=Purpose.STEP_UP)
    return replace(view, audience="aud", second=SecondWanted(roles, asked, refusal), expires_in=300)


def theirs(**more: object) -> CeremonyView:
    """The colleague's own ceremony."""
    view = wants(THEIRS, BEN, KEY_OFFER, why=Why.SECOND, purpose=Purpose.SECOND)
    return replace(view, audience="aud", second_of=OF, **more)  # type: ignore[arg-type]  # its own fields


def agreed() -> CeremonyView:
    return replace(theirs(), state="done", offers=())


def waiting() -> Shift:
    """Ana has proved the first part of an export."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(replace(wants(FIRST, ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP), audience="aud"))
    shift.types("4711")
    shift.tap()
    shift.reads(KEY)
    shift.challenges(FIRST, Method.FIDO2)
    shift.signs()
    shift.says(waits())
    return shift


def by_key(shift: Shift, ceremony: str = THEIRS) -> None:
    """The colleague's key PIN, and the key."""
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges(ceremony, Method.FIDO2)
    shift.signs()


def named(shift: Shift) -> None:
    """Ben holds a badge to the reader."""
    shift.tap()
    shift.reads(BEN_BADGE)


def test_it_says_that_somebody_else_has_to_agree_and_waits_five_minutes() -> None:
    shift = waiting()
    screen = shift.shows(StepUp)
    assert (screen.second, screen.prove, screen.seconds) == (SecondWanted(), None, 300)
    assert screen.person == ANA and not screen.agreeing


def test_a_colleague_taps_reads_and_proves_and_the_first_workspace_stays() -> None:
    shift = waiting()
    named(shift)
    asked = shift.asked(NameSecond)
    assert (asked.ceremony, asked.presented, asked.login) == (FIRST, BEN_BADGE, "")
    shift.says(theirs())
    screen = shift.shows(StepUp)
    assert (screen.person, screen.agreeing, screen.second) == (BEN, True, None)
    assert ("second_of", "ana · Ward 3 East") in [(line.key, line.value) for line in screen.lines]
    by_key(shift)
    challenge = shift.asked(AskChallenge)
    assert challenge.login == "ben" and challenge.shown is not None
    assert (challenge.shown.login, challenge.shown.second_of) == ("ben", OF)  # type: ignore[union-attr]
    assert shift.asked(SendProof).ceremony == THEIRS
    shift.says(agreed())
    assert shift.asked(FinishStepUp).ceremony == FIRST
    shift.says(granted(FIRST, ANA))
    assert shift.asked(AnswerStepUp).answer.decision == "granted"
    session = session_of(shift.watch.state.mode)
    assert session is not None and session.person == ANA


def test_the_badge_that_named_them_is_not_taken_for_a_wrong_key_while_it_lies_there() -> None:
    shift = waiting()
    named(shift)
    shift.says(theirs())
    assert shift.prove.stage == "type"
    assert shift.did(ProbeCard) == []
    assert shift.did(DropCard) == [DropCard(shift.asked(NameSecond).tap)]


def test_a_colleague_elsewhere_is_asked_by_login_and_the_stream_brings_the_answer() -> None:
    shift = waiting()
    shift.happens(LoginTyped(" ben "))
    assert (shift.asked(NameSecond).login, shift.asked(NameSecond).presented) == ("ben", None)
    shift.says(waits(asked="ben"))
    assert shift.shows(StepUp).second == SecondWanted(asked="ben")
    shift.happens(ServiceEventReceived(StationEvent(9, "seconded", session_of(shift.watch.state.mode).id)))  # type: ignore[union-attr]
    assert shift.asked(FinishStepUp).ceremony == FIRST
    shift.says(granted(FIRST, ANA))
    assert shift.asked(AnswerStepUp).answer.decision == "granted"


def test_news_for_another_session_asks_nothing() -> None:
    shift = waiting()
    shift.happens(ServiceEventReceived(StationEvent(9, "seconded", "other")))
    assert shift.did(FinishStepUp) == []


@pytest.mark.parametrize("code", ["same_person", "policy", "unknown_badge", "unknown_person", "busy"])
def test_who_cannot_be_it_is_told_and_somebody_else_may(code: str) -> None:
    shift = waiting()
    named(shift)
    shift.says(waits(refusal=code))
    notice = shift.shows(StepUp).notice
    assert notice is not None and notice.key.endswith(code)
    named(shift)
    shift.says(theirs())
    assert shift.shows(StepUp).person == BEN


def test_the_colleagues_no_ends_both() -> None:
    shift = waiting()
    named(shift)
    shift.says(theirs())
    shift.presses(Button.REFUSE)
    cancelled = [(order.ceremony, order.reason) for order in shift.history if isinstance(order, CancelCeremony)]
    assert cancelled == [(THEIRS, "refused_by_person"), (FIRST, "second_refused")]
    assert shift.asked(AnswerStepUp).answer.reason == Reason.SECOND_REFUSED


def test_the_first_persons_own_no_is_theirs() -> None:
    shift = waiting()
    shift.presses(Button.REFUSE)
    assert shift.asked(CancelCeremony) == CancelCeremony(FIRST, "refused_by_person")
    assert shift.asked(AnswerStepUp).answer.reason == Reason.REFUSED_BY_PERSON


def test_a_no_from_elsewhere_ends_it() -> None:
    shift = waiting()
    shift.happens(LoginTyped("ben"))
    shift.says(waits(asked="ben"))
    shift.happens(ServiceEventReceived(StationEvent(9, "seconded", session_of(shift.watch.state.mode).id)))  # type: ignore[union-attr]
    shift.says(replace(refused(FIRST, RefusalCode.SECOND_REFUSED, Purpose.STEP_UP), person=ANA))
    assert shift.asked(AnswerStepUp).answer.reason == Reason.SECOND_REFUSED


def test_a_proof_that_fails_for_good_leaves_it_waiting() -> None:
    shift = waiting()
    named(shift)
    shift.says(theirs())
    by_key(shift)
    shift.says(replace(refused(THEIRS, RefusalCode.POLICY, Purpose.SECOND), person=BEN))
    assert shift.shows(StepUp).second is not None
    assert shift.shows(StepUp).person == ANA


def test_time_over_and_no_service() -> None:
    shift = waiting()
    shift.rings(AlarmName.STEP_UP)
    assert shift.asked(AnswerStepUp).answer.reason == Reason.TIMEOUT
    shift = waiting()
    named(shift)
    shift.happens(Unreachable(shift.last_turn()))
    assert shift.asked(AnswerStepUp).answer.reason == Reason.UNREACHABLE


def test_a_lock_of_the_first_workspace_ends_both() -> None:
    shift = waiting()
    named(shift)
    shift.says(theirs())
    shift.hears("end", session_of(shift.watch.state.mode).id)  # type: ignore[union-attr]
    assert {order.ceremony for order in shift.history if isinstance(order, CancelCeremony)} == {FIRST, THEIRS}


def test_what_comes_beside_it_changes_nothing() -> None:
    shift = waiting()
    before = shift.screen
    for event in (PurposePicked("other"), MethodPicked(Method.PIN), LoginTyped("  ")):
        shift.happens(event)
    assert shift.screen == before
    shift.tap()
    assert shift.did(ProbeCard)
    shift.fails(CardTrouble.MUTE)
    assert shift.shows(StepUp).second is not None


def test_a_key_that_has_not_said_whose_it_is_signs_for_nobody_yet() -> None:
    shift = waiting()
    shift.tap()
    shift.reads(KEY)
    shift.says(theirs(person=None))
    assert shift.shows(StepUp).person is None
    by_key(shift)
    challenge = shift.asked(AskChallenge)
    assert challenge.login is None and challenge.shown is not None and challenge.shown.login == ""  # type: ignore[union-attr]


def test_too_old_a_first_proof_is_given_once_more() -> None:
    shift = waiting()
    named(shift)
    shift.says(theirs())
    by_key(shift)
    shift.says(agreed())
    shift.says(replace(wants(FIRST, ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP), audience="aud"))
    assert shift.prove.method == Method.FIDO2 and shift.shows(StepUp).person == ANA


def asked_for(number: int = 1) -> StepUpRequested:
    """A colleague at another workstation needs somebody."""
    ask = StepUpAsk("record.export", "Ward/3", 600)
    asker = Asker("/usr/bin/exporter", 0, 0, "ana", asked="q1", second_of=replace(OF, login="ben"))
    return StepUpRequested(-number, ask, asker, 200, "transfer of care")


def test_a_colleagues_request_is_shown_and_agreed_to_where_i_work() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(asked_for())
    view = wants(THEIRS, ANA, KEY_OFFER, why=Why.SECOND, purpose=Purpose.SECOND)
    shift.says(replace(view, audience="aud", second_of=replace(OF, login="ben")))
    screen = shift.shows(StepUp)
    assert screen.agreeing and ("purpose", "transfer of care") in [(line.key, line.value) for line in screen.lines]
    by_key(shift)
    shift.says(replace(view, state="done", offers=(), second_of=OF))
    assert shift.watch.state.mode is not None
    assert not isinstance(shift.screen, StepUp | Aftermath)


def test_not_me_silences_that_colleague_and_nobody_else() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(asked_for())
    view = wants(THEIRS, ANA, KEY_OFFER, why=Why.SECOND, purpose=Purpose.SECOND)
    shift.says(replace(view, audience="aud", second_of=OF))
    shift.presses(Button.NOT_ME)
    shift.happens(WorkspaceShown("ana"))
    shift.happens(asked_for(2))
    assert not isinstance(shift.screen, StepUp)
    assert isinstance(shift.screen, Active)
