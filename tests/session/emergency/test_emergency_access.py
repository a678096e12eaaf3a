"""Emergency access at the workstation is asked for: who may open what, and what has to be said first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.emergency import LOGIN, NOBODY
from kiosk.model.sealed_code import SealedCode, SealedCodePresented
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.emergency_screens import Emergency
from kiosk.session.facts.emergency_state import EmergencyMode
from kiosk.session.facts.events import Event
from kiosk.session.facts.modes import ActiveMode, LockedMode
from kiosk.session.facts.person_input import LoginTyped, ReasonPicked, SealedCodeTyped
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active
from kiosk.session.facts.service_answers import EmergencyOpened, ServiceRefused
from kiosk.session.facts.session_orders import BeginEmergency, ReportEvent, RunHook
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import ShowWorkspace
from kiosk.session.facts.station_news import EmergencyAllowed
from tests.session.choices import OFFER
from tests.session.night import Night, of
from tests.session.world import ANA


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
