"""Parts of a nested stage fail, freeze or are killed: locked, and nobody else is concerned."""

from __future__ import annotations

import os
import signal

import pytest

from kiosk.stage import protocol as p
from kiosk.stage.pulse import EVERY, MISSED
from tests.fakes.process_table import alive, family, until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass
from tests.stage.nested.seen import GREEN, RED, is_locked, one, sees, stage_pid


def test_a_second_stage_is_refused_and_the_first_goes_on(stage: Staging, ada: int) -> None:
    second = Staging(stage.glass)
    with pytest.raises(AssertionError, match="the stage ended with 78"):
        second.start()
    second.__exit__(None, None, None)
    sees(stage, RED)
    stage.glass.type("a")
    until("a key", lambda: stage.presses("ada"))


def test_the_log_says_why_an_agent_was_given_up(glass: Glass, capfd: pytest.CaptureFixture[str]) -> None:
    with Staging(glass) as stage:
        stage.greet()
        stage.say_raw(b"UNLOCK")
        stage.accept()
        assert "The agent can no longer be relied on (MALFORMED)." in capfd.readouterr().err


def test_after_a_killed_stage_the_next_one_is_not_refused(glass: Glass) -> None:
    for _ in range(3):
        with Staging(glass) as stage:
            stage.greet()
            stage.kill()


@pytest.mark.parametrize(
    "packet",
    [b"", b"UNLOCK", b"SHOW", b"SHOW 01", b"SHOW -1", b"SHOW 1 1", b"show 1", b"ADD 5 x", b"\xff" * 40, b"A" * 4097],
    ids=["empty", "unknown", "short", "zero", "sign", "long", "case", "fields", "bytes", "huge"],
)
def test_a_malformed_message_locks_and_costs_the_agent_its_life(stage: Staging, ada: int, packet: bytes) -> None:
    before = stage.agent
    stage.say_raw(packet)
    is_locked(stage)
    stage.accept()
    assert not alive(before)
    stage.greet()
    assert stage.hear(p.Have).login == "ada"
    assert stage.glass.colours() == {LOCKED}


def test_an_agent_that_falls_silent_is_replaced_and_the_screen_locked(stage: Staging, ada: int) -> None:
    before = stage.agent
    stage.silence()
    is_locked(stage)
    stage.accept()
    assert stage.agent != before and not alive(before)


def test_a_killed_agent_means_locked_and_the_workspaces_stay(stage: Staging, ada: int) -> None:
    os.kill(stage.agent, signal.SIGKILL)
    is_locked(stage)
    stage.accept()
    stage.greet()
    assert stage.hear(p.Have) == p.Have(1, "ada")
    assert stage.hear(p.Inside) == p.Inside(1, ada)
    assert stage.glass.colours() == {LOCKED}
    stage.show(1)
    sees(stage, RED)


@pytest.mark.parametrize("shown", [True, False], ids=["active", "locked"])
def test_a_killed_stage_leaves_nothing_to_be_seen_and_nothing_running(stage: Staging, ada: int, shown: bool) -> None:
    if not shown:
        stage.lock()
        is_locked(stage)
    everybody = family(stage_pid(stage))
    stage.kill()
    until("nothing of ada's", lambda: RED not in stage.glass.colours())
    until(
        "nobody left", lambda: not [f"{pid} {everybody[pid]}" for pid in everybody if alive(pid) and pid != stage.agent]
    )
    assert RED not in stage.glass.colours()


def test_a_hidden_one_s_dead_server_concerns_nobody_else(stage: Staging, ada: int) -> None:
    stage.open(2, "ben")
    sees(stage, GREEN)
    os.kill(stage.server("ada"), signal.SIGKILL)
    assert stage.hear(p.Gone) == p.Gone(1, "SERVER")
    sees(stage, GREEN)
    until("all of ada's", lambda: not alive(ada))
    stage.say(p.Show(1))
    assert stage.hear(p.Gone).number == 1
    sees(stage, GREEN)


def test_the_shown_one_s_dead_server_leaves_the_shield(stage: Staging, ada: int) -> None:
    os.kill(stage.server("ada"), signal.SIGKILL)
    assert stage.hear(p.Gone) == p.Gone(1, "SERVER")
    is_locked(stage)


@pytest.mark.parametrize("when", ["seen", "hidden"])
def test_a_stopped_server_is_ended_once_it_is_to_be_seen(stage: Staging, ada: int, when: str) -> None:
    """They would look at an empty screen for ever. Nobody else's ends."""
    stage.open(2, "ben")
    if when == "seen":
        stage.show(1)
    os.kill(stage.server("ada"), signal.SIGSTOP)
    if when == "hidden":
        stage.show(1)
    assert stage.hear(p.Gone) == p.Gone(1, "HUNG")
    is_locked(stage)
    until("all of ada's", lambda: not alive(ada))
    stage.show(2)
    sees(stage, GREEN)


def test_when_the_programs_end_the_workspace_is_gone(stage: Staging, ada: int) -> None:
    os.kill(next(pid for pid, name in family(ada).items() if name.startswith("python")), signal.SIGKILL)
    assert stage.hear(p.Gone) == p.Gone(1, "PROGRAMS")
    is_locked(stage)


def test_a_dead_window_manager_is_started_again(stage: Staging, ada: int) -> None:
    before = one(stage, "openbox", ada)
    os.kill(before, signal.SIGKILL)
    until("another one", lambda: one(stage, "openbox", ada) != before)
    sees(stage, RED)


def test_a_frozen_program_and_server_cannot_delay_a_lock(stage: Staging, ada: int) -> None:
    for pid, name in family(stage_pid(stage)).items():
        if name == "Xephyr" or pid in family(ada):
            os.kill(pid, signal.SIGSTOP)
    stage.lock()
    is_locked(stage)


def test_a_server_that_a_program_holds_is_not_taken_for_a_stopped_one(glass: Glass) -> None:
    """It answers nobody, and is their own program's doing: what they have open stays."""
    with Staging(glass, [program("holder", "C02020")]) as stage:
        stage.greet()
        stage.open(1, "ada")
        sees(stage, RED)
        with pytest.raises(TimeoutError):
            stage.hear(p.Gone, patience=(MISSED + 3) * EVERY)
        sees(stage, RED)
