"""Enrolments that are disturbed, given up, cut off or attacked: nothing is half-made, and the next step is clear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.demo.processes import until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.simulated_cards import a_badge, a_key, key_memory
from tests.fakes.wizard import Wizard, start_code
from tests.fakes.workplace import Workplace


@pytest.fixture(scope="module")
def dora(ward: Ward) -> Colleague:
    """A supervisor with a key."""
    return ward.hire("Dora Sanz", "supervisor", key=True)


@pytest.fixture
def wizard(here: Workplace) -> Iterator[Wizard]:
    made = Wizard(here)
    yield made
    made.away()


def added(ward: Ward, who: Colleague) -> list[str]:
    """Factors that became theirs in an enrolment."""
    return [str(row["action"]) for row in ward.trail(action="factor_added", login=who.login)]


def trying_a_badge(ward: Ward, wizard: Wizard, who: Colleague, number: str) -> None:
    """Their own key has proved enough; the unknown badge has to work once."""
    wizard.tap(a_badge(number), "unknown_badge")
    wizard.press("unknown_badge", "It is mine: add it")
    wizard.at("who.who.start_code")
    with wizard.place.lay(who.own_key):
        wizard.at("proof.prove.type")
        wizard.place.enter(KEY_PIN)
        wizard.at("try.hold")


def test_who_has_a_key_adds_an_unknown_badge_by_themselves(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna = ward.hire("Anna Selfe", key=True)
    trying_a_badge(ward, wizard, anna, "04AD0000000001")
    wizard.hold(a_badge("04AD0000000001"), "done.done")
    wizard.press("done", "Finish")
    here.wait("locked")
    here.tap(a_badge("04AD0000000001"), "second_factor", "active")
    here.lock()
    assert added(ward, anna) == ["factor_added"]


def test_a_colleagues_tap_in_the_middle_is_held_off(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna, ben = ward.hire("Anna Middle", key=True), ward.hire("Ben Passes")
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    here.brush(ben.badge)
    assert here.status()["state"] == "my_keys"
    wizard.press("my_keys.3", "Add")
    wizard.at("who.choose")
    here.brush(ben.badge)
    assert wizard.step() == "who.choose"
    here.press("Escape")
    here.wait("active", login=anna.login)
    assert not ward.trail(action="sign_in", login=ben.login)


def test_another_badge_than_the_new_one_does_not_become_theirs(ward: Ward, wizard: Wizard) -> None:
    anna, ben = ward.hire("Anna Wrong", key=True), ward.hire("Ben Stranger")
    trying_a_badge(ward, wizard, anna, "04AD0000000002")
    with wizard.place.lay(ben.badge):
        until("it to be refused", lambda: ward.trail(action="enrol_tried", login=anna.login, reason="wrong_thing"))
    wizard.at("try.hold")
    assert added(ward, anna) == []


def test_cancelled_before_the_try_nothing_is_left(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna = ward.hire("Anna Cancel", key=True)
    trying_a_badge(ward, wizard, anna, "04AD0000000003")
    here.press("Escape")
    here.wait("locked")
    here.tap(a_badge("04AD0000000003"), "unknown_badge")
    assert added(ward, anna) == []


def test_a_key_lifted_too_early_is_held_again(ward: Ward, here: Workplace, wizard: Wizard, dora: Colleague) -> None:
    anna, key = ward.hire("Anna Early"), a_key(None, None)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.2", "Add")
    wizard.at("who.choose")
    wizard.press("choose", "Security key")
    wizard.at("proof.second")
    wizard.vouched(dora, "new.hold")
    with here.lay(key):
        wizard.at("new.pin.new")
    here.enter("quince tree 12")
    wizard.at("new.pin.again")
    here.enter("quince tree 12")
    wizard.at("new.hold")
    assert key_memory(key).pin_hash is None, "it was not there to be given a PIN"
    wizard.hold(key, "try.hold")
    wizard.hold(key, "done.done")
    assert added(ward, anna) == ["factor_added"]


def test_a_power_cut_in_the_middle_leaves_nothing_half_made(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna = ward.hire("Anna Power", key=True)
    trying_a_badge(ward, wizard, anna, "04AD0000000004")
    assert here.station.child is not None
    here.station.child.process.kill()
    here.station.child.stop()
    here.station.start()
    here.wait("locked", service="online")
    assert added(ward, anna) == []
    trying_a_badge(ward, wizard, anna, "04AD0000000004")
    wizard.hold(a_badge("04AD0000000004"), "done.done")


def test_their_key_is_at_home_so_a_supervisor_vouches(
    ward: Ward, here: Workplace, wizard: Wizard, dora: Colleague
) -> None:
    anna = ward.hire("Anna Forgets", key=True)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.3", "Add")
    wizard.at("who.choose")
    wizard.press("choose", "Badge")
    wizard.at("proof.prove.type")
    wizard.press("ask", "A colleague vouches for me")
    wizard.at("proof.second")
    wizard.vouched(dora, "new.hold")
    wizard.hold(a_badge("04AD0000000006"), "try.hold")
    wizard.hold(a_badge("04AD0000000006"), "done.done")
    assert added(ward, anna) == ["factor_added"]


def test_a_lost_key_is_reported_with_what_is_left(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna = ward.hire("Anna Loses", key=True)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.3", "Row 2")
    wizard.press("chosen", "Report lost")
    wizard.press("confirm", "Yes, it is lost")
    wizard.at("proof.prove.type")
    here.enter(anna.pin)
    wizard.at("done.done")
    wizard.press("lost", "Finish")
    here.wait("active", login=anna.login)
    [lost] = ward.trail(action="factor_lost", login=anna.login)
    assert lost["result"] == "success"
    here.lock()
    here.tap(anna.own_key, "refused")


def test_a_second_station_gets_nowhere_with_what_was_begun_here(
    ward: Ward, here: Workplace, there: Workplace, wizard: Wizard, dora: Colleague
) -> None:
    anna, other, code = ward.hire("Anna Here"), Wizard(there), ""
    for place, hands in ((here, wizard), (there, other)):
        code = code or start_code(ward, anna.login)
        hands.tap(a_badge("04AD0000000005"), "unknown_badge")
        hands.press("unknown_badge", "It is mine: add it")
        hands.at("who.who.start_code")
        place.enter(code)
        if place is here:
            wizard.at("proof.second")
    until("the code to be refused", lambda: ward.trail(action="enrol", reason="start_code"))
    other.at("who.who.start_code")
    other.away()
    wizard.vouched(dora, "try.hold")
    other.tap(a_badge("04AD0000000005"), "unknown_badge")
    other.away()
    wizard.hold(a_badge("04AD0000000005"), "done.done")


def test_somebody_elses_badge_moves_only_with_their_word(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna, ben = ward.hire("Anna Takes", key=True), ward.hire("Ben Gives", key=True)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.3", "Add")
    wizard.at("who.choose")
    wizard.press("choose", "Badge")
    wizard.proved(anna, "new.hold")
    wizard.hold(ben.badge, "proof.second")
    wizard.vouched(ben, "try.hold")
    wizard.hold(ben.badge, "done.done")
    here.lock()
    here.tap(ben.badge, "second_factor", "active")
    here.lock()
    assert added(ward, anna) == ["factor_added"]
