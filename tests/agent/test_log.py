"""The agent's log takes what it can, and is never the reason that something else fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.agent import log


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger("kiosk.test-log")
    made.propagate = False
    yield made
    for handler in made.handlers[:]:
        made.removeHandler(handler)
        handler.close()


def test_a_full_disk_ends_nothing(tmp_path: Path, logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """``/dev/full`` refuses what is written with the error of a full disk."""
    file = tmp_path / "agent.log"
    file.symlink_to("/dev/full")
    handler = log._Private(file)
    logger.addHandler(handler)
    for _ in range(3):
        logger.error("not written")
    file.unlink()
    handler.close()
    logger.error("written")
    assert "written" in file.read_text(encoding="utf-8")
    assert capsys.readouterr().err == ""


def test_it_is_rotated_by_size_for_the_owner_alone(
    tmp_path: Path, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "BYTES", 100)
    logger.addHandler(log._Private(tmp_path / "agent.log"))
    for number in range(20):
        logger.error("line %02d, of some length, so that a few of them are enough", number)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["agent.log", *(f"agent.log.{n}" for n in range(1, log.KEPT + 1))]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
