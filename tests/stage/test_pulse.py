"""A process that runs is told from one that does not, by nothing but what the system says of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.processes import until
from kiosk.stage.pulse import MISSED, Pulse

_ECHO = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
_BUSY = "print(flush=True)\nwhile True: pass"


@pytest.fixture
def echo() -> Iterator[subprocess.Popen[bytes]]:
    """Sleeps whenever it has said what it was told."""
    yield from _running(_ECHO)


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """Never sleeps."""
    yield from _running(_BUSY)


def _running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-I", "-S", "-c", program]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def _woken(process: subprocess.Popen[bytes]) -> None:
    """It has answered and gone to sleep again."""
    assert process.stdin is not None and process.stdout is not None
    before = _naps(process.pid)
    process.stdin.write(b"x\n")
    process.stdin.flush()
    process.stdout.readline()
    until("its sleep", lambda: _naps(process.pid) > before)


def _naps(pid: int) -> int:
    """How often it went to sleep by itself."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["voluntary_ctxt_switches"])


def test_one_that_is_woken_and_sleeps_again_runs_though_it_answers_nobody(echo: subprocess.Popen[bytes]) -> None:
    pulse = Pulse(echo.pid)
    for _ in range(3 * MISSED):
        _woken(echo)
        assert not pulse.stopped(answered=False)


def test_one_that_answers_runs_though_it_never_sleeps(busy: subprocess.Popen[bytes]) -> None:
    pulse = Pulse(busy.pid)
    assert not any(pulse.stopped(answered=True) for _ in range(3 * MISSED))


def test_one_that_was_stopped_does_not_run(echo: subprocess.Popen[bytes]) -> None:
    pulse = Pulse(echo.pid)
    _woken(echo)
    os.kill(echo.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, echo.pid, os.WSTOPPED)
    assert [pulse.stopped(answered=False) for _ in range(MISSED + 1)] == [False] * MISSED + [True]
    assert not pulse.stopped(answered=True)
    os.kill(echo.pid, signal.SIGCONT)


def test_where_the_system_does_not_say_nothing_is_ended() -> None:
    pulse = Pulse(0)
    assert not any(pulse.stopped(answered=False) for _ in range(3 * MISSED))
