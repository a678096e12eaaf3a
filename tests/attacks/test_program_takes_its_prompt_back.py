"""A program asks, and goes away while the person types: no key of a PIN may reach it."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from kiosk.demo.processes import until
from tests.fakes.buttons import place_of
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.keylogged_station import ONE, Overheard

pytestmark = pytest.mark.display
RATES = (4, 15)
"""Keys a second; the bench of leaks types at 8 as well, a hundred times each."""


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("keys", ["246810", "plumtree7349"])
def test_the_rest_of_a_pin_does_not_reach_a_program_that_closed_its_line(
    station: Overheard, ada: Colleague, rate: int, keys: str
) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    with station.typist(rate, keys) as typist:
        typist.more(3)
        station.order(ada, "close")
        station.place.wait("aftermath", login=ada.login)
        typist.more(rate * 3)
        assert station.place.status()["state"] == "aftermath", "it stays as long as somebody types"
        assert station.presses(ada) == []
    station.keeps(ada)


def test_fast_fingers_and_a_key_held_down_give_it_nothing_either(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    with station.typist(15, rolling=True, held="a") as typist:
        typist.more(5)
        station.order(ada, "close")
        station.place.wait("aftermath", login=ada.login)
        typist.more(15)
        station.place.touch(*place_of("aftermath", "Back to my programs"))
        typist.more(30)
        assert station.place.status()["state"] in ("opening", "active")
        assert station.presses(ada) == [], "keys that went on, and one that repeats"
    station.keeps(ada)


def test_the_time_that_a_program_gives_does_not_count(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada, {**ONE, "timeout": 1})
    with station.typist(8) as typist:
        typist.more(24)
        assert station.place.status()["state"] == "step_up"
    station.place.press("Escape")
    assert station.answer(ada)["reason"] == "refused_by_person"
    station.keeps(ada)


@pytest.fixture
def browser(ward: Ward, overheard: dict[str, Overheard]) -> Iterator[Overheard]:
    """Their hostile program counts as a browser, and not longer than this test: other tests know it as unregistered."""
    station = overheard["single"]
    station.rest()
    ward.admin("program", "add", "Browser", "--path", os.path.realpath(sys.executable), "--browser")
    until("the browser to be known", lambda: _posted(station) == 200, every=0.5)
    yield station
    ward.admin("program", "remove", "Browser")
    until("the browser to be forgotten", lambda: _posted(station) == 403, every=0.5)


def _posted(station: Overheard) -> int:
    """The HTTP status that a page's request gets while nobody works there."""
    station.place.lock()
    with closing(http.client.HTTPConnection("127.0.0.1", station.doorbell, timeout=20)) as line:
        line.request(
            "POST", "/step-up", json.dumps(ONE), {"Content-Type": "application/json", "Origin": station.ORIGIN}
        )
        return line.getresponse().status


def test_a_page_of_a_registered_origin_gets_nothing_either(browser: Overheard, ada: Colleague) -> None:
    station = browser
    station.works(ada)
    station.forgive(ada)
    station.order(ada, "post", ONE, port=station.doorbell, origin=station.ORIGIN)
    station.place.asked(ada.login)
    with station.typist(8) as typist:
        typist.more(3)
        station.order(ada, "close")
        station.place.wait("aftermath", login=ada.login)
        typist.more(24)
    station.keeps(ada)
