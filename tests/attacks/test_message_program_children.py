"""A program that delivers messages leaves processes behind: in its group, or out of it, in time or too late."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from kiosk.demo.processes import until
from kiosk.service.channels.program import hand_over
from kiosk.service.channels.rules import MessageRules

START = """
import os, sys, time
def left(name):
    if os.fork() == 0:
        {escape}
        with open(out, "a") as file:
            file.write(f"{{os.getpid()}}\\n")
        time.sleep(600)
        os._exit(0)
for number in range(3):
    left(number)
while len(open(out).readlines() if os.path.exists(out) else []) < 3:
    time.sleep(0.01)
"""
ESCAPES = {
    "in the group": "pass",
    "in a session of its own": "os.setsid()",
    "as a daemon": "os.setsid()\n        os.fork() and os._exit(0)",
    "deaf": "import signal; [signal.signal(one, signal.SIG_IGN) for one in (signal.SIGTERM, signal.SIGHUP)]",
}


def rules(folder: Path, escape: str, after: str, seconds: int = 20) -> MessageRules:
    path = folder / "program.py"
    path.write_text(f"out = {str(folder / 'out')!r}\n{START.format(escape=escape)}\n{after}\n")
    return MessageRules((sys.executable, "-I", str(path)), seconds=seconds)


def alive(folder: Path) -> list[int]:
    """Those that the program left behind and that still run."""

    def runs(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        return state != "Z"

    return [pid for pid in map(int, (folder / "out").read_text().split()) if runs(pid)]


@pytest.mark.parametrize("escape", list(ESCAPES))
@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("sys.exit(0)", None),
        ("sys.exit(3)", "the program ended with 3"),
        ("os.kill(os.getpid(), 9)", "the program ended with signal 9"),
        ("time.sleep(600)", "the program took longer than 3 s"),
    ],
    ids=["well", "badly", "killed", "late"],
)
async def test_nothing_is_left_behind(tmp_path: Path, escape: str, after: str, said: str | None) -> None:
    seconds = 3 if said and "longer" in said else 60
    assert await hand_over(rules(tmp_path, ESCAPES[escape], after, seconds), b"{}") == said
    assert alive(tmp_path) == []


async def test_nothing_is_left_behind_when_the_service_ends_in_the_middle(tmp_path: Path) -> None:
    task = asyncio.create_task(hand_over(rules(tmp_path, ESCAPES["as a daemon"], "time.sleep(600)", 100), b"{}"))
    out = tmp_path / "out"
    await asyncio.to_thread(until, "its children", lambda: out.exists() and out.read_text().count("\n") >= 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(tmp_path) == []


async def test_what_it_prints_fills_nothing(tmp_path: Path) -> None:
    chatty = ("sh", "-c", "head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2; exit 0")
    assert await hand_over(MessageRules(chatty), b"{}") is None
    assert not any(path.is_file() for path in await asyncio.to_thread(lambda: list(tmp_path.iterdir())))
