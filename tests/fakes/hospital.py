"""A whole hospital for the stories: real pcscd, a real service over TLS, real agents, each on a screen of its own.

A story observes from outside only: a station's status, exit statuses, the audit trail, pixels. Cards are placed by this
process, administrators' commands run in it; service, agents and asking programs are processes of their own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kiosk.demo.hospital import KIOSK, Hospital, reader_name
from kiosk.demo.processes import PATIENCE, ChildProgram, until
from kiosk.demo.screen import VirtualScreen
from kiosk.simulator.link import Placed
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.commands import kiosk
from tests.fakes.forked import ForkedPopen
from tests.fakes.memory import memory
from tests.fakes.simulated_cards import a_key
from tests.fakes.workplace import Workplace, stations_at

COUNTER = 3
"""The slot of the reader at the enrolment counter; every other one may be a station's."""
SETTLED = 3.5
"""Seconds after signing in from which the own badge means leaving (it takes 3)."""
PROGRAM = Path(__file__).with_name("workspace_program.py")


class ForkedProgram(ChildProgram):
    """The service, which need not read its program anew."""

    starts = ForkedPopen


class Ward(Hospital):
    """A hospital whose administrators' commands run in this process. Its programs may name any audience."""

    def __init__(self, *args: Any, **words: Any) -> None:
        settings = str(words.pop("settings", ""))
        rest = settings.partition("[policy]\n")
        words["settings"] = f"{rest[0]}\n[policy]\nopen_audiences = true\n{rest[2]}"
        super().__init__(*args, **words)
        # On a busy disk a commit takes seconds, and stations wait for five.
        self._memory = tempfile.TemporaryDirectory(prefix="kiosk-ward-", dir=memory(), ignore_cleanup_errors=True)
        self.data = Path(self._memory.name) / "service"
        self._numbers = itertools.count(1)
        self._screens: list[VirtualScreen] = []
        self._places: list[Workplace] = []

    def start_service(self) -> None:
        self._runs += 1
        words = [*KIOSK, "service", "run", "--data", str(self.data)]
        self.service = ForkedProgram(words, self.folder / f"service-{self._runs}.out", env=self.env)
        self.service.wait_for("ready")

    def command(self, *words: str, typed: str | None = None) -> str:
        return kiosk(*words, typed=typed or "")

    def workplace(
        self,
        name: str,
        place: str,
        slot: int,
        *,
        settings: str = "",
        service: str = "",
        exempt: bool = False,
        nested: Sequence[str] = (),
        program: Sequence[str] = (),
        size: tuple[int, int] = (1280, 800),
        readable: Sequence[Path] = (),
    ) -> Workplace:
        """A station with its own screen, not started. ``service``: another replica's URL.

        ``nested``: the program of each person, for a station under the stage, ``program`` for one that is not;
        ``readable`` as of ``Hospital.station``. At one reader only one station runs: two would both read each card.
        """
        assert not (there := stations_at(self.cards, slot)), f"{there[0]} is at reader {slot} still"
        screen = VirtualScreen(self.folder / f"{name}-screen", *size)
        screen.start()
        self._screens.append(screen)
        (self.folder / name / "asked").mkdir(parents=True)
        alone = [sys.executable, "-I", str(PROGRAM), str(self.folder / name / "asked"), "{login}"]
        ours, self.url = self.url, service or self.url
        try:
            more = f"workspace = {json.dumps(list(nested or program) or alone)}\nsounds = false\n{settings}"
            seen = readable if nested else None
            station = self.station(name, place, slot=slot, settings=more, exempt=exempt, readable=seen)
        finally:
            self.url = ours
        station.env = {**self.cards.environment, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb"}
        made = Workplace(self, station, screen, slot)
        self._places.append(made)
        return made

    def stop(self) -> None:
        super().stop()
        for place in self._places:
            place.close()
        for screen in self._screens:
            screen.stop()
        self._memory.cleanup()

    def hire(self, name: str, role: str = "nurse", *, pin: bool = True, key: bool = False) -> Colleague:
        """A new person with a badge, and what else is named. Everybody's numbers are their own."""
        number = next(self._numbers)
        login = f"{name.split()[0].lower()}{number}"
        who = Colleague(login, name, f"04C0FFEE{number:06X}", f"{731000 + 37 * number}")
        self.person(login, name, role, uid=who.uid, pin=who.pin if pin else "")
        if key:
            who.key = a_key(None, KEY_PIN)
            self.enrol_key(who)
        return who

    @contextlib.contextmanager
    def browsers(self, *paths: str) -> Iterator[None]:
        """Programs at ``paths`` ring for pages meanwhile, and are nobody's that is known afterwards: one of them is
        Python, which the next story's programs are written in."""
        for path in paths:
            self.admin("program", "add", Path(path).name, "--path", path, "--browser")
        try:
            yield
        finally:
            for path in paths:
                self.admin("program", "remove", Path(path).name)

    def enrol_key(self, who: Colleague) -> None:
        """Their key is laid on the counter's reader and enrolled."""
        with self.on_counter(who.own_key):
            self.admin("key", "add", who.login, "--reader", reader_name(COUNTER), typed=KEY_PIN)

    @contextlib.contextmanager
    def on_counter(self, card: SimulatedCard) -> Iterator[None]:
        """``card`` lies on the counter's reader."""
        with Placed(card, self.cards.connect(COUNTER)) as placed:
            assert placed.wait_seen(PATIENCE)
            yield

    def trail(self, **wanted: object) -> list[dict[str, Any]]:
        """The rows of the exported audit trail whose words are as ``wanted``, in the order of their time.

        The export goes chain by chain, and each station has a chain of its own.
        """
        lines = self.command("audit", "export", "--data", str(self.data), "--format", "jsonl").splitlines()
        rows: list[dict[str, Any]] = sorted((json.loads(line) for line in lines), key=lambda row: row["at"])
        return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]

    def verify(self) -> str:
        """What ``kiosk audit verify`` says of a trail that holds. Raises ``ChildFailedError`` if it does not."""
        self.command("audit", "checkpoint", "--data", str(self.data))
        return self.command("audit", "verify", "--data", str(self.data))


def answer_in(path: Path) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON that a program in a workspace got."""
    until("the program's answer", path.exists)
    status, _, text = path.read_text().partition("\n")
    return int(status), json.loads(text or "{}")
