"""The agent's log takes what it can, and is never the reason that something else fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.agent import log
from kiosk.agent.log_rotated import RotatedLog, rotate


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger("kiosk.test-log")
    made.propagate = False
    yield made
    for handler in made.handlers[:]:
        made.removeHandler(handler)
        handler.close()


@pytest.mark.parametrize("kind", [log.Private, RotatedLog])
def test_a_full_disk_ends_nothing(
    kind: type[log.Private], tmp_path: Path, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    """``/dev/full`` refuses what is written with the error of a full disk."""
    file = tmp_path / "agent.log"
    file.symlink_to("/dev/full")
    handler = kind(file)
    logger.addHandler(handler)
    for _ in range(3):
        logger.error("not written")
    file.unlink()
    handler.close()
    logger.error("written")
    assert "written" in file.read_text(encoding="utf-8")
    assert capsys.readouterr().err == ""


def test_it_is_rotated_by_size_for_the_owner_alone(tmp_path: Path, logger: logging.Logger) -> None:
    logger.addHandler(RotatedLog(tmp_path / "agent.log", maxBytes=100, backupCount=log.KEPT))
    for number in range(20):
        logger.error("line %02d, of some length, so that a few of them are enough", number)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["agent.log", *(f"agent.log.{n}" for n in range(1, log.KEPT + 1))]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_from_the_first_paint_on_it_is_rotated_and_nothing_is_lost_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    root.addHandler(log.Private(tmp_path / "agent.log"))
    said = logging.getLogger("kiosk.agent")
    said.error("before")
    rotate()
    rotate()
    said.error("after")
    [handler] = root.handlers
    handler.close()
    assert isinstance(handler, RotatedLog) and handler.maxBytes == log.BYTES
    assert [line.split()[-1] for line in (tmp_path / "agent.log").read_text().splitlines()] == ["before", "after"]
