"""Somebody listens on the accessibility bus, as a screen reader does, while secrets are typed: no character is said.

Not in the words of any message (``text-changed``, names, values, key events), nor in the name of anything that a
message is about: a touched key of the keypad is no thing of which anything is said.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.cardservice import CardService
from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from kiosk.demo.screen import VirtualScreen
from tests.fakes.listener import Listener
from tests.fakes.ward import Colleague, Ward, Workplace
from tests.session.fields import FIELDS

pytestmark = pytest.mark.display
DIGITS = "97868"
"""None of them is how many of them there are."""
LETTERS = "qzjqz"
"""In no word that changes while somebody types."""
ELSE = re.compile(r"^[:/].*|\d+:\d\d")
"""Names on the bus, and the time that is left: they have digits of their own."""
NAMED = {name for name in FIELDS if "key" in name}


class Station:
    """The window on a display of its own, heard by ``listener``."""

    def __init__(self, screen: VirtualScreen, listener: Listener) -> None:
        self.screen, self.listener = screen, listener
        words = [sys.executable, "-m", "tests.fakes.live_window"]
        env = {**os.environ, **listener.environment, "QT_QPA_PLATFORM": "xcb"}
        root = Path(__file__).parents[2]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, cwd=root, env=env, stdin=pipe, stdout=pipe, text=True, bufsize=1)
        self.keys: dict[str, tuple[int, int]] = {}

    def at(self, field: str) -> str:
        """That field stands on the screen and has the keyboard; what it is called."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(field + "\n")
        answer = self.process.stdout.readline()
        assert answer, "the window ended"
        told = json.loads(answer)
        self.keys = {name: (x, y) for name, (x, y) in told["keys"].items()}
        return str(told["name"])

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    if shutil.which("dbus-daemon") is None or not Path("/usr/share/dbus-1/services/org.a11y.Bus.service").exists():
        pytest.fail("installer/setup.sh test installs what is missing here: dbus, at-spi2-core")
    screen = VirtualScreen(tmp_path_factory.mktemp("screen"))
    screen.start()
    listener = Listener(tmp_path_factory.mktemp("bus"), screen.display)
    listener.start()
    station = Station(screen, listener)
    yield station
    station.close()
    listener.stop()
    screen.stop()


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


def test_nor_is_one_said_by_a_whole_agent(one_card_service: CardService, tmp_path: Path) -> None:
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
        typed_at(place, listener, anna)
        place.press("Escape")
        assert answer_of(program)[1]["reason"] == "refused_by_person"
    finally:
        for listener in listeners:
            listener.stop()
        ward.stop()


def typed_at(place: Workplace, listener: Listener, who: Colleague) -> None:
    """Her PIN, without Enter; and no digit of it is heard."""
    until("a field", lambda: place.status().get("entry") is not None)
    heard = listener.hear(lambda: place.press(*who.pin), "PIN " + "●" * len(who.pin))
    assert said_of(heard, who.pin) == []


def roll_over(station: Station) -> None:
    """The last digit is down still when Escape is pressed, and comes up on the locked screen."""
    env = {**os.environ, **station.screen.environment}
    for act in (["keydown", "9"], ["key", "Escape"], ["keyup", "9"]):
        subprocess.run(["xdotool", *act], env=env, check=True, timeout=20)
