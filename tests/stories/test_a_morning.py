"""A nurse's morning at one station: in, out, back again, a colleague in between."""

from __future__ import annotations

import time

from tests.fakes.ward import SETTLED, Ward, Workplace


def test_she_taps_in_taps_out_and_comes_back_without_a_pin(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Okonkwo")
    assert here.tap(anna.badge, "second_factor")["person"] is None
    here.enter(anna.pin)
    status = here.wait("active", login=anna.login)
    assert status["person"]["name"] == "Anna Okonkwo"
    assert status["assurance"] == "urn:kiosk:pin"

    time.sleep(SETTLED)
    gone = here.tap(anna.badge, "locked")
    assert (gone["person"], gone["waiting"]) == (None, 1)
    here.screen.picture(here.home / "locked.png")

    back = here.tap(anna.badge, "active")
    assert back["assurance"] == "urn:kiosk:identified"
    here.screen.picture(here.home / "active.png")
