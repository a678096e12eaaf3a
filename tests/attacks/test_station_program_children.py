"""What a station starts leaves processes behind: the hooks' program and the print command, in time or too late."""

from __future__ import annotations

import queue
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk import reaper
from kiosk.agent import printer as printing
from kiosk.agent.hooks import Hooks
from kiosk.agent.outside import Outside
from kiosk.agent.printer import Printer
from kiosk.demo.processes import until
from kiosk.model.people import Person
from kiosk.session.facts.events import Event, Printed
from kiosk.session.facts.orders import PrintCodes
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from tests.attacks.test_message_program_children import ESCAPES, START, alive

ANNA = Person("p-1", "anna", "Anna Okonkwo", ("nurse",))
HOOK = RunHook("tap_in", "s1", ANNA, "Ward 3 East", "Bay 2", None, None)
CODES = PrintCodes(7, ANNA, tuple(f"1111 222{n}" for n in range(10)), 1_790_000_000)
ENDS = {
    "well": ("sys.exit(0)", None),
    "badly": ("sys.exit(3)", "status_3"),
    "killed": ("os.kill(os.getpid(), 9)", "signal_9"),
    "late": ("time.sleep(600)", "too_slow"),
}


def program(folder: Path, escape: str, after: str) -> tuple[str, ...]:
    """One that starts three processes which get away as ``escape`` says, and then does ``after``."""
    path = folder / "program.py"
    path.write_text(f"out = {str(folder / 'out')!r}\n{START.format(escape=ESCAPES[escape])}\n{after}\n")
    return sys.executable, "-I", str(path)


@pytest.mark.parametrize("escape", list(ESCAPES))
@pytest.mark.parametrize("end", list(ENDS))
def test_nothing_is_left_behind(tmp_path: Path, escape: str, end: str) -> None:
    after, said = ENDS[end]
    seconds = 3 if end == "late" else 60
    assert Outside(program(tmp_path, escape, after), seconds).run(b"{}\n") == said
    assert alive(tmp_path) == []


@pytest.mark.parametrize("end", ["badly", "late"])
def test_the_hooks_program(tmp_path: Path, end: str) -> None:
    told: queue.Queue[ReportEvent] = queue.Queue()
    after, said = ENDS[end]
    hooks = Hooks(program(tmp_path, "as a daemon", after), 3 if end == "late" else 60, told.put)
    hooks.run(HOOK)
    assert told.get(timeout=90).reason == said
    assert alive(tmp_path) == []
    hooks.stop()


def test_an_agent_that_stops_takes_it_along(tmp_path: Path) -> None:
    hooks = Hooks(program(tmp_path, "as a daemon", "time.sleep(600)"), 600, lambda _told: None)
    hooks.run(HOOK)
    out = tmp_path / "out"
    until("its children", lambda: out.exists() and out.read_text().count("\n") >= 3)
    hooks.stop()
    until("their end", lambda: alive(tmp_path) == [])


@pytest.mark.parametrize("end", ["well", "late"])
def test_the_print_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(printing, "SECONDS", 3.0 if end == "late" else 60.0)
    said: queue.SimpleQueue[Event] = queue.SimpleQueue()
    printer = Printer(program(tmp_path, "as a daemon", ENDS[end][0]), "en", said.put)
    printer.codes(CODES)
    assert said.get(timeout=90) == Printed(7, end == "well")
    assert alive(tmp_path) == []
    printer.stop()


def test_what_does_not_read_and_what_prints_a_lot(tmp_path: Path) -> None:
    chatty = ("/bin/sh", "-c", "head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2; exit 0")
    assert Outside(chatty, 60).run(b"x" * 1_000_000) is None
    assert Outside(("/no/such/program",), 60).run(b"") == "not_started"


def test_a_keeper_that_was_killed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(*_words: Any) -> list[str]:
        return ["/bin/sh", "-c", "kill -9 $$"]

    monkeypatch.setattr(reaper, "words", words)
    assert Outside(("/bin/true",), 60).run(b"") == "broken"
