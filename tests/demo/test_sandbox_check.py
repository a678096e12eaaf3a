"""The demo finds out by trying whether it can give each person a display of their own, and says why if not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.demo.sandbox_check import why_single


def test_this_machine_lets_it() -> None:
    assert why_single() == ""


@pytest.mark.parametrize("name", ["Xephyr", "bwrap"])
def test_a_missing_program_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in {"Xephyr", "bwrap", "openbox", "dbus-run-session"} - {name}:
        (tmp_path / other).write_text("#!/bin/sh\n")
        (tmp_path / other).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f": {name} would be needed" in why_single()


def test_a_refusal_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'No permissions to create a new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "refuses sandboxes (No permissions to create a new namespace)" in why_single()
