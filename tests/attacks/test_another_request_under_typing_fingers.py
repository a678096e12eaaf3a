"""One request is exchanged for another in mid-typing, or asked again and again: nothing of it is taken, or shown."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kiosk.demo.processes import until
from tests.fakes.buttons import place_of
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.hostile_program import COLOUR
from tests.fakes.keylogged_station import ALL, Overheard

pytestmark = pytest.mark.display
RATES = (4, 15)
"""Keys a second; the bench of leaks types at 8 as well, a hundred times each."""


@pytest.mark.parametrize("rate", RATES)
def test_a_large_request_does_not_take_the_rest_of_a_pin_that_was_begun_for_a_small_one(
    station: Overheard, ada: Colleague, rate: int
) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    told = []
    with station.typist(rate) as typist:
        typist.more(3)
        station.order(ada, "close")
        station.place.wait("aftermath", "active")
        for _ in range(8):
            station.order(ada, "ask", ALL)
            told.append(station.answer(ada))
            assert station.place.status()["state"] in ("aftermath", "active"), "it is not to be seen"
            typist.more(max(1, rate // 4))
        assert station.presses(ada) == []
    assert {answer["reason"] for answer in told} <= {"too_soon", "busy"}
    assert all(answer["wait"] > 0 for answer in told if answer["reason"] == "too_soon")
    station.keeps(ada)

    station.asked(ada, ALL)
    before = station.place.status()["entry"]
    assert before is not None
    station.place.press("Return")
    time.sleep(0.5)  # what must not be taken would have been by then
    assert station.place.status()["entry"] == before, "nothing stands in its field"
    station.place.press("Escape")
    assert station.answer(ada)["reason"] == "refused_by_person"


def test_keys_of_the_first_second_are_nobodys(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.forgive(ada)
    with station.typist(15, ["Escape"]) as typist:
        station.order(ada, "ask", ALL)
        station.place.covered(COLOUR)
        typist.more(3)
    station.place.asked(ada.login)
    station.place.press("Escape")
    assert station.answer(ada)["reason"] == "refused_by_person"


def refused(station: Overheard, who: Colleague) -> dict[str, Any]:
    """They refuse what is on the screen, and it asks again at once: what it is told."""
    station.asked(who)
    station.place.press("Escape")
    assert station.answer(who)["reason"] == "refused_by_person"
    station.place.wait("active", login=who.login)
    station.order(who, "ask", ALL)
    return station.answer(who)


def test_whoever_is_refused_waits_twice_as_long_each_time(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.forgive(ada)
    for wait in (2, 4, 8):
        told = refused(station, ada)
        assert (told["decision"], told["reason"]) == ("refused", "too_soon")
        assert wait / 2 <= told["wait"] <= wait


def test_a_program_that_is_not_theirs_is_silenced_until_they_lift_it(
    ward: Ward, station: Overheard, ada: Colleague
) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    station.place.touch(*place_of("step_up", "Not me: silence it"))
    assert station.answer(ada)["reason"] == "refused_by_person"
    station.place.wait("active", login=ada.login)
    until("the report", lambda: ward.trail(action="not_me", reason="silenced", login=ada.login))
    station.order(ada, "ask", ALL)
    assert station.answer(ada)["reason"] == "silenced"
    station.place.lock()
    station.works(ada)
    station.order(ada, "ask", ALL)
    assert station.answer(ada)["reason"] == "silenced", "a lock does not lift it"

    station.place.touch(*place_of("silenced", "Help · 1 silenced"))
    station.place.touch(*place_of("helping", "Let them ask again"))
    until("the report", lambda: ward.trail(action="not_me", reason="let_ask", login=ada.login))
    station.forgive(ada)
