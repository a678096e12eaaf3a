"""A program in Qt's loop ends when it is asked to, whenever that was."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from kiosk.agent.signals import Signals


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[QEventLoop]:
    """Signals end it; afterwards they do what they did before."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    loop = QEventLoop()
    signals = Signals(loop.quit)
    yield loop
    signals.close()
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_came_before_the_loop_began_ends_it(loop: QEventLoop, number: signal.Signals) -> None:
    QTimer.singleShot(10_000, loop, lambda: loop.exit(1))
    signal.raise_signal(number)
    assert loop.exec() == 0
