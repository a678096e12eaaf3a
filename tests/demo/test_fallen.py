"""The table of a demo with windows says what has ended, and closes a window in which nothing is drawn any more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.fallen import AGAIN, CARDS, SERVICE, STATION, fallen
from kiosk.demo.hospital import DemoStation, Hospital
from kiosk.demo.processes import ChildProgram, until
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.service_switch import BRING, TAKE, ServiceSwitch
from kiosk.demo.table import CardTable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytestmark = pytest.mark.pcsc


@pytest.fixture
def hospital(card_service: VirtualCardService, tmp_path: Path) -> Iterator[Hospital]:
    """Its parts are programs that do nothing but run."""
    made = Hospital(tmp_path, cards=card_service)
    made.service = ChildProgram(["sleep", "600"], tmp_path / "service.log")
    runs = ChildProgram(["sleep", "600"], tmp_path / "station.log")
    made.stations.append(DemoStation("ward-3", tmp_path, "", {}, child=runs))
    yield made
    made.stop()


def test_while_all_run_nothing_is_said(hospital: Hospital) -> None:
    assert fallen(hospital) == ""


def test_each_part_that_ended_has_its_sentence(hospital: Hospital) -> None:
    assert hospital.service is not None
    hospital.service.kill()
    assert fallen(hospital) == f"{SERVICE} {AGAIN}"
    hospital.cards.kill9()
    assert fallen(hospital) == f"{CARDS} {SERVICE} {AGAIN}"
    hospital.stations[0].stop()
    assert fallen(hospital) == f"{CARDS} {SERVICE} {STATION} {AGAIN}"


def test_the_table_says_so_and_closes_the_workstations_window(
    qapp: QApplication, hospital: Hospital, tmp_path: Path
) -> None:
    screen = VirtualScreen(tmp_path)
    screen.start()
    table = CardTable(hospital, screen)
    try:
        table.look()
        assert _said(table) == []
        assert screen.running
        hospital.stations[0].stop()
        table.look()
        assert _said(table) == [f"{STATION} {AGAIN}"]
        assert not screen.running
    finally:
        table.close()
        screen.stop()


def _serves(hospital: Hospital) -> bool:
    return hospital.service is not None and hospital.service.running


def test_the_switch_takes_the_service_away_and_brings_it_back(
    qapp: QApplication, hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun() -> None:
        hospital.service = ChildProgram(["sleep", "600"], tmp_path / "again.log")

    monkeypatch.setattr(hospital, "start_service", begun)  # a real one is started by the tour and the stories
    screen = VirtualScreen(tmp_path)
    screen.start()
    table = CardTable(hospital, screen)
    (switch,) = table.findChildren(ServiceSwitch)
    try:
        assert switch.text() == TAKE
        switch.click()
        assert not _serves(hospital)
        table.look()
        assert (switch.text(), _said(table)) == (BRING, []), "it was meant, and is no fault"
        switch.click()
        until("the service to be back", lambda: qapp.processEvents() or switch.text() == TAKE)
        assert _serves(hospital)
        assert hospital.service is not None
        hospital.service.kill()
        table.look()
        assert _said(table) == [f"{SERVICE} {AGAIN}"], "this time nobody meant it"
    finally:
        table.close()
        screen.stop()


def _said(table: CardTable) -> list[str]:
    return [label.text() for label in table.findChildren(QLabel, "fallen") if not label.isHidden()]
