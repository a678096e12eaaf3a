"""Programs that nobody sees are stopped, go on as they were when they are seen, and hinder nothing meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from kiosk.stage import protocol as p
from kiosk.stage.weight import MIN_SHARE_NICE, may_be_given_back
from tests.fakes.process_table import alive, family, parent, resting, state, until, words
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, xvfb

RED, GREEN = (0xC0, 0x20, 0x20), (0x20, 0xC0, 0x20)
COUNTS = ["/bin/sh", "-c", 'while :; do sleep 0.05; echo +1 >"$1"; done', "sh", "{folder}/{login}.keys"]
"""Speaks all the time, and each time by a child of its own."""
SHELL = """
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv("/bin/bash", ["bash", "--norc", "--noprofile", "-i"])
os.write(terminal, b"cat; echo after\\n")
with open(sys.argv[1], "w") as notes:
    while said := os.read(terminal, 4096):
        print(repr(said.decode(errors="replace")), file=notes, flush=True)
        if b"\\ncat; " in said or b"$ " in said:
            os.write(terminal, b"here\\n")
"""
pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Staging]:
    """Ada's and Ben's painters, each stopped a second after it was hidden; on a display of their own."""
    with xvfb() as name:
        seen = Glass(name)
        with Staging(seen, rest=1) as staging:
            staging.greet()
            for number, login, colour in ((1, "ada", RED), (2, "ben", GREEN)):
                staging.open(number, login)
                until("its programs", lambda: seen.pixel(600, 400) == colour)  # noqa: B023 # asked at once
            yield staging
        seen.close()


def rests(first: int) -> None:
    until("everybody there is stopped", lambda: resting(first))


def test_whoever_is_not_seen_rests_and_runs_again_before_it_is_seen(stage: Staging) -> None:
    glass = stage.glass
    ada, ben = stage.first["ada"], stage.first["ben"]
    stage.show(1)
    rests(ben)
    assert not resting(ada) and state(stage.server("ben")) != "T"
    stage.show(2)
    assert "T" not in {state(pid) for pid in family(ben)}
    until("green", lambda: glass.pixel(600, 400) == GREEN)
    before = len(stage.presses("ben"))
    glass.type("abc")
    until("what is typed", lambda: len(stage.presses("ben")) == before + 3)


def test_at_a_lock_everybody_rests(stage: Staging) -> None:
    stage.show(1)
    stage.lock()
    for login in ("ada", "ben"):
        rests(stage.first[login])
    stage.show(1)
    assert not resting(stage.first["ada"]) and resting(stage.first["ben"])


def test_whoever_is_seen_again_in_time_is_not_stopped(stage: Staging) -> None:
    stage.show(1)
    stage.lock()
    stage.show(1)
    stage.show(2)
    rests(stage.first["ada"])  # a second after it was hidden; Ada's second of before would be over by now
    assert "T" not in {state(pid) for pid in family(stage.first["ben"])}


@pytest.mark.skipif(not may_be_given_back(), reason="whoever runs this may not give back what a weight takes")
def test_hidden_programs_weigh_the_least_and_seen_ones_what_they_did(stage: Staging) -> None:
    def weights(first: int) -> set[int]:
        return {os.getpriority(os.PRIO_PROCESS, pid) for pid in family(first)}

    ada, usual = stage.first["ada"], os.getpriority(os.PRIO_PROCESS, 0)
    stage.show(1)
    until("the usual weight", lambda: weights(ada) == {usual})
    stage.show(2)
    until("the least", lambda: weights(ada) == {MIN_SHARE_NICE})
    stage.show(1)
    until("the usual weight", lambda: weights(ada) == {usual})


def test_a_program_of_the_station_s_choice_goes_on_and_the_others_rest(glass: Glass) -> None:
    sleeper = ["/bin/sh", "-c", "sleep 601 & wait"]
    with Staging(glass, [sleeper], awake=[COUNTS], rest=1) as stage:
        stage.greet()
        ada = stage.open(1, "ada")
        until("its programs", lambda: stage.keys("ada"))
        stage.lock()
        stopped = until("the other one rests", lambda: {words(pid) for pid in family(ada) if state(pid) == "T"})
        assert {line.split()[0] for line in stopped} <= {"/bin/sh", "sh", "sleep"}
        sleeping = [pid for pid in family(ada) if words(pid) == "sleep 601"]
        until("its child, too", lambda: state(sleeping[0]) == "T")
        heard = len(stage.keys("ada"))
        until("the chosen one goes on", lambda: len(stage.keys("ada")) > heard + 3)
        busy = {"dbus-daemon", "openbox"}
        assert "T" not in {state(pid) for pid, name in family(ada).items() if name in busy}
        stage.show(1)
        assert state(sleeping[0]) != "T"


def test_no_shell_sees_its_child_stop(glass: Glass) -> None:
    with Staging(glass, [["/usr/bin/python3", "-c", SHELL, "{folder}/{login}.keys"]], rest=1) as stage:
        stage.greet()
        ada = stage.open(1, "ada")
        until("a command in the foreground", lambda: [pid for pid in family(ada) if words(pid) == "cat"])
        for _ in range(2):
            stage.lock()
            rests(ada)
            stage.show(1)
        cats = [pid for pid in family(ada) if words(pid) == "cat"]
        assert state(cats[0]) != "T"
        assert "Stopped" not in " ".join(stage.keys("ada"))


def test_a_program_that_makes_children_without_end_rests_too(glass: Glass) -> None:
    # Whoever was made starts the next one and ends: always a new number, and always the first process's child.
    restless = "import os, time\nwhile True:\n    time.sleep(0.002)\n    if os.fork(): os._exit(0)"
    again = ["/bin/sh", "-c", f"/usr/bin/python3 -c '{restless}'; exec tail -f /dev/null"]
    with Staging(glass, [again], rest=1) as stage:
        stage.greet()
        ada = stage.open(1, "ada")

        def restless_ones() -> set[int]:
            return {pid for pid, name in family(ada).items() if name == "python3"}

        until("it runs", lambda: "tail" in family(ada).values() and restless_ones())
        stage.lock()

        def the_last() -> set[int]:
            """Empty while it is still passed on: one look at the table may fall between two of them."""
            found = restless_ones()
            return found if found and {state(pid) for pid in found} == {"T"} and resting(ada) else set()

        last = until("the last one rests", the_last)
        assert len(last) <= 2, "the last one, and perhaps the one that made it"
        stage.show(1)
        until("it goes on", lambda: restless_ones() - last)


def test_the_end_of_a_workspace_needs_nobody_awake(stage: Staging) -> None:
    first = stage.open(3, "cleo")
    stage.lock()
    rests(first)
    everybody = [first, *family(first), stage.server("cleo")]
    stage.say(p.End(3))
    assert stage.hear(p.Gone) == p.Gone(3, "ENDED")
    until("nobody left", lambda: not any(alive(pid) for pid in everybody))


def test_limits_hold_for_whoever_rests(glass: Glass) -> None:
    with Staging(glass, [["/usr/bin/tail", "-f", "/dev/null"]], rest=1, hidden_seconds=5) as stage:
        stage.greet()
        ada = stage.open(1, "ada")
        stage.lock()
        rests(ada)
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_AGE")
        until("nobody left", lambda: not alive(ada))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stage_that_ends_leaves_nobody_stopped(glass: Glass, number: signal.Signals) -> None:
    with Staging(glass, rest=1) as stage:
        stage.greet()
        ada = stage.open(1, "ada")
        stage.lock()
        rests(ada)
        everybody = [ada, *family(ada)]
        stage.kill(number)
        until("nobody left", lambda: not any(alive(pid) for pid in everybody))


def test_a_nested_server_that_dies_takes_its_resting_programs_along(glass: Glass) -> None:
    with Staging(glass, rest=1) as stage:
        stage.greet()
        ada = stage.open(1, "ada")
        stage.lock()
        rests(ada)
        os.kill(stage.server("ada"), signal.SIGKILL)
        assert stage.hear(p.Gone) == p.Gone(1, "SERVER")
        until("nobody left", lambda: not alive(ada))
        until("the shield", lambda: glass.colours() == {LOCKED})


def test_no_program_says_of_itself_that_it_goes_on(glass: Glass) -> None:
    claims = ["/bin/sh", "-c", "sleep 602; :", "kiosk-program-awake"]
    lost = ["/bin/sh", "-c", "setsid /bin/sh -c 'sleep 603; :' kiosk-program-awake & sleep 0.2"]
    with Staging(glass, [claims, lost], awake=[COUNTS], rest=1) as stage:
        stage.greet()
        ada = stage.open(1, "ada")

        def sleepers() -> list[int]:
            return [pid for pid in family(ada) if words(pid) in ("sleep 602", "sleep 603")]

        until("one that lost its parent", lambda: ada in {parent(parent(pid)) for pid in sleepers()})
        stage.lock()
        until("both rest", lambda: [state(pid) for pid in sleepers()] == ["T", "T"])
        assert "T" not in {state(pid) for pid in family(ada) if words(pid).startswith("dbus-daemon")}
