"""The example rules and dashboard ask only for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kiosk.service.operations.metrics import exposition
from kiosk.service.operations.readiness import Look
from kiosk.service.operations.service_state import DirectoryState, Measurements
from kiosk.service.shared.tally import CountedAnswer, CountedRow, Tally

FILES = sorted((Path(__file__).parents[3] / "installer" / "monitoring").iterdir())
LOOKS = (Look("database", True, "It is."),)
DIRECTORIES = (DirectoryState("ldap", 1, True),)


def metrics() -> set[str]:
    tally = Tally()
    tally.answered(CountedAnswer("/v1/ceremonies", "POST", 200), 0.01)
    for action, result in (("sign_in", "success"), ("proof", "refused"), ("stepup", "success")):
        tally.acts[CountedRow(action, result, "pin", "")] += 1
    tally.troubles["busy"] += 1
    said = exposition(tally, Measurements(1, 1, 1, 0, 1, 1, 1, False, LOOKS, DIRECTORIES)).decode()
    return set(re.findall(r"^((?:kiosk|process)_\w+)", said, re.MULTILINE))


def test_there_are_such_files() -> None:
    assert [file.suffix for file in FILES] == [".json", ".yml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_metric_that_is_asked_for_exists(path: Path) -> None:
    asked = set(re.findall(r"\b(?:kiosk|process)_\w+", path.read_text(encoding="utf-8")))
    assert asked - metrics() == set()
    assert len(asked) > 5


def test_the_dashboard_is_json_with_a_place_for_every_panel() -> None:
    board = json.loads(FILES[0].read_text(encoding="utf-8"))
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places) > 8
