"""What an administrator opened or asks for, as it is met at the window: a replaced key, a window by place and time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.fakes.plastic import a_badge, a_key
from tests.fakes.ward import KEY_PIN, Ward, Workplace
from tests.fakes.wizard import Wizard


@pytest.fixture
def wizard(here: Workplace) -> Iterator[Wizard]:
    made = Wizard(here)
    yield made
    made.away()


def test_a_key_is_replaced_and_the_old_one_goes_once_the_new_one_has_worked(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    anna, new = ward.hire("Anna Replaces", key=True), a_key(None, KEY_PIN)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.3", "Row 2")
    wizard.press("chosen", "Replace")
    wizard.proved(anna, "new.hold")
    assert len(ward.admin("factor", "list", anna.login).splitlines()) == 3
    with here.lay(new):
        wizard.at("new.pin.present")
        here.enter(KEY_PIN)
        wizard.at("try.hold")
    assert not ward.trail(action="factor_replaced", login=anna.login)
    wizard.hold(new, "done.done")
    [gone] = ward.trail(action="factor_replaced", login=anna.login)
    assert gone["result"] == "success"
    assert len(ward.admin("factor", "list", anna.login).splitlines()) == 3
    wizard.press("done", "Finish")
    here.wait("active", login=anna.login)
    here.lock()
    here.tap(anna.own_key, "refused")
    here.lock()
    assert here.tap(new, "active", "second_factor")["state"] in ("active", "second_factor")


def test_a_window_lets_a_pin_add_a_badge_at_its_place_alone(
    ward: Ward, here: Workplace, there: Workplace, wizard: Wizard
) -> None:
    anna, number = ward.hire("Anna Window"), "04AD00000000A1"
    until = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 3600))
    window = ward.admin("window", "open", "--until", until, "--place", "Ward 3 North", "--kind", "badge").strip()
    try:
        elsewhere = Wizard(there)
        there.sign_in(anna)
        adding(elsewhere, "Badge")
        elsewhere.at("proof.second")
        elsewhere.away()
        here.sign_in(anna)
        adding(wizard, "Badge")
        wizard.at("proof.prove.type")
        here.enter(anna.pin)
        wizard.at("new.hold")
        wizard.hold(a_badge(number), "try.hold")
        wizard.hold(a_badge(number), "done.done")
    finally:
        ward.admin("window", "close", window)
    [added] = ward.trail(action="factor_added", login=anna.login)
    assert (added["detail"]["proved"], "vouched_by" in added["detail"]) == ("urn:kiosk:pin", False)


def test_an_enrolment_begun_in_a_window_wants_a_second_person_once_it_is_closed(
    ward: Ward, here: Workplace, wizard: Wizard
) -> None:
    anna, number = ward.hire("Anna Late"), "04AD00000000A2"
    until = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 3600))
    window = ward.admin("window", "open", "--until", until, "--place", "Ward 3 North", "--kind", "badge").strip()
    here.sign_in(anna)
    adding(wizard, "Badge")
    wizard.at("proof.prove.type")
    here.enter(anna.pin)
    wizard.at("new.hold")
    ward.admin("window", "close", window)
    wizard.hold(a_badge(number), "try.hold")
    wizard.hold(a_badge(number), "proof.second")
    assert not ward.trail(action="factor_added", login=anna.login)


def adding(wizard: Wizard, kind: str) -> None:
    wizard.press("active", "My keys")
    wizard.place.wait("my_keys")
    wizard.press("my_keys.2", "Add")
    wizard.at("who.choose")
    wizard.press("choose", kind)
