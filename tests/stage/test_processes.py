"""Who is in a workspace, and who of them goes on; and that nobody who is woken behind the stage's back goes on long."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from kiosk.stage import rest
from kiosk.stage.loop import Loop
from kiosk.stage.nested_workspace import NestedWorkspace
from kiosk.stage.processes import Descent, HerdProcess, runs
from tests.fakes.process_table import family, state, until, words

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
def started(*command: str) -> Iterator[int]:
    """That program's first process, once it has said a word."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as child:
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
        headless = HerdProcess(pid, int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]))
        assert runs(headless)
        os.kill(pid, signal.SIGSTOP)
        until("all its threads rest", lambda: not runs(headless))


TREE = """
import json, signal, subprocess, sys
name, *below = json.loads(sys.argv[2])
for one in below:
    words = [one[0], "-IS", "-c", sys.argv[1], sys.argv[1], json.dumps(one)]
    subprocess.Popen(words, executable="/usr/bin/python3", stdout=subprocess.PIPE).stdout.readline()
print(flush=True)
signal.pause()
"""
BUS = "/usr/bin/dbus-daemon"


def test_what_the_bus_started_rests_where_some_programs_go_on_but_not_a_desktop_s_helpers() -> None:
    bus = [BUS, [BUS, ["/usr/bin/film", ["/usr/bin/player"]]], [BUS, ["/usr/libexec/dconf-service"]]]
    tree = ["first", ["/usr/bin/dbus-run-session", bus, ["/usr/bin/openbox"]]]
    with started(*python(TREE), TREE, json.dumps(tree)) as pid:
        descent = Descent(pid, some_awake=True)
        found: list[str] = []
        while (level := descent.next()) is not None:
            found += [words(process.pid).split()[0] for process in level]
    assert found == ["/usr/bin/film", "/usr/bin/player"]


class Programs:
    """What is asked of a workspace."""

    number = 1

    def __init__(self, first: int) -> None:
        self.first = first


class Hidden:
    """A workspace of two programs, hidden for long enough."""

    def __init__(self, first: int) -> None:
        self.loop = Loop()
        self.rest = rest.WorkspaceSlowdown(self.loop, 0.005, some_awake=False)
        self.room = cast("NestedWorkspace", Programs(first))
        self.pids = {name: pid for pid, name in family(first).items()}
        self.rest.assign(self.room)

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
    until("it is stopped", lambda: hidden.states()["tail"] == "T")
    hidden.passes("both rest", lambda: set(hidden.states().values()) == {"T"})
    hidden.rest.wake(hidden.room)
    assert hidden.states()["tail"] == "T" and hidden.states()["sleep"] != "T"
