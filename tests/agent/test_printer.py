"""Recovery codes on paper: by the station's own command, on its standard input, and nowhere else."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.agent.printer import Printer, sheet
from kiosk.model.people import Person
from kiosk.session.facts.events import Event, Printed
from kiosk.session.facts.orders import PrintCodes
from kiosk.ui.words import Words

ANNA = Person("p-1", "anna", "Anna Alvarez", ())
CODES = PrintCodes(7, ANNA, tuple(f"1111 222{n}" for n in range(10)), 1_790_000_000)
COPY = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + repr(sorted(os.environ)))"


def printed(command: tuple[str, ...]) -> Printed:
    """What the printer says."""
    said: queue.SimpleQueue[Event] = queue.SimpleQueue()
    printer = Printer(command, "en", said.put)
    printer.codes(CODES)
    event = said.get(timeout=30)
    printer.stop()
    assert isinstance(event, Printed)
    return event


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Says in which zone this machine is; it is where it was afterwards."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-09-21"), ("LINT-14", "2026-09-22")])
def test_the_sheet_goes_to_the_command_and_nothing_else_does(
    tmp_path: Path, in_zone: Callable[[str], None], zone: str, day: str
) -> None:
    in_zone(zone)
    paper = tmp_path / "paper"
    assert printed((sys.executable, "-I", "-c", COPY, str(paper))) == Printed(7, True)
    text = paper.read_text()
    assert text.startswith(f"Your recovery codes\nAnna Alvarez\nEnds: {day}\n\n 1.  1111 2220\n")
    assert "10.  1111 2229\n" in text
    assert "DISPLAY" not in text
    assert "HOME" not in text


@pytest.mark.parametrize("command", [(), ("/no/such/printer",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_where_nothing_was_printed_it_says_so(command: tuple[str, ...]) -> None:
    assert printed(command) == Printed(7, False)


@pytest.mark.parametrize("language", ["es", "fr"])
def test_the_sheet_is_in_the_stations_language(language: str) -> None:
    assert sheet(CODES, Words(language)).splitlines()[0] != sheet(CODES, Words("en")).splitlines()[0]


def test_an_order_never_shows_the_codes() -> None:
    assert "1111" not in repr(CODES)
