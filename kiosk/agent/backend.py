"""Which stage this agent works with: the process that started it, or one of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from kiosk.settings import AgentSettings
from kiosk.stage import Audience, NestedStage, SingleStage, Stage
from kiosk.stage.nested_client import BEAT_SECONDS
from kiosk.stage.turn import VARIABLE, inherited

_DOORBELL = "KIOSK_DOORBELL"
_LAST_WORDS = 0.5
"""Seconds that the agent has to end by itself when its stage is gone."""


def make_stage(
    settings: AgentSettings,
    audience: Audience,
    env_for: Callable[[str], dict[str, str]],
    workspace_log: Path,
    display: str | None,
    pages: Callable[[], Iterable[str]],
) -> Stage:
    """``pages()``: origins whose pages may ring from inside a nested workspace. Raises ``StageError`` if the stage that
    should be there does not answer. Needs the Qt application's thread."""
    descriptor = inherited()
    if settings.stage != "nested" or descriptor < 0:
        first = settings.programs[0].command if settings.programs else ()
        return SingleStage(first, audience, env_for, workspace_log, display)
    os.environ.pop(VARIABLE, None)
    parent = os.getppid()
    stage = NestedStage(
        *(descriptor, audience, lambda login: env_for(login).get(_DOORBELL, "")),
        *(_leave, lambda: _end_stage(parent), pages),
    )
    StageHeartbeat(stage.beat)
    return stage


class StageHeartbeat(QObject):
    """Says regularly, from the thread that decides and draws, that this thread is alive."""

    def __init__(self, beat: Callable[[], None]) -> None:
        super().__init__(QCoreApplication.instance())
        self._timer = QTimer(self)
        self._timer.setInterval(int(BEAT_SECONDS * 1000))
        self._timer.timeout.connect(beat)
        self._timer.start()


def _end_stage(stage: int) -> None:
    """Its windows go with it, and its shell starts the next one, locked. ``stage``: our parent, as long as it lives."""
    if os.getppid() == stage:
        os.kill(stage, signal.SIGKILL)


def _leave() -> None:
    """The stage is gone, and its successor starts an agent of its own: make room."""
    os.kill(os.getpid(), signal.SIGTERM)
    late = threading.Timer(_LAST_WORDS, os._exit, (0,))
    late.daemon = True
    late.start()
