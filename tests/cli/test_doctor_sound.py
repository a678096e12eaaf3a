"""``kiosk doctor`` on workspaces that are to be heard."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kiosk.cli.doctor_check import Check
from kiosk.cli.doctor_sound import workspaces
from kiosk.settings import AgentSettings


def asked(**settings: object) -> list[Check]:
    return workspaces(AgentSettings("https://localhost:1", "ws-1", **settings))  # type: ignore[arg-type]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that is needed is here; where it lies."""
    for name in ("pulseaudio", "pacat", "parec", "dunst"):
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/native")
    return tmp_path


def test_a_silent_station_is_asked_for_nothing() -> None:
    assert asked(stage="nested") == [] and asked(workspace_sound=True) == []


def test_what_is_missing_is_named(programs: Path) -> None:
    (programs / "parec").unlink()
    (check,) = asked(stage="nested", workspace_sound=True)
    assert (check.ok, check.do) == (False, "apt install pulseaudio-utils")
    (check,) = asked(stage="nested", workspace_notices=("/nowhere/notices",))
    assert not check.ok and "/nowhere/notices" in check.detail


def test_a_sound_server_that_does_not_listen_is_named(programs: Path) -> None:
    (check,) = asked(stage="nested", workspace_sound=True)
    assert not check.ok and f"{programs}/native" in check.detail
    with socket.socket(socket.AF_UNIX) as listens:
        listens.bind(f"{programs}/native")
        (check,) = asked(stage="nested", workspace_sound=True, workspace_notices=("dunst",))
    assert check.ok
