"""``python -m tests.transcript FILE``: what the real Orca speaks through an hour at a station, as Markdown.

A whole hospital as in the stories (card service, service over TLS, agent on a screen of its own), its accessibility
bus, and Orca reading it. By card and keyboard; what cannot be done so is touched, and the transcript says it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import ChildFailedError
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.listener import Listener
from tests.fakes.orca import Orca
from tests.fakes.wizard import Wizard
from tests.fakes.workplace import Workplace

HEAD = """# What a screen reader speaks

Made by `make transcript` (`tests/transcript`): {version} of Debian read a whole station (card service, service over
TLS, agent) on a virtual screen with an accessibility bus. Each line with “→” is one utterance that Orca gave to its
voice, in their order. There was no sound: a later utterance may cut an earlier one short, as Orca does with every new
focus. Nothing was left out, and nothing set right but the path of the asking program, which is this machine's. What the
person does stands in bold.

Dots (●) are how many characters were typed. Which ones is told to nobody ([accessibility.md](accessibility.md)).
"""


NEW_PIN = "480216"


class Hour:
    """One person at one station, and what they hear."""

    def __init__(self, place: Workplace, orca: Orca) -> None:
        self.place, self.orca, self.wizard = place, orca, Wizard(place)
        self.lines: list[str] = []

    def part(self, title: str) -> None:
        self.lines += ["", f"## {title}", ""]

    def does(self, what: str, act: Callable[[], object]) -> None:
        """``act`` is done; what is spoken until it is quiet again."""
        act()
        self._heard(what, self.orca.said())

    def finds(self, name: str) -> None:
        """They walk on by Tab until they hear something called ``name``, and presses Enter."""
        heard: list[str] = []
        for _ in range(15):
            self.place.press("Tab")
            heard += self.orca.said()
            if heard and heard[-1].startswith((f"{name} push", f"{name}.")):
                break
        self._heard(f"Anna presses Tab until “{name}” is heard", heard)
        self.does("Anna presses Enter", lambda: self.place.press("Return"))

    def _heard(self, what: str, words: list[str]) -> None:
        self.lines += [f"**{what}**", ""]
        self.lines += [f"→ {word}  " for word in words] or ["→ (nothing)"]
        self.lines.append("")


def sign_in(hour: Hour, anna: Colleague) -> None:
    place = hour.place
    hour.part("First sign-in, with a wrong PIN")
    hour.does("The station starts", lambda: place.wait("locked", service="online"))
    hour.does("Anna taps the badge", lambda: place.tap(anna.badge, "second_factor"))
    hour.does("Anna types a wrong PIN: four digits", lambda: place.press(*"8520"))
    hour.does("Anna presses Enter", lambda: place.press("Return"))
    hour.does("Anna types the right one and presses Enter", lambda: place.enter(anna.pin))
    place.wait("active", login=anna.login)


def step_up(hour: Hour, anna: Colleague) -> None:
    place = hour.place
    hour.part("A step-up")
    request = {"action": "record.export", "resource": "Ward/Nine", "records": 2, "purpose": "audit"}
    asked = []

    def ask() -> None:
        asked.append(place.ask(request))
        place.asked()

    hour.does("Anna's program asks for an export", ask)
    hour.does("Anna types the PIN of the key and presses Enter", lambda: place.enter(KEY_PIN))
    hour.does("Anna holds the key to the reader", lambda: place.tap(anna.own_key, "active", "aftermath"))
    answer_of(asked[0])


def enrol(hour: Hour, anna: Colleague) -> None:
    place, wizard = hour.place, hour.wizard
    hour.part("An enrolment: another PIN")

    def my_keys() -> None:
        wizard.press("active", "My keys")
        wizard.at("keys.list")

    hour.does("Anna touches My keys on the bar", my_keys)
    hour.finds("Add")
    wizard.at("who.choose")
    hour.finds("PIN")
    wizard.at("proof.prove.type")
    hour.does("Anna types the PIN of the key and presses Enter", lambda: place.enter(KEY_PIN))
    hour.does("Anna holds the key to the reader", lambda: wizard.hold(anna.own_key, "new.pin.new"))
    hour.does("Anna types a PIN that is too simple", lambda: place.enter("111111"))
    hour.does("Anna types a better one", lambda: place.enter(NEW_PIN))
    wizard.at("try.pin.again")
    hour.does("Anna types it again", lambda: place.enter(NEW_PIN))
    wizard.at("done.done")
    hour.does("Anna presses Enter", lambda: place.press("Return"))
    place.wait("active", login=anna.login)


def leave(hour: Hour, anna: Colleague) -> None:
    place = hour.place
    hour.part("Time runs out, and leaving")
    hour.does("Anna touches nothing for twenty seconds", lambda: place.wait("fading"))
    hour.does("Anna presses a key", lambda: place.press("space"))
    place.wait("active", login=anna.login)
    hour.does("Anna touches Lock", place.lock)


def _hour(ward: Ward, folder: Path) -> Hour:
    """One station with bus and reader; all parts of the hour at it."""
    anna = ward.hire("Anna Quiet", "nurse", key=True)
    place = ward.workplace("ward-9", "Ward Nine", slot=0, settings="idle = 20")
    (folder / "bus").mkdir()
    listener = Listener(folder / "bus", place.screen.display)
    listener.start()
    orca = Orca(folder / "reader", {**place.screen.environment, **listener.environment})
    orca.start()
    place.station.env = {**(place.station.env or {}), **listener.environment}
    hour = Hour(place, orca)
    try:
        place.station.start()
        sign_in(hour, anna)
        step_up(hour, anna)
        enrol(hour, anna)
        leave(hour, anna)
    except ChildFailedError as failure:
        hour.lines.append(f"**{failure}**")
    finally:
        orca.stop()
        listener.stop()
    return hour


def run(folder: Path) -> str:
    """The whole of it, as Markdown."""
    with VirtualCardService(readers=4) as cards:
        os.environ.update(cards.environment)  # this process enrols the key
        ward = Ward(folder / "ward", cards=cards)
        try:
            ward.start()
            hour = _hour(ward, folder)
        finally:
            ward.stop()
    spoken = "\n".join(hour.lines).replace(os.path.realpath(sys.executable), "/usr/bin/python3")
    return HEAD.format(version=f"Orca {Orca.version()}") + spoken + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        text = run(Path(made))
    Path(sys.argv[1]).write_text(text, encoding="utf-8")
