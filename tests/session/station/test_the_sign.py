"""The sign that says large who is signed in: when it comes, and what takes it away."""

from __future__ import annotations

import pytest

from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import ProbeCard
from kiosk.session.facts.orders import WatchTouch
from kiosk.session.facts.screens import Active, Fading
from kiosk.session.facts.stage_news import UserActivity
from kiosk.session.facts.stage_orders import Cover, WatchIdle
from tests.session.shift import a_station, seconds_of
from tests.session.world import ANA, ANA_BADGE


def test_after_a_minute_the_bar_says_large_who_is_signed_in_and_the_rest_of_the_idle_time_follows() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    assert shift.asked(WatchIdle).seconds == 60
    shift.leaves_alone(1)
    assert shift.shows(Active).sign is True
    assert shift.did(WatchIdle) == [WatchIdle(240)]
    assert shift.did(WatchTouch)
    assert not shift.did(Cover), "the workspace stays to be seen and used"
    shift.leaves_alone(1)
    shift.shows(Fading)


def test_it_is_gone_after_five_seconds_and_the_idle_time_goes_on() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    assert seconds_of(shift, "sign") == [5]
    shift.rings("sign")
    assert shift.shows(Active).sign is False, "it would lie over the patient's name"
    assert not shift.did(WatchIdle), "nobody has touched anything"
    shift.leaves_alone(1)
    shift.shows(Fading)


def test_a_touch_after_it_is_gone_counts_from_the_beginning_and_it_comes_again() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.rings("sign")
    shift.happens(UserActivity())
    assert shift.did(WatchIdle) == [WatchIdle(60)]
    shift.leaves_alone(1)
    assert shift.shows(Active).sign is True


def test_a_touch_while_it_is_shown_leaves_no_trace_in_the_next_one() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.happens(UserActivity())
    shift.rings("sign")
    shift.leaves_alone(1)
    assert shift.shows(Active).sign is True


def test_any_touch_takes_the_sign_away_and_counts_from_the_beginning() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.happens(UserActivity())
    assert shift.shows(Active).sign is False
    assert shift.did(WatchIdle) == [WatchIdle(60)]
    shift.happens(UserActivity())
    assert not shift.orders


def test_a_press_takes_the_sign_away_and_does_what_it_always_does() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.presses(Button.HELP)
    bar = shift.shows(Active)
    assert (bar.sign, bar.help) == (False, True)


def test_a_card_takes_the_sign_away_and_is_read() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.tap()
    assert shift.did(ProbeCard)
    assert shift.shows(Active).sign is False


def test_locking_by_the_button_under_the_sign_covers_first_and_watches_nothing() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.presses(Button.LOCK)
    assert shift.orders[0] == Cover()
    assert not shift.did(WatchIdle)


@pytest.mark.parametrize(("idle", "sign_after"), [(300, 0), (60, 60), (30, 60)])
def test_without_the_sign_idleness_fades_at_once(idle: int, sign_after: int) -> None:
    shift = a_station(idle=idle, sign_after=sign_after)
    shift.works(ANA, ANA_BADGE)
    assert shift.asked(WatchIdle).seconds == idle
    shift.leaves_alone(1)
    shift.shows(Fading)


def test_a_station_that_never_fades_still_shows_the_sign() -> None:
    shift = a_station(idle=0)
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    assert shift.shows(Active).sign is True
    assert not shift.watch.watching_idle
    shift.happens(UserActivity())
    assert shift.watch.watching_idle
