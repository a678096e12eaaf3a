"""A station under the stage on two monitors of different size, with programs that paint, and ring when told to."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.painter import COLOURS
from tests.fakes.process_table import family, server_of, until, words
from tests.fakes.staging import ROOT
from tests.fakes.workplace import Workplace

MONITORS = ((1280, 1024), (1920, 1080))
PAINTER = ROOT / "tests/fakes/painter.py"
START = f"""
person=${{KIOSK_LOGIN%%[0-9]*}}
(while read -r asked < "PIPES/$person.ask"; do
    printf %s "$asked" | "{sys.executable}" -m kiosk step-up --request - --json > "PIPES/$person.answer"
done) &
exec "{sys.executable}" "{PAINTER}" "$person"
"""
"""Logins in a ward end in a number, which is no part of the colour's name, nor of the pipes'."""
ASK = {
    "action": "record.export",
    "resource": "Ward/5",
    "records": 3,
    "purpose": "transfer of care",
    "patients": ["Patient/1001"],
    "audience": "urn:stories:staged",
}


class Staged:
    """``place``: the station. Everything else is found by looking at the machine from outside."""

    def __init__(self, ward: Ward, pipes: Path, slot: int = 0) -> None:
        self._pipes = pipes
        width, height = sum(w for w, _ in MONITORS), max(h for _, h in MONITORS)
        program = ["/bin/sh", "-c", START.replace("PIPES", str(pipes))]
        self.place: Workplace = ward.workplace(
            "staged", "Ward 5", slot, nested=program, readable=[pipes], size=(width, height)
        )
        self.place.screen.monitors(*MONITORS)
        for login in ("ada", "ben"):
            for kind in ("ask", "answer"):
                os.mkfifo(pipes / f"{login}.{kind}")

    def start(self) -> None:
        self.place.station.start()
        self.place.wait("locked", service="online")

    def shows(self, who: Colleague) -> None:
        """Until their work is seen."""
        until(f"{who.login}'s workspace", lambda: self.place.shows(colour(who)))

    def rings(self, who: Colleague, request: Mapping[str, Any]) -> Answer:
        """Their program, inside, asks for a step-up."""
        answer = Answer(self._pipes / f"{_first_name(who)}.answer")
        (self._pipes / f"{_first_name(who)}.ask").write_text(json.dumps(request) + "\n")
        return answer

    def agent(self) -> int:
        return agent_of(self.place)

    def stage(self) -> int:
        return stage_of(self.place)

    def server(self, who: Colleague) -> int:
        """Of their workspace, the nested X server."""
        return server_of(self.stage(), who.login)

    def programs(self, who: Colleague) -> list[int]:
        """The painters in their workspace."""
        return [
            p for p in family(self.stage()) if str(PAINTER) in (line := words(p)) and line.endswith(_first_name(who))
        ]


def stage_of(place: Workplace) -> int:
    """The process that owns the display, once there is one."""
    child = place.station.child
    assert child is not None
    shell = child.process.pid
    return until("the stage", lambda: next((pid for pid in family(shell) if " -I -S -c " in words(pid)), None))


def agent_of(place: Workplace) -> int:
    """The process that draws and decides, once there is one."""

    def found() -> int | None:
        line = f"-m kiosk agent run --home {place.home}"
        return next((pid for pid in family(stage_of(place)) if line in words(pid)), None)

    return until("the agent", found)


class Answer:
    """What ``kiosk step-up`` inside said, on a pipe that opens only when both ends are wanted."""

    def __init__(self, path: Path) -> None:
        self._pipe = os.open(path, os.O_RDWR)

    def read(self) -> dict[str, Any]:
        """Waits for it."""
        told: dict[str, Any] = json.loads(os.read(self._pipe, 65536))
        os.close(self._pipe)
        return told


def colour(who: Colleague) -> int:
    """Of their painter, as 0xRRGGBB."""
    return COLOURS[_first_name(who)]


def _first_name(who: Colleague) -> str:
    return who.login.rstrip("0123456789")
