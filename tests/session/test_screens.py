"""What the screens show of the state: labels by policy, edges everywhere, retries, warnings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import MethodOffer
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.person_input import MethodPicked
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Fading
from kiosk.session.facts.state import initial
from kiosk.session.facts.station_news import Started
from kiosk.session.screen import screen_for
from tests.session.shift import Shift
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ASSURANCE,
    BEN,
    BEN_BADGE,
    CARD_OFFER,
    CODE_OFFER,
    KEY_OFFER,
    STATION,
    wants,
)


@pytest.mark.parametrize(
    ("policy", "labels"),
    [("full", ["Ana Maria Lopez"]), ("initials", ["AML"]), ("none", []), ("a policy of tomorrow", [])],
)
def test_those_who_wait_are_named_as_policy_allows(policy: str, labels: list[str]) -> None:
    shift = Shift()
    shift.happens(Started(replace(STATION, names=policy)))
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    assert [waiting.label for waiting in shift.shows(LockScreen).waiting] == labels


def test_nobody_is_named_twice_however_often_they_come_back() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.works(BEN, BEN_BADGE)
    shift.presses(Button.LOCK)
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    assert sorted(waiting.label for waiting in shift.shows(LockScreen).waiting) == ["AML", "BO"]


def test_before_the_agent_is_up_the_screen_is_locked_and_names_nobody() -> None:
    screen = screen_for(initial())
    assert isinstance(screen, LockScreen)
    assert (screen.name, screen.waiting, screen.status.network) == ("locked", (), "unknown")


def test_the_bar_says_who_how_sure_and_for_how_long() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    bar = shift.shows(Active)
    assert (bar.person, bar.assurance, bar.grace_left, bar.idle) == (ANA, ASSURANCE, 14400, 300)
    assert (bar.status.station, bar.status.place) == ("Ward 3 East", "Bay 2")


@pytest.mark.parametrize(("warning", "seconds"), [(5, 20), (45, 45)])
def test_there_are_always_twenty_seconds_to_stay(warning: int, seconds: int) -> None:
    shift = Shift()
    shift.happens(Started(replace(STATION, warning=warning)))
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone()
    assert shift.shows(Fading).seconds == seconds


def test_a_station_without_an_idle_time_is_not_watched() -> None:
    shift = Shift()
    shift.happens(Started(replace(STATION, idle=0), sign_after=0))
    shift.works(ANA, ANA_BADGE)
    assert not shift.watch.watching_idle


@pytest.mark.parametrize(
    ("offer", "digits"), [(KEY_OFFER, False), (CARD_OFFER, True), (CODE_OFFER, True), (MethodOffer(Method.PIN), True)]
)
def test_only_a_keys_pin_may_hold_other_characters_than_digits(offer: MethodOffer, digits: bool) -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", ANA, offer))
    assert shift.prove.digits_only is digits


def test_the_last_try_is_announced_before_it_is_made() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", ANA, CODE_OFFER, MethodOffer(Method.PIN, retries_left=1)))
    shift.happens(MethodPicked(Method.OTP))
    assert shift.prove.last_try is False
    shift.happens(MethodPicked(Method.PIN))
    assert (shift.prove.last_try, shift.prove.retries_left) == (True, 1)


def test_help_opens_and_closes_on_the_bar() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.HELP)
    assert shift.shows(Active).help is True
    shift.presses(Button.CANCEL)
    assert shift.shows(Active).help is False
