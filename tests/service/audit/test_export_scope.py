"""The first line of an export, as whoever wrote it says it: what can be none is told apart from what it covers."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from kiosk.service.audit import scope
from kiosk.service.audit.scope import FORMAT, ExportScope
from kiosk.service.platform.bounds import MAX_NUMBER

GOOD = ExportScope(1_800_000_000, 1_790_000_000, None, "p1", True, (("s1", 1, 9),), 2, ("s1", 4))


def said(**otherwise: object) -> object:
    return {**json.loads(json.dumps({"format": FORMAT, **asdict(GOOD)})), **otherwise}


def test_what_is_written_is_read_again() -> None:
    assert scope.read(said()) == GOOD
    assert scope.read(json.loads(GOOD.line())["export"]) == GOOD


@pytest.mark.parametrize(
    "otherwise",
    [
        {"format": FORMAT + 1},
        {"part": 0},
        {"part": -1},
        {"part": MAX_NUMBER + 1},
        {"part": "1"},
        {"made": -MAX_NUMBER - 1},
        {"since": "now"},
        {"person": 7},
        {"openings": 1},
        {"spans": [["s1", 1]]},
        {"spans": [["s\n1", 1, 2]]},
        {"after": ["s1"]},
    ],
    ids=str,
)
def test_what_can_be_none_is_refused(otherwise: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        scope.read(said(**otherwise))
    with pytest.raises((ValueError, TypeError, KeyError)):
        scope.read("a text")
