"""The first day: nothing but a start code in their hand, then a badge, a PIN, a key and a code app."""

from __future__ import annotations

import pytest

from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.simulated_cards import a_key, key_memory
from tests.fakes.wizard import Wizard, start_code
from tests.fakes.workplace import Workplace

NEW_KEY_PIN = "quince tree 12"


@pytest.fixture(scope="module")
def dora(ward: Ward) -> Colleague:
    """A supervisor with a key."""
    return ward.hire("Dora Marchetti", "supervisor", key=True)


def newcomer(ward: Ward, name: str, number: str, *, pin: bool = False) -> Colleague:
    """Somebody who is known here and has nothing yet (a PIN, with ``pin``)."""
    login = name.split()[0].lower() + number[-4:].lower()
    who = Colleague(login, name, number, "480216")
    ward.person(login, name, "nurse", pin=who.pin if pin else "")
    return who


def test_a_start_code_and_a_colleague_give_them_a_badge(ward: Ward, here: Workplace, dora: Colleague) -> None:
    anna, wizard = newcomer(ward, "Anna First", "04FD0000000001", pin=True), Wizard(here)
    wizard.tap(anna.badge, "unknown_badge")
    wizard.press("unknown_badge", "It is mine: add it")
    wizard.at("who.who.start_code")
    here.enter(start_code(ward, anna.login))
    wizard.at("proof.second")
    wizard.vouched(dora, "try.hold")
    wizard.hold(anna.badge, "done.done")
    assert wizard.touches == 4, "their badge, the button, their colleague's key, their badge again"
    here.press("Escape")
    here.wait("locked")

    here.sign_in(anna)
    [added] = ward.trail(action="factor_added", login=anna.login)
    assert added["result"] == "success"
    [vouched] = ward.trail(action="enrol_vouched", login=anna.login)
    assert vouched["acr"] == "phr"


@pytest.fixture(scope="module")
def eve(ward: Ward) -> Colleague:
    """A plain nurse with a key."""
    return ward.hire("Eve Beside", key=True)


def test_from_the_lock_screen_a_badge_and_a_pin_in_one_go(ward: Ward, here: Workplace, eve: Colleague) -> None:
    """One start code, and a colleague who is no supervisor vouches for the badge, then for the PIN."""
    anna, wizard = newcomer(ward, "Anna Second", "04FD0000000002"), Wizard(here)
    wizard.press("locked", "Use a code instead")
    wizard.press("typing", "I have a start code")
    wizard.at("who.who.start_code")
    wizard.touch_digits("start_code", start_code(ward, anna.login))
    wizard.at("who.choose")
    wizard.press("choose", "Badge")
    wizard.at("proof.second")
    wizard.vouched(eve, "new.hold")
    wizard.hold(anna.badge, "try.hold")
    wizard.hold(anna.badge, "done.done")
    wizard.press("done", "Add another")
    wizard.at("who.choose")
    wizard.press("choose", "PIN")
    wizard.at("proof.second")
    wizard.vouched(eve, "new.pin.new")
    here.enter("111111")
    wizard.at("new.pin.new")
    here.enter(anna.pin)
    wizard.at("try.pin.again")
    here.enter(anna.pin)
    wizard.at("done.done")
    wizard.press("done", "Finish")
    here.wait("locked")
    here.sign_in(anna)
    assert len(ward.trail(action="enrol_vouched", login=anna.login)) == 2
    assert len(ward.trail(action="factor_added", login=anna.login)) == 2


def test_their_first_key_gets_its_pin_and_then_vouches_for_a_code_app(
    ward: Ward, here: Workplace, dora: Colleague
) -> None:
    anna, wizard = ward.hire("Anna Third"), Wizard(here)
    key = a_key(None, None)
    here.sign_in(anna)
    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.2", "Add a security key")
    wizard.at("proof.second")
    wizard.vouched(dora, "new.hold")
    wizard.new_key(key, NEW_KEY_PIN)
    assert wizard.touches == 5, "My keys, the button, a supervisor's key; then the new key, and once more"
    assert key_memory(key).pin_length == len(NEW_KEY_PIN)
    wizard.press("done", "Finish")
    here.wait("active", login=anna.login)

    wizard.press("active", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.3", "Add")
    wizard.at("who.choose")
    wizard.press("choose", "Code app")
    wizard.at("proof.prove.type")
    here.enter(NEW_KEY_PIN)
    wizard.at("proof.prove.hold")
    wizard.hold(key, "new.codeapp")
    wizard.press("hold", "Cancel")
    here.wait("active", login=anna.login)
    assert not ward.trail(action="factor_added", login=anna.login, factor_kind="totp")


def test_where_keys_are_missing_one_is_added_in_five_touches(ward: Ward, here: Workplace, dora: Colleague) -> None:
    anna, wizard = ward.hire("Anna Fourth", "prescriber"), Wizard(here)
    here.sign_in(anna)
    wizard.press("keys_missing", "My keys")
    here.wait("my_keys")
    wizard.press("my_keys.2", "Add a security key")
    wizard.at("proof.second")
    wizard.vouched(dora, "new.hold")
    wizard.new_key(a_key(None, None), NEW_KEY_PIN)
    assert wizard.touches == 5, "My keys, the button, a supervisor's key; then the new key, and once more"
