"""Which programs run in the workspace of an emergency access, for the trail: looked for while it lasts, each told once.

Known by the file that the kernel says a process executes; of its arguments, which may name patients, nothing is read.
The kernel tells nobody but root when a program starts, so the process table is looked at each second: what lives
shorter may be missed, and nothing that the trail says of it is complete. What was told is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.agent.doorbell.peers import path_of, started
from kiosk.agent.doorbell.programs import Programs, known
from kiosk.model.emergency import LOGIN, PROGRAM_STARTED
from kiosk.session.facts.session_orders import ReportEvent

LOOK = 1.0
"""Seconds between two looks."""
MAX_PROGRAMS = 40
"""Told of one emergency access; then once that there are more. A program that starts others all the time leaves room
in its case for what else happened."""
MAX_PATH = 240
"""Characters; the end of a longer path is told."""
INSIDE, MAX_LOOKS = -1, 10
"""A process of the workspace; in how many looks one must have been nobody's here not to be asked about again. The stage
says whose a workspace is a little after its first process began."""
MORE = "more"
"""The reason of the last report of a use that had more programs."""


class EmergencyPrograms:
    """``owner``: whose workspace a process runs in; ``programs``: those that an administrator named; ``tell``: takes
    reports. All are called on a thread of its own."""

    def __init__(
        self,
        owner: Callable[[int], str | None],
        programs: Programs,
        tell: Callable[[ReportEvent], None],
        look: float = LOOK,
    ) -> None:
        self._owner, self._programs, self._tell, self._look = owner, programs, tell, look
        self._over = threading.Event()

    def watch(self, session: str) -> None:
        """Look from now on, for emergency access ``session``. Never blocks."""
        self.leave()
        over = self._over = threading.Event()
        threading.Thread(target=self._run, args=(session, over), name="programs", daemon=True).start()

    def leave(self) -> None:
        """No more. Never blocks."""
        self._over.set()

    def _run(self, session: str, over: threading.Event) -> None:
        seen: dict[tuple[int, float], int] = {}
        told: set[tuple[str, str]] = set()
        going = True
        while going:
            going = not over.wait(self._look)
            seen = self._sorted_out(seen)
            for (pid, _), looks in seen.items():
                if looks == INSIDE and len(told) <= MAX_PROGRAMS:
                    self._one(session, pid, told)

    def _sorted_out(self, before: dict[tuple[int, float], int]) -> dict[tuple[int, float], int]:
        """Every process there is, by number and start: ``INSIDE``, or in how many looks it was nobody's here."""
        now: dict[tuple[int, float], int] = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                process = int(folder.name), started(folder)
            except (OSError, IndexError):
                continue
            looks = before.get(process, 0)
            if INSIDE < looks < MAX_LOOKS:
                looks = INSIDE if self._owner(process[0]) == LOGIN else looks + 1
            now[process] = looks
        return now

    def _one(self, session: str, pid: int, told: set[tuple[str, str]]) -> None:
        """Tell of what ``pid`` executes, unless that was told."""
        folder = Path("/proc") / str(pid)
        path = _clean(path_of(folder))
        called = "" if path else _called(folder)  # its own word, where the kernel's is not for us
        if not (path or called) or (path, called) in told:
            return
        told.add((path, called))
        if len(told) > MAX_PROGRAMS:
            self._tell(ReportEvent(PROGRAM_STARTED, session, MORE))
            return
        named = known(pid, path, self._programs) if path else None
        said = {"program": named.name if named else "", "path": path, "called": called}
        detail = {name: value for name, value in said.items() if value}
        self._tell(ReportEvent(PROGRAM_STARTED, session, detail=detail))


def _clean(path: str) -> str:
    """Its end, without what is no text."""
    text = path.encode(errors="replace").decode(errors="replace")
    return text if len(text) <= MAX_PATH else "…" + text[1 - MAX_PATH :]


def _called(folder: Path) -> str:
    """What the process is called, 15 bytes at most (proc_pid_comm(5)); empty if it has gone."""
    try:
        return (folder / "comm").read_text(errors="replace").strip()
    except OSError:
        return ""
