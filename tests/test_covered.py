"""``make coverage`` and ``make mutants`` look at what is there, and say so where a test is missing."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.covered import __main__ as covered
from tests.covered import mutants
from tests.covered.held import ROOMS, Room

ROOT = Path(__file__).parents[1]
PROFILE = 'from hypothesis import settings\n\nsettings.register_profile("repeated")\n'
"""What ``tests/conftest.py`` knows and a folder of its own does not."""
NO_TEST = "def test_it_is_there() -> None:\n    import {module}\n    assert {module}\n"


def test_what_is_held_and_its_tests_are_there() -> None:
    modules = [module for room in ROOMS.values() for module in room.modules]
    assert [module for module in modules if find_spec(module) is None] == []
    assert len(set(modules)) == len(modules)
    files = [item for room in ROOMS.values() for item in (*room.tests, *room.left_out)]
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize(
    ("module", "status", "said"),
    [
        ("kiosk.model.programs", 0, "100%"),
        ("kiosk.model.monitor_size", 1, "kiosk/model/monitor_size.py"),
    ],
)
def test_a_line_that_no_test_reaches_fails_and_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    module: str,
    status: int,
    said: str,
) -> None:
    tests = tmp_path / "test_it.py"
    (tmp_path / "conftest.py").write_text(PROFILE)
    tests.write_text(NO_TEST.format(module=module))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(covered, "FOLDER", tmp_path / "coverage")
    monkeypatch.setitem(ROOMS, "tiny", Room((module,), (str(tests),)))
    assert covered.main(["tiny"]) == status
    assert said in capfd.readouterr().out


def test_a_room_whose_tests_fail_is_not_held_whatever_they_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tests = tmp_path / "test_it.py"
    (tmp_path / "conftest.py").write_text(PROFILE)
    tests.write_text(NO_TEST.format(module="kiosk.model.programs") + "    raise AssertionError\n")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(covered, "FOLDER", tmp_path / "coverage")
    monkeypatch.setitem(ROOMS, "tiny", Room(("kiosk.model.programs",), (str(tests),)))
    assert covered.main(["tiny"]) == 1
    assert "its tests failed" in capfd.readouterr().out


@pytest.mark.parametrize("name", ROOMS)
def test_the_rules_of_the_changes_name_files_that_are_there(name: str) -> None:
    rules = tomllib.loads(mutants._rules(ROOMS[name]))["tool"]["mutmut"]
    assert any((ROOT / rule).is_file() or list(ROOT.glob(rule)) for rule in rules["only_mutate"])
    assert [rule for rule in rules["pytest_add_cli_args_test_selection"] if not (ROOT / rule).exists()] == []


def test_a_score_says_what_it_is_of() -> None:
    score = mutants.Score(noticed=941, survived=59, not_tried=1200)
    assert score.sentence("session") == (
        "session: 94.1 % of 1,000 changes were noticed, 59 survived; 1,200 were not tried."
    )
    assert mutants.Score(0, 0, 7).sentence("model").startswith("model: none of 0 changes")
