"""One person's programs: a session of processes of their own, that dies with the agent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk.model.people import Person
from kiosk.stage.stage import StageError

GENTLE_SECONDS = 2.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class SingleWorkspace:
    """The running command ``words``, ``{login}`` and ``{name}`` filled in. ``env`` is added to the agent's own.

    Must be made on a thread that lives as long as the agent: the kernel ends the program with that thread.
    Raises ``StageError`` if it cannot be started.
    """

    def __init__(self, words: Sequence[str], person: Person, env: Mapping[str, str], log: Path) -> None:
        self.login = person.login
        filled = [w.replace("{login}", person.login).replace("{name}", person.name) for w in words]
        try:
            with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab") as out:
                self._process = subprocess.Popen(
                    filled,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env={**os.environ, **env},
                    start_new_session=True,
                    preexec_fn=_die_with_the_agent,
                )
        except (OSError, ValueError) as error:
            raise StageError(f"The workspace's program cannot be started: {type(error).__name__}.") from None
        self.leader = self._process.pid
        self.pidfd = os.pidfd_open(self.leader)

    @property
    def running(self) -> bool:
        """Whether the program itself still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Ask all its processes to end, wait a little for the first of them, insist. Frees everything.

        A process that began a session of its own and has outlived its parent is no longer known to be ours.
        """
        theirs = [self.pidfd, *_held(members(self.leader))]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pidfd in theirs:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(pidfd, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GENTLE_SECONDS)
        for pidfd in theirs:
            os.close(pidfd)


def _held(pids: list[int]) -> list[int]:
    """Descriptors that keep meaning these processes, even if their numbers are used again."""
    found = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            found.append(os.pidfd_open(pid))
    return found


def members(leader: int) -> list[int]:
    """The processes of the workspace led by ``leader``, itself among them."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if owner(pid, {leader: ""}) is not None]


def owner(pid: int, leaders: Mapping[int, str]) -> str | None:
    """Whose workspace ``pid`` runs in; ``leaders``: process number of each workspace's leader → login.

    By the session that it belongs to, else by its ancestors: a program may begin a session of its own.
    """
    seen: set[int] = set()
    while pid > 1 and pid not in seen:
        seen.add(pid)
        line = _stat(pid)
        if line is None:
            return None
        parent, session = line
        for leader in (pid, session):
            if leader in leaders:
                return leaders[leader]
        pid = parent
    return None


def _stat(pid: int) -> tuple[int, int] | None:
    """Parent and session of ``pid``, from proc(5) ``stat``."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), int(fields[3])


def _die_with_the_agent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
