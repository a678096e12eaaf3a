"""A station whose person has a program that wants what they type, under either stage."""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kiosk.demo.processes import until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.hostile_program import COLOUR
from tests.fakes.typist import DIGITS, Typist
from tests.fakes.workplace import Workplace

PROGRAM = Path(__file__).with_name("hostile_program.py")
ONE = {"action": "record.export", "resource": "Patient/123", "records": 1, "purpose": "transfer of care"}
ALL = {"action": "record.export", "resource": "Ward/ALL", "records": 50_000, "purpose": "transfer of care"}


class Overheard:
    """``nested``: under the stage, else on the single one, whose web doorbell has the port ``doorbell``."""

    ORIGIN = "https://records.hospital.example"

    def __init__(
        self, ward: Ward, folder: Path, name: str, slot: int, *, nested: bool, settings: str = "", doorbell: int = 0
    ) -> None:
        self.ward, self._folder, self.nested = ward, folder, nested
        words = [sys.executable, *(() if nested else ("-I",)), str(PROGRAM), str(folder), "{login}"]
        more: dict[str, Any] = {"nested": words, "readable": [folder]} if nested else {"program": words}
        self.place: Workplace = ward.workplace(name, "Ward 9", slot, settings=settings, **more)
        self.doorbell = doorbell
        self._pipes: dict[tuple[str, str], int] = {}
        self._heard: dict[str, str] = {}

    def start(self) -> None:
        self.place.station.start()
        self.place.wait("locked", service="online")

    def close(self) -> None:
        """Hear no more; the station ends with its ward."""
        for pipe in self._pipes.values():
            os.close(pipe)
        self._pipes.clear()

    def welcome(self, who: Colleague) -> None:
        """They work here from now on: their program's pipes are made."""
        for kind in ("do", "keys", "said"):
            path = self._folder / f"{who.login}.{kind}"
            os.mkfifo(path)
            path.chmod(0o622)
            self._pipes[who.login, kind] = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def works(self, who: Colleague) -> None:
        """Until their program is seen and hears what is typed."""
        self.place.sign_in(who)
        self.hears(who)

    def hears(self, who: Colleague) -> None:
        """Until their program hears the keyboard, so that nothing heard means that nothing came; then it is cleared.

        A busy machine hands the first tries over together, late. So another key follows them: once it is heard, none
        of theirs is still to come.
        """
        until("their program", lambda: self.place.shows(COLOUR))
        self.forget(who)
        until("their program to hear the keyboard", lambda: self._tried(who), every=0.2)
        self.place.screen.press("w")
        until("the last of what was tried", lambda: len({*self.presses(who)}) > 1)
        self.forget(who)

    def _tried(self, who: Colleague) -> bool:
        self.place.screen.press("q")
        return bool(self.presses(who))

    def presses(self, who: Colleague) -> list[str]:
        """Keys pressed that their program heard since ``forget``."""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(self._pipes[who.login, "keys"], 65536):
                self._heard[who.login] = self._heard.get(who.login, "") + piece.decode()
        return [key for key in self._heard.get(who.login, "").splitlines() if key.startswith("+")]

    def forget(self, who: Colleague) -> None:
        """What was heard so far does not count."""
        self.presses(who)
        self._heard[who.login] = ""

    def order(self, who: Colleague, do: str, request: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Their program does it."""
        line = json.dumps({"do": do, "request": request, **more}) + "\n"
        os.write(self._pipes[who.login, "do"], line.encode())

    def asked(self, who: Colleague, request: Mapping[str, Any] = ONE) -> None:
        """Their program asks, until the step-up stands there and takes what is typed."""
        until("the step-up", lambda: self._stands(who, request), every=0)

    def _stands(self, who: Colleague, request: Mapping[str, Any]) -> bool:
        """Ask once; where that is too soon, the time told is waited for."""
        self.order(who, "ask", request)
        pipe = self._pipes[who.login, "said"]
        until("it, or no", lambda: self.place.status().get("state") == "step_up" or _readable(pipe))
        if not _readable(pipe):
            return True
        told = self.answer(who)
        assert told["reason"] in ("too_soon", "busy"), told
        time.sleep(told.get("wait", 0.2))  # as long as it was told to
        return False

    def forgive(self, who: Colleague) -> None:
        """One wish is granted: the next attack begins without a cool-off."""
        self.asked(who)
        self.place.enter(KEY_PIN)
        self.place.tap(who.own_key, "active", login=who.login)
        told = self.answer(who)
        assert told["decision"] == "granted", told
        self.hears(who)

    def answer(self, who: Colleague, within: float = 30.0) -> dict[str, Any]:
        """What their program was told."""
        pipe = self._pipes[who.login, "said"]
        assert select.select([pipe], [], [], within)[0], "the program got no answer"
        lines = os.read(pipe, 65536).decode().splitlines()
        told: dict[str, Any] = json.loads(lines[-1])
        return told

    def typist(
        self, rate: float, keys: Sequence[str] = DIGITS, *, rolling: bool = False, held: str | None = None
    ) -> Typist:
        return Typist(self.place.screen.display, rate, keys, rolling=rolling, held=held)

    def keeps(self, who: Colleague) -> None:
        """Nothing of what was typed reached their program; and it hears again, now that nobody types."""
        assert self.presses(who) == []
        self.place.wait("active", login=who.login)
        self.hears(who)

    def rest(self) -> None:
        """Locked, as before the next attack, and in touch with the service."""
        self.place.lock()
        self.place.wait("locked", "refused", service="online")


def _readable(pipe: int) -> bool:
    return bool(select.select([pipe], [], [], 0)[0])
