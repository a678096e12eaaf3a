"""A workspace that takes too much, or is one too many, is ended; its person is told when they come again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kiosk.stage import memory
from kiosk.stage import protocol as p
from tests.fakes.process_table import family, until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
SOMEBODY = 54_321
"""A user that owns nothing on this machine."""
IDLE = ["/usr/bin/tail", "-f", "/dev/null"]
HUNGRY = "(head -c 70000000 /dev/zero; sleep 600) | tail"
"""Takes some 70 MB, then keeps them."""
TEST_ROOT = os.getuid() == 0


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


def add(stage: Staging, number: int, login: str) -> None:
    stage.say(p.Add(number, login, login.title(), ""))
    stage.say(p.Show(number))
    assert stage.hear(p.Shown).number == number


def is_told_nothing(stage: Staging, number: int, login: str) -> None:
    """What is said of an earlier workspace is said before the new one is shown."""
    add(stage, number, login)
    assert not [answer for answer in stage._heard if isinstance(answer, p.Ended)]


def test_the_memory_of_all_its_programs_together_ends_a_workspace_and_its_person_is_told_once(glass: Glass) -> None:
    three = ["/bin/sh", "-c", f"for i in 1 2 3; do ({HUNGRY}) & done; wait"]
    with Staging(glass, [three], each_mib=160, namespaces=2) as stage:
        stage.greet()
        add(stage, 1, "ada")
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_MEMORY")
        until("the shield", lambda: glass.colours() == {LOCKED})
        stage.say(p.Add(2, "ada", "Ada", ""))
        assert stage.hear(p.Ended) == p.Ended(2, "LIMIT_MEMORY")
        stage.say(p.End(2))
        assert stage.hear(p.Gone).number == 2
        is_told_nothing(stage, 3, "ada")


@pytest.mark.parametrize("where", ["memfd", "$HOME", "/dev/shm", "own"])
def test_memory_that_no_process_has_mapped_counts(glass: Glass, where: str) -> None:
    with Staging(glass, [program("tmpfs_hog", where, "150")], each_mib=160, namespaces=2) as stage:
        stage.greet()
        add(stage, 1, "ada")
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_MEMORY")


def test_a_memfd_that_is_mapped_counts_once() -> None:
    holds = "import mmap, os; f = os.memfd_create('x'); os.ftruncate(f, 64 << 20); m = mmap.mmap(f, 64 << 20)\n"
    holds += "m.write(b'1' * (64 << 20)); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline()
        assert 64 << 10 < memory.taken_kib([child.pid], 0) < 96 << 10
        child.communicate(b"\n")


def test_one_program_within_the_limit_stays(glass: Glass) -> None:
    one = ["/bin/sh", "-c", HUNGRY]
    with Staging(glass, [one], each_mib=160) as stage:
        stage.greet()
        add(stage, 1, "ada")
        first = stage.hear(p.Inside).pid
        until("it has eaten", lambda: memory.taken_kib(memory.families([first])[first], 0) > 40 << 10)
        with pytest.raises(TimeoutError):
            stage.hear(p.Gone, patience=2.5)  # it was weighed in between


def test_what_ended_a_workspace_is_remembered_beyond_the_agent(glass: Glass) -> None:
    with Staging(glass, [IDLE], most=1) as stage:
        stage.greet()
        add(stage, 1, "ada")
        stage.lock()
        add(stage, 2, "ben")
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_MANY")
        os.kill(stage.agent, signal.SIGKILL)
        stage.accept()
        stage.greet()
        stage.say(p.Add(3, "ada", "Ada", ""))
        assert stage.hear(p.Ended) == p.Ended(3, "LIMIT_MANY")


def test_one_that_was_hidden_too_long_goes(glass: Glass) -> None:
    with Staging(glass, [IDLE], hidden_seconds=1) as stage:
        stage.greet()
        add(stage, 1, "ada")
        stage.lock()
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_AGE")


def test_when_the_machine_is_full_a_hidden_one_goes(glass: Glass) -> None:
    with Staging(glass, [IDLE], hidden_seconds=2, free_mib=1 << 30) as stage:
        stage.greet()
        add(stage, 1, "ada")
        add(stage, 2, "ben")
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_FULL")


def test_when_the_machine_is_full_the_greediest_goes_before_the_oldest(glass: Glass) -> None:
    eats = ["/bin/sh", "-c", f"[ {{login}} = ben ] && ({HUNGRY}); exec tail -f /dev/null"]
    with Staging(glass, [eats], hidden_seconds=20, free_mib=1 << 30) as stage:
        stage.greet()
        for number, login in ((1, "ada"), (2, "ben"), (3, "cleo")):
            add(stage, number, login)
        assert stage.hear(p.Gone, patience=30) == p.Gone(2, "LIMIT_FULL")


@pytest.mark.skipif(not TEST_ROOT, reason="the stage is given another user's rights, which only root can")
def test_a_fork_bomb_fills_its_own_workspace_and_no_other(glass: Glass) -> None:
    # Ten times what they may have, and no more: where the limit fails, this test does, and not the machine.
    # One shell makes them all: of a tree of shells those that may make no child end, and with them all below.
    grows = "i=0; while [ $i -lt 600 ]; do sleep 600 & i=$((i + 1)); done"
    bomb = ["/bin/sh", "-c", f"[ {{login}} = ben ] || ({grows}); exec tail -f /dev/null"]
    with Staging(glass, [bomb], user=SOMEBODY, processes=60) as stage:
        stage.greet()
        add(stage, 1, "ada")
        first = stage.hear(p.Inside).pid
        until("it has grown", lambda: len(family(first)) > 20)
        add(stage, 2, "ben")
        second = stage.hear(p.Inside).pid
        until("ben's programs", lambda: "tail" in family(second).values())
        assert len(family(first)) <= 60
        stage.lock()
        until("the shield", lambda: glass.colours() == {LOCKED})
        stage.say(p.End(1))
        assert stage.hear(p.Gone) == p.Gone(1, "ENDED")
        until("nobody left", lambda: not family(first))


def test_who_hides_its_memory_counts_in_full() -> None:
    pid = os.getpid()
    assert memory.taken_kib([pid], 1 << 40) >= memory.taken_kib([pid], 0) > 0
    assert memory.families([pid])[pid][0] == pid
    assert memory.taken_kib([0x7FFFFFFF], 0) == 0
