"""A reader that acts as a keyboard types into whatever has the focus: its digits are a badge, and get into no field.

A real agent with such a reader by setting, on a display of its own, a real service, and somebody who listens on the
accessibility bus. What a person types stays a person's, digit by digit.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.reader.wedge import PAUSE
from tests.fakes.agent_process import AgentProcess, Display, until
from tests.fakes.central import PIN, UID, ServiceProcess, run_kiosk
from tests.fakes.listener import Listener
from tests.fakes.wedge import Wedge

pytestmark = pytest.mark.display
ANNA, BERTA = "1303689068602870", "017,12345"
"""As their readers type them: 04A1B2C3D4E5F6 in decimal, and an H10301 badge."""
ELSE = re.compile(r"^[:/].*|\d+:\d\d")
"""Names on the bus, and the time that is left: they have digits of their own."""
REFUSED = "That did not work"
BERTAS = "00226073"
FORMATS = """
[[wedge]]
typed = "decimal"
bytes = 7
length = 16
[[wedge]]
card = "H10301"
typed = "facility_card"
"""


class Place:
    def __init__(self, folder: Path, display: Display) -> None:
        self.service = ServiceProcess(folder)
        self.service.person("anna", "Anna Berg")
        self.service.person("berta", "Berta Lund", uid=BERTAS)
        self.service.start()
        (folder / "bus").mkdir()
        self.listener = Listener(folder / "bus", display.name)
        self.listener.start()
        os.environ.update(self.listener.environment)
        self.agent = AgentProcess(folder / "ward-3", self.service, display, FORMATS)
        self.agent.start()
        self.wedge = Wedge(display.name)
        self._next = 0.0

    def locked(self) -> None:
        """Locked, whatever was before, and in touch with the service."""
        until(lambda: self.agent.status()["service"] == "online", lambda: "the service")
        until(self._leaves, lambda: f"locked, but it is {self.agent.status()}")

    def _leaves(self) -> bool:
        """By tapping out, or by Escape."""
        status = self.agent.status()
        if status["state"] == "active":
            self._tap({"anna": ANNA, "berta": BERTA}[status["person"]])
        elif status["state"] in ("second_factor", "unknown_badge", "refused") or status["entry"] is not None:
            self.wedge.by_hand("", "Escape")
        else:
            return bool(status["state"] == "locked")
        return False

    def reads(self, number: str, state: str, login: str | None) -> None:
        """A badge is read, and what follows stands there: a field that was there before is another one by then."""
        before = self.agent.status()["entry"]
        self._tap(number)
        until(
            lambda: self._stands(state, login, before),
            lambda: f"{state} of {login}, but it is {self.agent.status()}",
        )

    def _stands(self, state: str, login: str | None, before: int | None) -> bool:
        status = self.agent.status()
        other = before is None or status["entry"] != before
        return bool(status["state"] == state and other and (login is None or status["person"] == login))

    def _tap(self, number: str) -> None:
        """Once, a second after the last one; until the agent knows what it is."""
        time.sleep(
            max(0.0, self._next - time.monotonic())
        )  # the rule itself: nothing is a tap within a second of the last
        probed = self.agent.log().count("event Probed") + self.agent.log().count("event CardFailed")
        self.wedge.reads(number)
        self._next = time.monotonic() + PAUSE + 0.2
        until(
            lambda: self.agent.log().count("event Probed") + self.agent.log().count("event CardFailed") > probed,
            lambda: "the reader's digits to be a tap",
        )

    def person(self) -> str | None:
        found: str | None = self.agent.status()["person"]
        return found

    def trail(self) -> list[dict[str, Any]]:
        words = ["audit", "export", "--data", str(self.service.data), "--format", "jsonl"]
        return [json.loads(line) for line in run_kiosk(words).splitlines()]

    def close(self) -> None:
        self.wedge.close()
        self.agent.stop()
        self.listener.stop()
        self.service.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    before = dict(os.environ)
    display = Display()
    try:
        made = Place(tmp_path_factory.mktemp("wedge"), display)
        yield made
        made.close()
    finally:
        os.environ.clear()
        os.environ.update(before)
        display.close()


def test_what_a_person_types_is_no_badge(place: Place) -> None:
    place.locked()
    taps = place.agent.log().count("event Tap")
    place.wedge.by_hand(ANNA)
    assert place.agent.log().count("event Tap") == taps
    assert place.agent.status()["state"] == "locked"


@pytest.mark.parametrize("field", ["lock screen", "login"])
def test_nothing_of_a_number_is_said_on_the_bus(place: Place, field: str) -> None:
    """It is in no format that this station has, which the screen says."""
    place.locked()
    if field == "login":
        place.wedge.by_hand("x", "")
        until(lambda: place.agent.status()["entry"] is not None, lambda: "the field")
    heard = place.listener.hear(lambda: place.reads("9" * 15, "refused", None), REFUSED)
    assert [word for word in heard if "99" in ELSE.sub("", word)] == []


def test_nor_while_a_pin_is_wanted(place: Place) -> None:
    place.locked()
    place.reads(ANNA, "second_factor", None)
    heard = place.listener.hear(lambda: place.reads(BERTA, "second_factor", None), "Berta Lund")
    assert [word for word in heard if "123" in ELSE.sub("", word)] == []


def test_nor_is_a_pin_that_a_person_types_at_such_a_station(place: Place) -> None:
    """Its keys are held back, too, and go on as the program's own, coming up as well as going down."""
    place.locked()
    place.reads(ANNA, "second_factor", None)
    heard = place.listener.hear(lambda: place.wedge.by_hand("97868", ""), "PIN " + "●" * 5)
    assert [word for word in heard if any(digit in ELSE.sub("", word) for digit in "97868")] == []


def test_its_digits_are_no_pin_and_no_try_of_one(place: Place) -> None:
    """A colleague holds a badge to the reader while a PIN is typed: it is a tap, as at any reader."""
    place.locked()
    place.reads(ANNA, "second_factor", None)
    place.wedge.by_hand(PIN[:3], "")
    place.reads(BERTA, "second_factor", None)
    place.wedge.by_hand(PIN)
    place.agent.wait("active")
    assert (place.person(), place.agent.status()["assurance"]) == ("berta", "urn:kiosk:pin")
    assert [row for row in place.trail() if row.get("reason") == "wrong_pin"] == []


def test_a_read_number_is_worth_what_a_badges_number_is(place: Place) -> None:
    """Within grace it opens, as at any reader; and so says the session."""
    place.locked()
    place.reads(BERTA, "active", "berta")
    assert place.agent.status()["assurance"] == "urn:kiosk:identified"
    card = place.agent.tap(UID)
    place.agent.wait("second_factor")
    card.lift()
    place.wedge.by_hand(PIN)
    place.agent.wait("active")
    assert place.person() == "anna"


def test_a_login_with_digits_is_a_login(place: Place) -> None:
    place.locked()
    place.wedge.by_hand("q1,2")
    place.agent.wait("second_factor")
    place.wedge.by_hand(PIN)
    rows = [row for row in place.trail() if row["action"] == "tap"]
    assert rows[-1]["detail"]["kind"] == "login", rows[-1]


def test_a_number_is_in_no_file_of_the_station(place: Place) -> None:
    forms = [form.encode() for form in (ANNA, UID, UID.lower(), BERTA, BERTAS, "12345")]
    for path in place.agent.home.rglob("*"):
        if path.is_file():
            assert not any(form in path.read_bytes() for form in forms), path
