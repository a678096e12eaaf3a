"""Emergency access at the workstation lasts: how long, over whose work never, and how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.emergency import LOGIN, NOBODY
from kiosk.model.wire import StationEvent
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.events import StepUpRequested, TimerExpired
from kiosk.session.facts.modes import ActiveMode, LockedMode
from kiosk.session.facts.orders import Order
from kiosk.session.facts.person_input import ReasonPicked
from kiosk.session.facts.screens import Active, Fading
from kiosk.session.facts.service_answers import CeremonyUpdated, EmergencyOpened
from kiosk.session.facts.session_orders import BeginEmergency, ReportEvent, RunHook
from kiosk.session.facts.stage_news import IdleExpired, WorkspaceShown
from kiosk.session.facts.stage_orders import EndWorkspace, ShowWorkspace, WatchIdle
from kiosk.session.facts.station_news import Offline, ServiceEventReceived
from kiosk.session.facts.step_up_state import StepUpMode
from tests.session.choices import OFFER, choices
from tests.session.night import Night, of
from tests.session.world import BEN, BEN_BADGE, opened, rung, session, tap


def test_it_counts_down_and_ends_by_itself_offline_too() -> None:
    night = Night()
    night.begins()
    night.does(Offline("02:00"))
    rings, orders = 0, list[Order]()
    while not of(EndWorkspace, orders):
        orders = night.rings(AlarmName.EMERGENCY)
        rings += 1
    assert rings == (1800 - 120) // 30 + 120
    assert [report.reason for report in of(ReportEvent, orders) if report.action == "emergency_ended"] == ["time"]
    assert isinstance(night.mode, LockedMode)


def test_it_is_extended_by_hand_as_long_as_the_policy_says() -> None:
    night = Night()
    night.begins()
    orders = night.presses(Button.EXTEND)
    assert [report.action for report in of(ReportEvent, orders)] == ["emergency_extended"]
    screen = night.screen
    assert isinstance(screen, Active)
    assert screen.emergency is not None
    assert (screen.emergency.left, screen.emergency.extend) == (3600, 0)
    assert not night.presses(Button.EXTEND)


def test_a_touch_ends_it_and_its_programs() -> None:
    night = Night()
    night.begins()
    orders = night.presses(Button.LOCK)
    assert [order.login for order in of(EndWorkspace, orders)] == [LOGIN]
    assert [hook.event for hook in of(RunHook, orders)] == ["emergency.end"]
    assert not [report for report in of(ReportEvent, orders) if report.action == "lock"]


def test_idleness_is_shorter_and_the_red_bar_stays_over_the_warning() -> None:
    night = Night()
    orders = night.begins()
    assert [order.seconds for order in of(WatchIdle, orders)] == [120]
    night.does(IdleExpired())
    screen = night.screen
    assert isinstance(screen, Fading)
    assert screen.emergency is not None
    assert of(EndWorkspace, night.rings(AlarmName.FADE))


@pytest.mark.parametrize("button", [Button.MY_KEYS, Button.HELP, Button.LET_ASK])
def test_nobody_s_session_has_no_keys_and_no_help(button: Button) -> None:
    night = Night()
    night.begins()
    before = night.watch.state
    night.presses(button)
    assert night.watch.state == before


def test_it_never_reaches_a_colleague_s_workspace() -> None:
    night = Night()
    night.signs_in()
    night.presses(Button.LOCK)
    orders = night.begins()
    orders += night.presses(Button.EXTEND) + night.does(IdleExpired()) + night.presses(Button.STAY)
    assert {order.person.login for order in of(ShowWorkspace, orders)} == {LOGIN}
    assert [running.person.login for running in night.watch.state.workspaces] == ["ben"]
    ended = night.presses(Button.LOCK)
    assert [order.login for order in of(EndWorkspace, ended)] == [LOGIN]
    assert [running.person.login for running in night.watch.state.workspaces] == ["ben"]


def test_while_a_colleague_works_or_proves_something_no_touch_leads_there() -> None:
    night = Night()
    night.signs_in()
    night.presses(Button.EMERGENCY)
    assert type(night.mode) is ActiveMode
    night.does(rung(1, login="ben"))
    night.does(Pressed(Button.EMERGENCY), ReasonPicked(OFFER.reasons[0]), Pressed(Button.NOT_KNOWN))
    assert type(night.watch.state.mode) is StepUpMode


def test_a_second_one_needs_the_first_to_be_over() -> None:
    night = Night()
    night.begins()
    assert not of(BeginEmergency, night.does(Pressed(Button.EMERGENCY), ReasonPicked(OFFER.reasons[0])))
    night.presses(Button.LOCK)
    night.touches()
    night.presses(Button.NOT_KNOWN)
    night.does(ReasonPicked(OFFER.reasons[0]))
    orders = night.does(EmergencyOpened(night.turn(), "x2", None, 1800))
    assert [order.person for order in of(ShowWorkspace, orders)] == [NOBODY]


def test_the_service_s_judgement_ends_it_at_once() -> None:
    night = Night()
    night.begins()
    orders = night.does(ServiceEventReceived(StationEvent(0, "lock", "x1", "policy")))
    assert of(EndWorkspace, orders)
    assert isinstance(night.mode, LockedMode)


def test_who_taps_to_sign_in_ends_it() -> None:
    night = Night()
    night.begins()
    night.rings(AlarmName.SETTLE)
    night.does(tap(50))
    night.does(Probed(night.turn(), BEN_BADGE))
    orders = night.does(CeremonyUpdated(night.turn(), opened("c5", session(5, BEN))))
    assert [order.login for order in of(EndWorkspace, orders)] == [LOGIN]
    assert [order.person for order in of(ShowWorkspace, orders)] == [BEN]
    assert [hook.event for hook in of(RunHook, orders)] == ["emergency.end", "tap_in"]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), min_size=20, max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_sequence_of_events_breaks_a_rule_in_an_emergency(drawn: list[tuple[bool, int]]) -> None:
    night = Night()
    night.begins()
    kinds = (EmergencyOpened, ReasonPicked, Pressed, TimerExpired, IdleExpired, WorkspaceShown, StepUpRequested)
    for serial, (likely, number) in enumerate(drawn, start=100):
        events = choices(night.watch.state, serial)
        some = [event for event in events if isinstance(event, kinds)] if likely else events
        night.watch.feed(some[number % len(some)])
