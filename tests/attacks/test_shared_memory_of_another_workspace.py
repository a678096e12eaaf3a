"""A workspace shares memory with its own X server, and with nobody else's: numbers of segments lead nowhere else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.process_table import until
from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
SOMEBODY = 54_321
ROOM_MIB = 64
SECRET = "a page of Ada's"
PROGRAM = Path(__file__).parents[1] / "fakes/segments.py"
"""Ben's begins once Ada's has told its numbers: they lie in a file that both may read."""
SCRIPT = """
if [ "$KIOSK_LOGIN" = ada ]; then exec "$1" "$2" "$3" "$4"; else exec "$1" "$2" "$3" - $(cat "$5"); fi
"""
KINDS = {"root": (0, 0), "the station's user": (SOMEBODY, 0), "a user a workspace": (SOMEBODY, 1)}
"""Whose stage it is, and whether each workspace has a user of its own."""


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.fixture(scope="module", params=KINDS)
def found(glass: Glass, request: pytest.FixtureRequest) -> Iterator[dict[str, dict[str, Any]]]:
    """What each of two workspaces could get of the other's memory, and Ada of their own."""
    user, users = KINDS[request.param]
    if user and os.getuid():
        pytest.skip("a stage of another user can only be begun by root")
    words = ["/bin/sh", "-c", SCRIPT, "sh", "/usr/bin/python3", "{folder}/segments.py", "{folder}/{login}.keys"]
    stage = Staging(glass, [[*words, SECRET, "{folder}/numbers"]], user=user, users=users, home_mib=ROOM_MIB)
    (stage.folder / "segments.py").write_text(PROGRAM.read_text())
    (stage.folder / "segments.py").chmod(0o644)
    with stage:
        stage.greet()
        told = {}
        for number, login in enumerate(("ada", "ben"), 1):
            stage.open(number, login)
            told[login] = json.loads(until("its report", lambda: stage.keys(login))[0])  # noqa: B023 # asked at once
            (stage.folder / "numbers").write_text(" ".join(map(str, told["ada"]["own"])))
            (stage.folder / "numbers").chmod(0o644)
        yield told


def test_its_own_server_opens_its_segments(found: dict[str, dict[str, Any]]) -> None:
    assert found["ada"]["own attached"] == [True, True]


def test_another_s_segment_is_no_number_here(found: dict[str, dict[str, Any]]) -> None:
    assert found["ben"]["theirs read"] == ["", ""]
    assert found["ben"]["theirs attached"] == [False, False]


def test_no_number_leads_to_another_s_memory(found: dict[str, dict[str, Any]]) -> None:
    assert SECRET not in "".join(found["ben"]["found"] + found["ada"]["found"])


def test_segments_and_queues_have_a_bound_that_no_program_raises(found: dict[str, dict[str, Any]]) -> None:
    for told in found.values():
        assert 0 < told["hoard"] <= ROOM_MIB << 20
        assert 0 < told["queues"] <= 64
        assert not told["raised"]


def test_no_program_writes_to_the_kernels_settings(found: dict[str, dict[str, Any]]) -> None:
    """Not where its stage is root's, nor where the kernel takes its user for the root of what it shares."""
    assert [told["settings"] for told in found.values()] == [[], []]
