"""No input method of the station's hears what is typed at the agent; programs of the workspace keep theirs."""

from __future__ import annotations

import os

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.agent import run


@pytest.mark.parametrize("before", ["ibus", None])
def test_accents_are_composed_in_the_agent_itself(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    seen: list[str | None] = []
    for name in run.INPUT_METHODS:
        monkeypatch.delenv(name, raising=False)
    if before is not None:
        monkeypatch.setenv("QT_IM_MODULE", before)
        monkeypatch.setenv("QT_IM_MODULES", f"wayland;{before}")

    def instance() -> QApplication:
        seen.extend(os.environ.get(name) for name in run.INPUT_METHODS)
        return qapp

    monkeypatch.setattr(QApplication, "instance", instance)
    assert run._application() is qapp
    assert seen == ["compose", None]
    after = [os.environ.get(name) for name in run.INPUT_METHODS]
    assert after == ([None, None] if before is None else [before, f"wayland;{before}"])
