"""A nurse's morning at one station: in, out, back again, colleagues in between."""

from __future__ import annotations

import time
from typing import Any

from kiosk.demo.processes import until
from tests.fakes.hospital import SETTLED, Ward
from tests.fakes.simulated_cards import a_badge
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED


def test_they_tap_in_tap_out_and_come_back_without_a_pin(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Okonkwo")
    assert here.tap(anna.badge, "second_factor")["person"] is None
    here.enter(anna.pin)
    status = here.wait("active", login=anna.login)
    assert (status["name"], status["assurance"]) == ("Anna Okonkwo", "urn:kiosk:pin")
    until("their program to be seen", lambda: here.shows(RED))

    time.sleep(SETTLED)  # the rule itself: in the first seconds the own badge does not mean leaving
    gone = here.tap(anna.badge, "locked")
    assert gone["person"] is None
    assert gone["waiting"] >= 1
    here.covered(RED)

    assert here.tap(anna.badge, "active", login=anna.login)["assurance"] == "urn:kiosk:identified"
    until("their program to be seen again", lambda: here.shows(RED))
    first, second = ward.trail(login=anna.login, action="sign_in")
    assert (first["result"], first["acr"], first["amr"], first["method"]) == (
        "success",
        "urn:kiosk:pin",
        ["pin"],
        "pin",
    )
    assert (second["result"], second["acr"], second.get("amr")) == ("success", "urn:kiosk:identified", None)
    assert [row["reason"] for row in ward.trail(login=anna.login, action="lock")] == ["tap_out"]


def test_a_colleagues_mistaken_tap_costs_them_one_tap(ward: Ward, here: Workplace) -> None:
    anna, ben = ward.hire("Anna Sorel"), ward.hire("Ben Sorel")
    here.sign_in(anna)
    here.tap(ben.badge, "second_factor")
    here.covered(RED)
    assert here.tap(anna.badge, "active", login=anna.login)["assurance"] == "urn:kiosk:identified"
    until("their program to be seen again", lambda: here.shows(RED))
    assert [row["reason"] for row in ward.trail(login=anna.login, action="lock")] == ["tap_over"]
    assert not ward.trail(login=ben.login, action="sign_in", result="success")


def test_a_second_tap_too_soon_does_not_sign_them_out(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Prieto")
    here.sign_in(anna)
    here.brush(anna.badge)
    assert here.status()["state"] == "active"


def test_a_badge_that_was_never_lifted_does_not_sign_them_out(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Quist")
    with here.lay(anna.badge):
        here.wait("second_factor")
        here.enter(anna.pin)
        here.wait("active")
        time.sleep(SETTLED)  # the rule itself: in the first seconds the own badge does not mean leaving
        assert here.status()["state"] == "active"
    assert here.status()["state"] == "active"


def test_a_colleague_taps_over_and_each_has_their_own(ward: Ward, here: Workplace) -> None:
    anna, ben = ward.hire("Anna Rossi"), ward.hire("Ben Castellanos", "physician")
    here.sign_in(anna)
    assert here.tap(ben.badge, "second_factor")["person"] is None
    here.covered(RED)
    here.enter(ben.pin)
    here.wait("active", login=ben.login)
    assert here.tap(anna.badge, "active", login=anna.login)["assurance"] == "urn:kiosk:identified"
    assert [row["reason"] for row in ward.trail(login=anna.login, action="lock")] == ["tap_over"]


def test_who_fails_to_tap_over_does_not_get_to_see_their_screen(ward: Ward, here: Workplace) -> None:
    anna, ben = ward.hire("Anna Sundberg"), ward.hire("Ben Dahl", "physician")
    here.sign_in(anna)
    here.tap(ben.badge, "second_factor")
    here.press("Escape")
    here.wait("locked")
    here.covered(RED)


def unknown(ward: Ward, place: Workplace) -> list[dict[str, Any]]:
    """The rows about unknown badges there."""
    return ward.trail(action="tap", reason="unknown_badge", station=place.station.name)


def test_a_badge_that_nobody_knows(ward: Ward, here: Workplace) -> None:
    before = unknown(ward, here)
    here.tap(a_badge("04DEADBEEF0001"), "unknown_badge")
    assert len(unknown(ward, here)) == len(before) + 1
    anna = ward.hire("Anna Tamm")
    here.sign_in(anna)


def test_a_number_that_changes_at_every_tap_is_no_badge(ward: Ward, here: Workplace) -> None:
    with here.lay(a_badge("08A1B2C3")):
        until("its refusal to be written", lambda: ward.trail(action="tap_failed", reason="random_uid"))
    assert here.status()["person"] is None


def test_a_badge_read_backwards_is_recognised_but_opens_nothing(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Ueda")
    backwards = bytes.fromhex(anna.uid)[::-1].hex().upper()
    here.tap(a_badge(backwards), "unknown_badge")
    row = unknown(ward, here)[-1]
    assert row.get("login") is None
    assert row["detail"]["resembles"] == "reversed"
