"""The hands of the scripted tour: at the workstation's screen and reader, with a picture of every step."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.demo.cast import Clinician
from kiosk.demo.hospital import DemoStation, Hospital
from kiosk.demo.processes import ChildFailedError, ChildProgram, until
from kiosk.demo.records import GROUND
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.token_check import TokenRefusedError

CORNER = (12, 780)
"""A point of the record system's window that is empty, on a screen of 1280 × 800."""
LEFT_OUT = "-"
"""The verdict on a step that this machine cannot take."""


class StepFailedError(Exception):
    """What was expected and what was there instead."""


class StepLeftOutError(Exception):
    """What this machine would need for it."""


@dataclass
class Tour:
    """``out``: where the pictures go."""

    hospital: Hospital
    station: DemoStation
    screen: VirtualScreen
    out: Path
    done: list[tuple[str, float, str]] = field(default_factory=list)
    number: int = 0

    def run(self, steps: Sequence[Step]) -> bool:
        """Every step in turn, also after one failed; True if none did."""
        for self.number, step in enumerate(steps, 1):
            title = (step.__doc__ or step.__name__).splitlines()[0]
            begun = time.monotonic()
            try:
                said = step(self) or ""
                verdict = "ok"
            except StepLeftOutError as missing:
                said, verdict = f"left out: {missing}", LEFT_OUT
            except (ChildFailedError, StepFailedError, TokenRefusedError) as failure:
                said, verdict = str(failure), "FAILED"
            taken = time.monotonic() - begun
            self.snap(step.__name__.replace("_", "-"))
            self.done.append((title, taken, verdict))
            print(f"{verdict:6} {taken:6.2f} s  {title}{'  ' + said if said else ''}", flush=True)
        return all(verdict != "FAILED" for *_, verdict in self.done)

    @property
    def left_out(self) -> bool:
        """Whether a step could not be taken on this machine."""
        return any(verdict == LEFT_OUT for *_, verdict in self.done)

    def snap(self, name: str) -> Path:
        """A picture of the screen, beside those of the step that is being taken; where it is."""
        return self.screen.picture(self.picture_of(name))

    def picture_of(self, name: str) -> Path:
        """Where a picture of that name goes, in this step."""
        return self.out / f"{self.number:02d}-{name}.png"

    def key(self, who: Clinician) -> ChildProgram:
        """Somebody's own security key is laid on the reader; ``stop`` lifts it."""
        store = self.hospital.folder / f"{who.login}.key"
        return self.hospital.place("key", "--store", str(store), pin=who.key_pin)

    def enter(self, text: str) -> None:
        """Type it, and press Enter."""
        self.screen.type(text)
        self.screen.press("Return")

    def tap(self, uid: str, *states: str, hold: float = 0.8) -> float:
        """Hold a badge to the reader for ``hold`` seconds; seconds from the placing to one of ``states``."""
        begun = time.monotonic()
        badge = self.hospital.place("badge", "--uid", uid)
        try:
            self.station.wait(*states)
            taken = time.monotonic() - begun
            time.sleep(max(0.0, hold - taken))
        finally:
            badge.stop()
        return taken

    def lifted(self) -> None:
        """The reader is empty: a card that comes before the last one's lift was seen would be the same tap."""
        until("the last card to be lifted", lambda: ready(self.station, empty=True))

    def stands_at(self, *steps: str) -> None:
        """What is under way at the station is at one of ``steps``, as ``kiosk status`` says."""
        until(f"the station at {' or '.join(steps)}", lambda: self.station.status().get("step") in steps)

    def reads(self) -> None:
        """A step-up is on the screen, and was read page by page where it is long."""
        self.station.wait("step_up")
        while (page := str(self.station.status().get("step") or "")).startswith("read."):
            until("the next page", functools.partial(self._read_on, page), every=1)

    def _read_on(self, page: str) -> bool:
        """Enter turns the page, again where it came before the page could be read; whether another is there."""
        if self.station.status().get("step") == page and not page.endswith(".busy"):
            self.screen.press("Return")
        return bool(self.station.status().get("step") != page)

    def sees_records(self) -> None:
        """The program of whoever is signed in has painted its window."""
        until("Anna's records", lambda: self.screen.pixel(*CORNER) == GROUND)

    def expect(self, login: str) -> dict[str, Any]:
        """The person at the station is ``login``. Raises ``StepFailedError``."""
        status = self.station.status()
        if status.get("person") != login:
            raise StepFailedError(f"expected {login} at the station, found {status}")
        return status


def ready(station: DemoStation, *, empty: bool = False) -> bool:
    """The station sees a reader that works; ``empty``: with no card on it."""
    readers = station.status().get("readers") or []
    return any(reader.get("state") in (("ready",) if empty else ("ready", "card")) for reader in readers)


def trail(hospital: Hospital) -> list[dict[str, Any]]:
    """The rows of the exported audit trail."""
    lines = hospital.command("audit", "export", "--data", str(hospital.data), "--format", "jsonl").splitlines()
    return [json.loads(line) for line in lines]


Step = Callable[[Tour], str | None]
"""Its docstring is its title; it answers what was seen."""
