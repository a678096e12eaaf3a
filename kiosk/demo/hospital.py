"""A whole hospital in one folder: its service, its card service, its stations, all as real processes.

The demo, the tour and the tests' stories use this; everything goes through the published commands.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.demo.cardservice import SLOTS_AN_ENTRY, VirtualCardService
from kiosk.demo.processes import PATIENCE, ChildFailedError, ChildProgram, until

KIOSK = (sys.executable, "-m", "kiosk")
CODE = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]))
"""Where Python and this program lie: what a sandbox must let be read to run either."""


COMMAND_SECONDS = 60
"""For one command of ours, however slow the machine is."""


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reader_name(slot: int) -> str:
    """What pcscd calls the virtual reader of ``slot``, from 0."""
    entry, place = divmod(slot, SLOTS_AN_ENTRY)
    return f"Virtual PCD {f'{entry + 1} ' if entry else ''}00 {place:02d}"


@dataclass
class DemoStation:
    """One workstation. ``home``: its folder. ``reader``: the name of its reader.

    ``nested``: under the stage, with a display a person; else the agent alone, with one display for all.
    """

    name: str
    home: Path
    reader: str
    env: Mapping[str, str]
    nested: bool = False
    child: ChildProgram | None = None
    runs: int = field(default=0)

    def start(self, within: float = PATIENCE) -> None:
        """Run the agent until it says ready. Raises ``ChildFailedError``."""
        self.runs += 1
        options = ("--reader", self.reader)
        words = [*KIOSK, "agent", "run", "--home", str(self.home), *options]
        if self.nested:
            words = [*KIOSK, "stage", "run", "--home", str(self.home), *(f"--agent-option={word}" for word in options)]
        self.child = ChildProgram(words, self.home / f"agent-{self.runs}.out", env=self.env)
        self.child.wait_for("ready", within)

    def stop(self) -> None:
        if self.child:
            self.child.stop()

    def status(self) -> dict[str, Any]:
        """What ``kiosk status --json`` says, or an empty answer while the agent is down."""
        words = [*KIOSK, "status", "--home", str(self.home), "--json"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, env=self._environment)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}

    def wait(self, *states: str, within: float = PATIENCE) -> dict[str, Any]:
        """Until the agent's state is one of ``states``; its status. Raises ``ChildFailedError``."""

        def arrived() -> dict[str, Any] | None:
            status = self.status()
            return status if status.get("state") in states else None

        try:
            return until(f"station {self.name} to be {' or '.join(states)}", arrived, within)
        except ChildFailedError as late:
            raise ChildFailedError(f"{late} It is {self.status()}.") from None

    def ask(self, request: Mapping[str, object]) -> ChildProgram:
        """A program asks for a step-up; ``answer_of`` reads what it gets."""
        words = [*KIOSK, "step-up", "--home", str(self.home), "--request", "-", "--json"]
        return ChildProgram(words, self.home / "step-up.log", typed=json.dumps(request), env=self.env)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.env}


def answer_of(program: ChildProgram, within: float = PATIENCE) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON of a finished ``kiosk step-up``. Raises ``ChildFailedError``."""
    until("the program's answer", lambda: not program.running, within)
    status = program.stop()
    try:
        return status, json.loads("\n".join(program.lines))
    except ValueError:
        raise ChildFailedError(f"the program got no answer.\n{program.tail()}") from None


def _add_lines(toml: Path, lines: str) -> None:
    if lines:
        with toml.open("a", encoding="utf-8") as file:
            file.write(lines.strip() + "\n")


class Hospital:
    """A service and its stations, not started yet.

    ``readers``: how many virtual readers. ``database``: an SQLAlchemy URL, empty for SQLite.
    ``display``: of the stations, with its ``authority`` file if it wants one.
    ``cards``: a card service that runs already, and goes on when this stops.
    ``settings``: further lines for the service's TOML.
    """

    def __init__(
        self,
        folder: Path,
        *,
        display: str = "",
        authority: str = "",
        readers: int = 2,
        database: str = "",
        cards: VirtualCardService | None = None,
        settings: str = "",
    ) -> None:
        self.folder = folder
        self.data = folder / "service"
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.cards = cards or VirtualCardService(readers=readers)
        self._own_cards = cards is None
        self._settings = settings
        self.service: ChildProgram | None = None
        self.stations: list[DemoStation] = []
        self._database = database
        self._display = display
        self._authority = {"XAUTHORITY": authority} if authority else {}
        self._plastic: list[ChildProgram] = []
        self._runs = 0
        self.away = False
        """Somebody took the service away on purpose (``take_service_away``)."""

    @property
    def env(self) -> dict[str, str]:
        """What a program needs to find the card service and the screen."""
        screen = {"DISPLAY": self._display, **self._authority} if self._display else {"QT_QPA_PLATFORM": "offscreen"}
        return {**self.cards.environment, **screen}

    def start(self) -> None:
        """Card service, data folder, service. Raises ``ChildFailedError``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._own_cards:
            self.cards.start()
        words = [
            "service",
            "init",
            "--data",
            str(self.data),
            "--origin",
            self.url,
            "--listen",
            f"127.0.0.1:{self.port}",
        ]
        self.command(*words, *(["--database", self._database] if self._database else []))
        _add_lines(self.data / "service.toml", self._settings)
        self.start_service()

    def start_service(self) -> None:
        self._runs += 1
        words = [*KIOSK, "service", "run", "--data", str(self.data)]
        self.service = ChildProgram(words, self.folder / f"service-{self._runs}.out", env=self.env)
        self.service.wait_for("ready")

    def take_service_away(self) -> None:
        """It is killed, as in an outage, and its absence is meant."""
        self.away = True
        if self.service is not None:
            self.service.kill()

    def bring_service_back(self) -> None:
        """It runs again. Raises ``ChildFailedError``; then it is still away."""
        self.start_service()
        self.away = False

    def stop(self) -> None:
        """Everything, stations first. Safe to call twice."""
        for child in self._plastic:
            child.stop()
        for station in self.stations:
            station.stop()
        if self.service:
            self.service.stop()
        if self._own_cards:
            self.cards.close()

    def command(self, *words: str, typed: str | None = None) -> str:
        """Run one ``kiosk`` command to its end; its standard output. Raises ``ChildFailedError`` if it fails."""
        try:
            done = subprocess.run(
                [*KIOSK, *words],
                input=typed + "\n" if typed is not None else "",
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS,
                check=False,
                env={**os.environ, **self.env},
            )
        except subprocess.TimeoutExpired as late:
            said = f"not done within {COMMAND_SECONDS} s. Is this machine very busy?"
            raise ChildFailedError(f"kiosk {' '.join(words[:4])}: {said}") from late
        if done.returncode:
            raise ChildFailedError(f"kiosk {' '.join(words[:4])}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def admin(self, *words: str, typed: str | None = None) -> str:
        return self.command("admin", "--data", str(self.data), *words, typed=typed)

    def person(self, login: str, name: str, role: str, *, uid: str = "", pin: str = "") -> None:
        """A person, with a badge and a PIN where given."""
        self.admin("person", "add", login, "--name", name, "--role", role)
        if uid:
            self.admin("badge", "add", login, "--uid", uid)
        if pin:
            self.admin("pin", "set", login, typed=pin)

    def station(
        self,
        name: str,
        place: str,
        *,
        slot: int = 0,
        settings: str = "",
        exempt: bool = False,
        readable: Sequence[Path | str] | None = None,
    ) -> DemoStation:
        """Enrol a workstation on the reader of ``slot``; ``settings``: further lines for its TOML. Not started yet.

        ``exempt``: it may stay open while its person signs in elsewhere. ``readable``: the station runs under the
        stage, and workspaces see these paths besides what they need to run this program.
        """
        said = self.admin("workstation", "add", name, "--place", place, *(["--exempt"] if exempt else []))
        home = self.folder / name
        code = said.strip().splitlines()[-1].split()[-1]
        self.command("agent", "enroll", "--home", str(home), "--service", self.url, "--code", "-", typed=code)
        _add_lines(home / "agent.toml", settings)
        if readable is not None:
            paths = sorted({*CODE, *map(str, readable)})
            _add_lines(home / "agent.toml", f'stage = "nested"\nworkspace_readable = {json.dumps(paths)}')
        station = DemoStation(name, home, reader_name(slot), self.env, nested=readable is not None)
        self.stations.append(station)
        return station

    def place(self, kind: str, *words: str, slot: int = 0, pin: str | None = None) -> ChildProgram:
        """Put plastic on the reader of ``slot`` and wait until it lies there; ``stop`` lifts it."""
        more = ["--pin", "-"] if pin is not None else []
        command = [*self.cards.enter, *KIOSK, "simulate", kind, *words, *more, "--reader", reader_name(slot)]
        log = self.folder / f"plastic-{len(self._plastic)}.out"
        child = ChildProgram(command, log, typed=pin, env=self.env)
        self._plastic.append(child)
        child.wait_for("placed")
        return child
