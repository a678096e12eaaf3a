"""``kiosk doctor`` on the queues that workspaces print to: a real CUPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cli.doctor_check import Check
from kiosk.cli.doctor_printing import workspaces
from kiosk.settings import AgentSettings, PrinterSettings
from tests.fakes.print_station import PrintStation, print_station


@pytest.fixture(scope="module")
def cups() -> Iterator[PrintStation]:
    with print_station(["ward", "label"], stopped=["broken"], refusing=["closed"]) as station:
        yield station


def asked(server: str, *printers: PrinterSettings, stage: str = "nested") -> list[Check]:
    settings = AgentSettings("https://localhost:1", "ws-1", stage=stage, printer=printers, print_server=server)  # type: ignore[arg-type] # a word of the two
    return workspaces(settings)


def test_a_station_that_does_not_print_is_asked_for_nothing(cups: PrintStation) -> None:
    assert asked(cups.address) == [] and asked(cups.address, PrinterSettings("ward"), stage="single") == []


def test_each_queue_is_told_of(cups: PrintStation) -> None:
    names = ("ward", "broken", "closed", "nowhere")
    checks = asked(cups.address, *map(PrinterSettings, names), PrinterSettings("label", raw=True))
    assert [(check.name, check.ok) for check in checks] == [
        ("printer ward", True),
        ("printer broken", False),
        ("printer closed", False),
        ("printer nowhere", False),
        ("printer label", True),
    ]
    stopped, closed, nowhere, label = checks[1:]
    assert "stopped" in stopped.detail and stopped.do == "cupsenable broken"
    assert closed.do == "cupsaccept closed"
    assert "no queue of that name" in nowhere.detail
    assert "as it is" in label.detail


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    (check,) = asked(str(tmp_path / "cups.sock"), PrinterSettings("ward"))
    assert not check.ok and "does not answer" in check.detail and str(tmp_path) in check.detail
