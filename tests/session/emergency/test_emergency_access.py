"""Emergency access at the workstation, as a table of what happens: who may open what, how long, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.emergency import LOGIN, NOBODY
from kiosk.model.sealed_code import SealedCode, SealedCodePresented
from kiosk.model.wire import StationEvent
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.emergency_screens import Emergency
from kiosk.session.facts.emergency_state import EmergencyMode
from kiosk.session.facts.events import Event, StepUpRequested, TimerExpired
from kiosk.session.facts.held_by_mode import awaited
from kiosk.session.facts.modes import ActiveMode, LockedMode
from kiosk.session.facts.orders import Order
from kiosk.session.facts.person_input import LoginTyped, ReasonPicked, SealedCodeTyped
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Fading
from kiosk.session.facts.service_answers import CeremonyUpdated, EmergencyOpened, ServiceRefused
from kiosk.session.facts.session_orders import BeginEmergency, ReportEvent, RunHook
from kiosk.session.facts.stage_news import IdleExpired, WorkspaceShown
from kiosk.session.facts.stage_orders import EndWorkspace, ShowWorkspace, WatchIdle
from kiosk.session.facts.state import initial
from kiosk.session.facts.station_news import EmergencyAllowed, Offline, ServiceEventReceived, Started
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.screen import screen_for
from tests.session.choices import OFFER, choices
from tests.session.watch import Watch
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, STATION, opened, rung, session, tap


class Night:
    """A station with emergency access, and what people do there."""

    def __init__(self, *, unknown: bool = True, allowed: bool = True) -> None:
        self.watch = Watch(initial())
        self.watch.feed(Started(STATION))
        if allowed:
            self.watch.feed(EmergencyAllowed(replace(OFFER, unknown=unknown)))
        self.taps = 0

    @property
    def mode(self) -> object:
        return self.watch.state.mode

    @property
    def screen(self) -> object:
        return screen_for(self.watch.state)

    def does(self, *events: Event) -> list[Order]:
        return [order for event in events for order in self.watch.feed(event)]

    def presses(self, button: Button) -> list[Order]:
        return self.does(Pressed(button))

    def rings(self, name: AlarmName) -> list[Order]:
        return self.does(TimerExpired(dict(self.watch.state.timers)[name], name))

    def turn(self) -> int:
        return max(awaited(self.watch.state.mode))

    def touches(self) -> None:
        """The first touch, and the moment until the second counts."""
        self.presses(Button.EMERGENCY)
        self.rings(AlarmName.FIRST_SECOND)

    def shows_badge(self) -> list[Order]:
        self.taps += 1
        self.does(tap(self.taps))
        return self.does(Probed(self.turn(), ANA_BADGE))

    def begins(self, seconds: int = 1800) -> list[Order]:
        """By badge and reason, until the workspace is seen."""
        self.touches()
        self.shows_badge()
        self.does(ReasonPicked(OFFER.reasons[0]))
        made = self.does(EmergencyOpened(self.turn(), "x1", ANA, seconds))
        return made + self.does(WorkspaceShown(LOGIN))

    def signs_in(self) -> None:
        """Ben works here."""
        self.does(tap(90))
        self.does(Probed(self.turn(), BEN_BADGE))
        self.does(CeremonyUpdated(self.turn(), opened("c1", session(1, BEN))), WorkspaceShown("ben"))
        self.rings(AlarmName.SETTLE)


T = TypeVar("T")


def of(kind: type[T], orders: list[Order]) -> list[T]:
    return [order for order in orders if isinstance(order, kind)]


def test_two_touches_and_a_badge_open_the_station_s_own_workspace() -> None:
    night = Night()
    orders = night.begins()
    assert [order.person for order in of(ShowWorkspace, orders)] == [NOBODY]
    screen = night.screen
    assert isinstance(screen, Active)
    assert screen.emergency is not None
    assert (screen.emergency.who, screen.emergency.left, screen.emergency.extend) == (ANA.name, 1800, 1800)
    assert [(hook.event, hook.person) for hook in of(RunHook, orders)] == [("emergency.begin", ANA)]


def test_nothing_opens_before_it_is_written_down() -> None:
    night = Night()
    night.touches()
    night.shows_badge()
    orders = night.does(ReasonPicked(OFFER.reasons[0]))
    assert of(BeginEmergency, orders)
    assert not of(ShowWorkspace, orders)
    assert night.watch.uncovered is False


def test_a_station_that_is_not_named_has_no_such_button() -> None:
    night = Night(allowed=False)
    screen = night.screen
    assert isinstance(screen, LockScreen)
    assert not screen.emergency
    assert not night.presses(Button.EMERGENCY)
    assert isinstance(night.mode, LockedMode)


def test_one_finger_that_bounces_opens_nothing() -> None:
    night = Night()
    night.presses(Button.EMERGENCY)
    assert not of(BeginEmergency, night.does(Pressed(Button.NOT_KNOWN), ReasonPicked(OFFER.reasons[0])))
    assert isinstance(night.mode, EmergencyMode)
    assert night.mode.reason is None


def test_a_badge_that_comes_at_once_counts() -> None:
    night = Night()
    night.presses(Button.EMERGENCY)
    night.shows_badge()
    screen = night.screen
    assert isinstance(screen, Emergency)
    assert screen.said == "card"


@pytest.mark.parametrize("reason_first", [True, False])
@pytest.mark.parametrize("who", ["login", "nobody"])
def test_in_either_order_by_login_or_not_known(reason_first: bool, who: str) -> None:
    night = Night()
    night.touches()
    said: list[Event] = [Pressed(Button.TYPE_LOGIN), LoginTyped("ana")] if who == "login" else []
    said = said or [Pressed(Button.NOT_KNOWN)]
    why: list[Event] = [ReasonPicked(OFFER.reasons[1])]
    (order,) = of(BeginEmergency, night.does(*(why + said if reason_first else said + why)))
    assert order.reason == OFFER.reasons[1]
    assert (order.presented is None) == (who == "nobody")


def test_not_known_counts_only_where_it_is_allowed() -> None:
    night = Night(unknown=False)
    night.touches()
    assert not of(BeginEmergency, night.does(Pressed(Button.NOT_KNOWN), ReasonPicked(OFFER.reasons[0])))


def sealed() -> Night:
    """Where a code of the safe says enough, and nobody need be known."""
    night = Night(unknown=False)
    night.watch.feed(EmergencyAllowed(replace(OFFER, unknown=False, codes=(SealedCode(7, "00" * 32),))))
    return night


@pytest.mark.parametrize("typed", ["7K3M-9Q2X-ABCD-EFGH", "7k3m 9q2x abcd efgh", "7K3M9Q2XABCDEFGH"])
def test_a_sealed_code_says_enough(typed: str) -> None:
    night = sealed()
    night.touches()
    night.does(ReasonPicked(OFFER.reasons[0]))
    (order,) = of(BeginEmergency, night.does(Pressed(Button.SAFE_CODE), SealedCodeTyped(typed)))
    assert order.presented == SealedCodePresented("7K3M9Q2XABCDEFGH")
    assert "7K3M" not in repr(order)
    night.does(EmergencyOpened(night.turn(), "x1", None, 1800), WorkspaceShown(LOGIN))
    assert isinstance(night.mode, ActiveMode)


@pytest.mark.parametrize("typed", ["7K3M", "UUUU-UUUU-UUUU-UUUU", "7" * 500])
def test_what_is_no_sealed_code_is_typed_again(typed: str) -> None:
    night = sealed()
    night.touches()
    night.does(ReasonPicked(OFFER.reasons[0]))
    assert not of(BeginEmergency, night.does(Pressed(Button.SAFE_CODE), SealedCodeTyped(typed)))
    screen = night.screen
    assert isinstance(screen, Emergency)
    assert screen.typing_code
    assert screen.notice is not None
    assert screen.notice.key == "notice.no_sealed_code"
    night.presses(Button.CANCEL)
    assert isinstance(night.screen, Emergency)
    assert not night.screen.typing_code


def test_without_codes_none_can_be_typed() -> None:
    night = Night(unknown=False)
    night.watch.feed(EmergencyAllowed(replace(OFFER, unknown=False, codes=())))
    night.touches()
    night.does(ReasonPicked(OFFER.reasons[0]), Pressed(Button.SAFE_CODE))
    assert not of(BeginEmergency, night.does(SealedCodeTyped("7K3M-9Q2X-ABCD-EFGH")))


def test_a_reason_that_the_policy_does_not_have_is_none() -> None:
    night = Night()
    night.touches()
    night.presses(Button.NOT_KNOWN)
    assert not of(BeginEmergency, night.does(ReasonPicked("curious")))


def test_the_service_says_no_and_says_why() -> None:
    night = Night()
    night.touches()
    night.shows_badge()
    night.does(ReasonPicked(OFFER.reasons[0]))
    orders = night.does(ServiceRefused(night.turn(), "policy"))
    assert not of(ShowWorkspace, orders)
    screen = night.screen
    assert isinstance(screen, LockScreen)
    assert screen.notice is not None
    assert (screen.name, screen.notice.key) == ("refused", "emergency_refusal.policy")


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


def test_an_answer_that_comes_too_late_opens_nothing_and_is_told() -> None:
    night = Night()
    night.touches()
    night.shows_badge()
    night.does(ReasonPicked(OFFER.reasons[0]))
    turn = night.turn()
    night.presses(Button.CANCEL)
    orders = night.does(EmergencyOpened(turn, "x9", ANA, 1800))
    assert not of(ShowWorkspace, orders)
    assert [(report.action, report.session, report.reason) for report in of(ReportEvent, orders)] == [
        ("emergency_ended", "x9", "not_opened")
    ]


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


def test_asked_and_left_alone_it_goes_away() -> None:
    night = Night()
    night.touches()
    assert isinstance(night.screen, Emergency)
    night.rings(AlarmName.EMERGENCY_ASKED)
    assert isinstance(night.mode, LockedMode)


def test_a_policy_that_goes_ends_the_asking() -> None:
    night = Night()
    night.touches()
    night.does(EmergencyAllowed(None))
    assert isinstance(night.mode, LockedMode)


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
