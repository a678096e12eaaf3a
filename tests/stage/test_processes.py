"""Who is in a workspace, and who of them goes on; and that nobody who is woken behind the stage's back goes on long."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from kiosk.stage import rest
from kiosk.stage.loop import Loop
from kiosk.stage.nested_workspace import Room
from kiosk.stage.processes import Descent, Process, runs
from tests.fakes.process_table import family, state, until

MANY = 1200
"""Children whose numbers are more than a page."""
BROOD = f"""
import os, signal
for _ in range({MANY}):
    if os.fork() == 0:
        signal.pause()
print(flush=True)
signal.pause()
"""
HEADLESS = """
import ctypes, threading, time
threading.Thread(target=lambda: time.sleep(600)).start()
print(flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""


@contextlib.contextmanager
def started(*words: str) -> Iterator[int]:
    """That program's first process, once it has said a word."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            yield child.pid
        finally:
            os.killpg(child.pid, signal.SIGKILL)


def python(text: str) -> list[str]:
    return ["/usr/bin/python3", "-IS", "-c", text]


def test_of_many_children_none_is_overlooked() -> None:
    with started(*python(BROOD)) as pid:
        descent = Descent(pid, some_awake=False)
        first = descent.next()
        assert first is not None and len(first) == MANY
        assert descent.next() is None


def test_whose_first_thread_has_ended_goes_on_and_can_be_stopped() -> None:
    with started(*python(HEADLESS)) as pid:
        until("its first thread ends", lambda: state(pid) == "Z")
        headless = Process(pid, int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]))
        assert runs(headless)
        os.kill(pid, signal.SIGSTOP)
        until("all its threads rest", lambda: not runs(headless))


class Programs:
    """What is asked of a workspace."""

    number = 1

    def __init__(self, first: int) -> None:
        self.first = first


class Hidden:
    """A workspace of two programs, hidden for long enough."""

    def __init__(self, first: int) -> None:
        self.loop = Loop()
        self.rest = rest.Rest(self.loop, 0.005, some_awake=False)
        self.room = cast("Room", Programs(first))
        self.pids = {name: pid for pid, name in family(first).items()}
        self.rest.let(self.room)

    def states(self) -> dict[str, str]:
        return {name: state(pid) for name, pid in self.pids.items()}

    def passes(self, what: str, seen: Callable[[], bool]) -> None:
        """Time, until ``seen()``."""
        tries = 2000

        def look() -> None:
            nonlocal tries
            tries -= 1
            if seen() or not tries:
                self.loop.end()
            else:
                self.loop.after(0.005, "look", look)

        self.loop._ended = False
        look()
        self.loop.run()
        assert tries, what


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hidden]:
    monkeypatch.setattr(rest, "_AGAIN", 0.02)
    with started("/bin/sh", "-c", "sleep 611 & tail -f /dev/null & echo; wait; :") as first:
        until("both", lambda: {"sleep", "tail"} == set(family(first).values()))
        yield Hidden(first)


def test_who_is_woken_behind_the_stages_back_is_stopped_again(hidden: Hidden) -> None:
    hidden.passes("both rest", lambda: set(hidden.states().values()) == {"T"})
    os.kill(hidden.pids["sleep"], signal.SIGCONT)  # as a timer of its own could do
    assert state(hidden.pids["sleep"]) != "T"
    hidden.passes("both rest again", lambda: set(hidden.states().values()) == {"T"})
    hidden.rest.wake(hidden.room)
    assert "T" not in hidden.states().values()


def test_what_its_person_had_stopped_stays_so(hidden: Hidden) -> None:
    os.kill(hidden.pids["tail"], signal.SIGSTOP)
    hidden.passes("both rest", lambda: set(hidden.states().values()) == {"T"})
    hidden.rest.wake(hidden.room)
    assert hidden.states()["tail"] == "T" and hidden.states()["sleep"] != "T"
