"""A program of an emergency access asks for a step-up: who proves it, what is signed, what covers it, how it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.ceremony import CeremonyView, Purpose
from kiosk.model.emergency import LOGIN
from kiosk.model.people import Person
from kiosk.model.refusal import RefusalCode
from kiosk.model.second import SecondOf
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.ceremony_orders import BeginStepUp, CancelCeremony
from kiosk.session.facts.modes import ActiveMode, AftermathMode, LockedMode
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.person_input import PageShown, ReasonPicked
from kiosk.session.facts.screens import Aftermath, StepUp
from kiosk.session.facts.service_answers import CeremonyUpdated, EmergencyOpened
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import EndWorkspace, ShowWorkspace
from kiosk.session.facts.station_news import Offline
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.step_up.consent import consent_of
from tests.session.choices import OFFER
from tests.session.night import Night, of
from tests.session.world import ANA, BEN, KEY_OFFER, granted, refused, rung, wants

ASKED = rung(1, login=LOGIN)


def begun() -> Night:
    night = Night()
    night.begins()
    return night


def shown(night: Night) -> StepUp:
    screen = night.screen
    assert isinstance(screen, StepUp)
    return screen


def asked(night: Night, person: Person | None = ANA) -> CeremonyView:
    """It rang, and the service wants a key's proof of ``person``."""
    night.does(ASKED)
    view = replace(wants("c1", person, KEY_OFFER, purpose=Purpose.STEP_UP), emergency=UnderEmergency("x1", "other"))
    night.does(CeremonyUpdated(night.turn(), view))
    return view


def test_whoever_has_it_is_asked_with_its_reason_below_the_red_bar() -> None:
    night = begun()
    (order,) = of(BeginStepUp, night.does(ASKED))
    assert (order.request.session, order.request.emergency) == ("x1", True)
    night.does(CeremonyUpdated(night.turn(), wants("c1", ANA, KEY_OFFER, purpose=Purpose.STEP_UP)))
    screen = shown(night)
    assert screen.person == ANA
    assert screen.emergency is not None
    assert screen.emergency.left == 1800
    assert ("emergency", OFFER.reasons[0]) in [(line.key, line.value) for line in screen.lines]
    assert not night.watch.uncovered


def test_the_reason_that_is_signed_is_the_one_that_was_picked_here_whatever_the_service_says() -> None:
    night = begun()
    asked(night)
    mode = night.mode
    assert isinstance(mode, StepUpMode)
    assert mode.view is not None
    assert mode.view.emergency == UnderEmergency("x1", "other")
    consent = consent_of(night.watch.state, mode)
    assert (consent.emergency, consent.login) == (UnderEmergency("x1", OFFER.reasons[0]), "ana")


def test_granted_at_once_it_shows_the_workspace_again_and_nobody_s_session_gains_anything() -> None:
    night = begun()
    night.does(ASKED)
    orders = night.does(CeremonyUpdated(night.turn(), granted("c1", ANA)))
    (answer,) = of(AnswerStepUp, orders)
    assert answer.answer.token == "token"
    assert [order.person.login for order in of(ShowWorkspace, orders)] == [LOGIN]
    night.does(WorkspaceShown(LOGIN))
    mode = night.mode
    assert isinstance(mode, ActiveMode)
    assert (mode.session.emergency, mode.session.assurance.acr) == (True, "")


def test_another_person_than_the_one_who_has_it_is_not_taken() -> None:
    night = begun()
    night.does(ASKED)
    orders = night.does(CeremonyUpdated(night.turn(), wants("c1", BEN, KEY_OFFER, purpose=Purpose.STEP_UP)))
    assert [order.answer.decision for order in of(AnswerStepUp, orders)] == ["refused"]
    assert of(CancelCeremony, orders)


@pytest.mark.parametrize(
    "code", [RefusalCode.EMERGENCY_ACTION, RefusalCode.EMERGENCY_RECORDS, RefusalCode.EMERGENCY_NOBODY]
)
def test_a_refusal_is_said_to_whoever_stands_there(code: RefusalCode) -> None:
    night = begun()
    night.does(ASKED)
    orders = night.does(CeremonyUpdated(night.turn(), refused("c1", code, Purpose.STEP_UP)))
    (answer,) = of(AnswerStepUp, orders)
    assert answer.answer.reason == "policy"
    screen = night.screen
    assert isinstance(screen, Aftermath)
    assert screen.notice.key == f"refusal.{code.value}"
    assert isinstance(night.mode, AftermathMode)


def test_its_time_is_over_in_the_middle_of_a_proof() -> None:
    night = begun()
    asked(night)
    orders = night.rings(AlarmName.EMERGENCY)
    while not of(EndWorkspace, orders):
        orders = night.rings(AlarmName.EMERGENCY)
    assert [order.answer.reason for order in of(AnswerStepUp, orders)] == ["not_active"]
    assert [order.ceremony for order in of(CancelCeremony, orders)] == ["c1"]
    assert [report.reason for report in of(ReportEvent, orders) if report.action == "emergency_ended"] == ["time"]
    assert isinstance(night.mode, LockedMode)


@pytest.mark.parametrize("who", ["station", "server", "colleague", "another"])
def test_only_its_own_programs_may_ask(who: str) -> None:
    night = begun()
    asker = {
        "station": replace(ASKED.asker, login=None),
        "server": replace(ASKED.asker, server="Records", asked="q1"),
        "colleague": replace(ASKED.asker, second_of=SecondOf("c", "d" * 64, "ben", "ward")),
        "another": replace(ASKED.asker, login="ben"),
    }[who]
    orders = night.does(replace(ASKED, asker=asker))
    assert [order.answer.decision for order in of(AnswerStepUp, orders)] == ["refused"]
    assert not of(BeginStepUp, orders)
    assert isinstance(night.mode, ActiveMode)


def test_without_the_service_nothing_is_approved() -> None:
    night = begun()
    night.does(Offline("02:00"))
    (answer,) = of(AnswerStepUp, night.does(ASKED))
    assert answer.answer.reason == "unreachable"


def test_one_that_began_without_the_service_takes_the_service_s_word_for_who_has_it() -> None:
    night = Night()
    night.touches()
    night.shows_badge()
    night.does(ReasonPicked(OFFER.reasons[0]))
    night.does(EmergencyOpened(night.turn(), "x1", None, 1800), WorkspaceShown(LOGIN))
    asked(night)
    assert shown(night).person == ANA
    mode = night.mode
    assert isinstance(mode, StepUpMode)
    assert consent_of(night.watch.state, mode).login == "ana"


def test_not_me_is_forgotten_with_the_emergency_access() -> None:
    night = begun()
    asked(night)
    night.does(PageShown(1, 0, "en"))
    night.rings(AlarmName.FIRST_SECOND)
    night.presses(Button.NOT_ME)
    assert night.watch.state.askers.silences
    night.does(WorkspaceShown(LOGIN))
    night.presses(Button.LOCK)
    assert not night.watch.state.askers.silences
