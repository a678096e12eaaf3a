"""Somebody listens on the accessibility bus, as a screen reader does, while secrets are typed: no character is said.

Not in the words of any message (``text-changed``, names, values, key events), nor in the name of anything that a
message is about: a touched key of the keypad is no thing of which anything is said.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.listener import Listener
from tests.fakes.screen_reader_station import Station, a_station
from tests.fakes.workplace import Workplace
from tests.session.fields import FIELDS

pytestmark = pytest.mark.display
DIGITS = "97868"
"""None of them is how many of them there are."""
LETTERS = "qzjqz"
"""In no word that changes while somebody types."""
ELSE = re.compile(
    r"^[:/].*|\d+:\d\d|https://localhost:\d+|Step \d of \d|rows like 1234|anna\d+"
    r"|(\d+ to )?\d+ (digits|tries|records|seconds)|/usr/bin/python\d+\.\d+"
)
"""Names on the bus, the time that is left, and what stands on the screen anyway: they have digits of their own."""
NAMED = {name for name in FIELDS if "key" in name}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with a_station(tmp_path_factory) as station:
        yield station


def said_of(heard: list[str], secret: str) -> list[str]:
    """Words in which a character of ``secret`` is."""
    return [word for word in heard if any(character in ELSE.sub("", word) for character in secret)]


def test_the_listener_hears_what_is_said(station: Station) -> None:
    """Else the others would find nothing, whatever was said."""
    station.at("sign-in, pin")
    assert station.listener.hear(lambda: station.screen.type("9"), "PIN ●")
    heard = station.listener.hear(lambda: station.screen.press("Tab"), "Tab")
    assert "Cancel" in heard, "keys that move are the screen reader's, too"


@pytest.mark.parametrize("field", FIELDS)
def test_no_character_of_a_secret_is_said_while_it_is_typed(station: Station, field: str) -> None:
    secret = LETTERS if field in NAMED else DIGITS
    name = station.at(field)
    for act, left in ((lambda: station.screen.type(secret), 5), (lambda: station.screen.press("BackSpace"), 4)):
        heard = station.listener.hear(act, f"{name} {'●' * left}")
        assert said_of(heard, secret) == []


def test_no_touched_key_of_the_keypad_is_told(station: Station) -> None:
    station.at("sign-in, pin")

    def touch() -> None:
        for digit in DIGITS:
            station.screen.click(*station.keys[digit])

    heard = station.listener.hear(touch, "PIN " + "●" * len(DIGITS))
    assert said_of(heard, DIGITS) == []


def test_a_key_still_down_when_its_screen_goes_is_not_told_when_it_comes_up(station: Station) -> None:
    station.at("sign-in, pin")
    # All keys of the keypad go with its page, so their names say nothing here.
    heard = station.listener.hear(lambda: roll_over(station), "Escape", names=False)
    assert said_of(heard, "9") == []


def test_nor_is_one_said_by_a_whole_agent(one_card_service: VirtualCardService, tmp_path: Path) -> None:
    """At a sign-in and at a step-up, with card service, service and agent."""
    ward = Ward(tmp_path, cards=one_card_service)
    listeners: list[Listener] = []
    try:
        ward.start()
        anna = ward.hire("Anna Quiet")
        ward.admin("totp", "add", anna.login)
        place = ward.workplace("ward-9", "Ward Nine", slot=0)
        (tmp_path / "bus").mkdir()
        listener = Listener(tmp_path / "bus", place.screen.display)
        listener.start()
        listeners.append(listener)
        place.station.env = {**(place.station.env or {}), **listener.environment}
        place.station.start()
        place.wait("locked", service="online")
        place.tap(anna.badge, "second_factor")
        typed_at(place, listener, anna)
        place.press("Return")
        place.wait("active", login=anna.login)
        program = place.ask({"action": "record.export", "resource": "Ward/Nine", "records": 2, "purpose": "audit"})
        place.asked()
        # What is read there has digits of its own (records, a port); the page is told of while they type.
        typed_at(place, listener, anna, names=False)
        place.press("Escape")
        assert answer_of(program)[1]["reason"] == "refused_by_person"
    finally:
        for listener in listeners:
            listener.stop()
        ward.stop()


def typed_at(place: Workplace, listener: Listener, who: Colleague, *, names: bool = True) -> None:
    """Their PIN, without Enter; and no digit of it is heard."""
    until("a field", lambda: place.status().get("entry") is not None)
    heard = listener.hear(lambda: place.press(*who.pin), "PIN " + "●" * len(who.pin), names=names)
    assert said_of(heard, who.pin) == []


def roll_over(station: Station) -> None:
    """The last digit is down still when Escape is pressed, and comes up on the locked screen."""
    env = {**os.environ, **station.screen.environment}
    for act in (["keydown", "9"], ["key", "Escape"], ["keyup", "9"]):
        subprocess.run(["xdotool", *act], env=env, check=True, timeout=20)
