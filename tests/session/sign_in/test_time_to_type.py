"""A second factor has a time: it says so before it is over, and any key gives more of it (WCAG 2.2, 2.2.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.ceremony_orders import AskMoreTime
from kiosk.session.facts.events import Event
from kiosk.session.facts.orders import PlaySound, SetTimer
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import SecondFactor
from kiosk.session.facts.service_answers import MoreTimeGranted, ServiceRefused, Unreachable
from kiosk.session.facts.station_news import Online
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, PIN_OFFER, STATION, wants


@pytest.fixture
def shift() -> Shift:
    """Ana is asked for their PIN, and has two minutes."""
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(replace(wants("c1", ANA, PIN_OFFER), expires_in=120))
    return shift


def test_it_is_told_thirty_seconds_before_it_ends(shift: Shift) -> None:
    assert [(a.name, a.seconds) for a in shift.history if isinstance(a, SetTimer)][-2:] == [
        ("ceremony", 120),
        ("hurry", 90),
    ]
    assert shift.shows(SecondFactor).ends_in is None
    shift.rings("hurry")
    assert shift.shows(SecondFactor).ends_in == 30
    assert PlaySound("attention") in shift.orders


@pytest.mark.parametrize("act", [KeyPress(), Pressed(Button.STAY)], ids=["any key", "the button"])
def test_more_is_asked_for_once_and_counted_anew(shift: Shift, act: Event) -> None:
    shift.happens(act)
    assert not [o for o in shift.history if isinstance(o, AskMoreTime)], "there is time enough"
    shift.rings("hurry")
    shift.happens(act)
    asked = shift.asked(AskMoreTime)
    assert asked.ceremony == "c1"
    assert not [o for o in shift.happens(act) if isinstance(o, AskMoreTime)], "it has been asked for"
    shift.happens(MoreTimeGranted(asked.turn, 120))
    assert shift.shows(SecondFactor).ends_in is None
    assert {name for name, _ in shift.watch.state.timers} >= {"ceremony", "hurry"}


@pytest.mark.parametrize("kind", [Unreachable, lambda turn: ServiceRefused(turn, "not_under_way")])
def test_where_there_is_no_more_the_rest_of_it_stays(shift: Shift, kind: type[Unreachable]) -> None:
    shift.rings("hurry")
    shift.happens(KeyPress())
    shift.happens(kind(shift.asked(AskMoreTime).turn))
    assert shift.shows(SecondFactor).ends_in == 30
    shift.rings("ceremony")
    shift.shows(LockScreen)


def test_a_touch_of_the_screen_s_keypad_is_a_key_too(shift: Shift) -> None:
    shift.rings("hurry")
    shift.keys("2")
    asked = shift.asked(AskMoreTime)
    shift.keys("4")
    assert [o for o in shift.history if isinstance(o, AskMoreTime)] == [asked]
    assert shift.shows(SecondFactor).prove.entry.count == 2


def test_who_types_on_after_a_last_digit_that_sent_is_waited_for_and_given_time(shift: Shift) -> None:
    shift.happens(Online(replace(STATION, pin_length=6)))
    shift.keys("246810")
    wrong = wants("c1", ANA, PIN_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 3))
    shift.says(replace(wrong, expires_in=25))
    (first,) = [turn for name, turn in shift.watch.state.timers if name == "settling"]
    shift.happens(KeyPress())
    (second,) = [turn for name, turn in shift.watch.state.timers if name == "settling"]
    assert second > first and shift.prove.missed
    asked = shift.asked(AskMoreTime)
    shift.happens(MoreTimeGranted(asked.turn, 120))
    assert (shift.shows(SecondFactor).ends_in, shift.prove.settling) == (None, True)


def test_what_is_left_is_said_as_it_is_after_the_last_time(shift: Shift) -> None:
    shift.rings("hurry")
    shift.happens(KeyPress())
    shift.happens(MoreTimeGranted(shift.asked(AskMoreTime).turn, 7))
    assert shift.shows(SecondFactor).ends_in == 7
