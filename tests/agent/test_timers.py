"""Alarms of the session, on the ui thread's own loop."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from kiosk.agent.timers import Timers
from kiosk.demo.processes import until
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.events import TimerExpired
from kiosk.session.facts.orders import SetTimer


class Bells:
    """``parent``: outlives them, as the agent's inbox does."""

    def __init__(self, parent: QObject) -> None:
        self.rang: list[TimerExpired] = []
        self.parent = parent
        self.alarms = Timers(self.parent, self.rang.append)

    def after_a_turn(self) -> int:
        """How many rang until now."""
        turn()
        return len(self.rang)


@pytest.fixture
def bells(qapp: QApplication) -> Iterator[Bells]:
    made = Bells(qapp)
    yield made
    for name in (AlarmName.STILL, AlarmName.NOTICE):
        made.alarms.cancel(name)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def turn() -> None:
    QCoreApplication.processEvents()


def test_each_rings_once_and_a_later_one_of_its_name_replaces_it(bells: Bells) -> None:
    bells.alarms.set(SetTimer(1, AlarmName.STILL, 0.01))
    bells.alarms.set(SetTimer(2, AlarmName.STILL, 0.02))
    bells.alarms.set(SetTimer(3, AlarmName.NOTICE, 0))
    until("both", lambda: bells.after_a_turn() == 2)
    assert bells.rang == [TimerExpired(3, AlarmName.NOTICE), TimerExpired(2, AlarmName.STILL)]


def test_a_hushed_one_does_not_ring(bells: Bells) -> None:
    bells.alarms.set(SetTimer(1, AlarmName.STILL, 0.01))
    bells.alarms.cancel(AlarmName.STILL)
    bells.alarms.set(SetTimer(2, AlarmName.NOTICE, 0.02))
    until("the other", bells.after_a_turn)
    assert bells.rang == [TimerExpired(2, AlarmName.NOTICE)]


def test_what_came_while_the_program_did_not_run_is_looked_at_first(bells: Bells) -> None:
    """A key that waits sets the alarm anew, though Qt asks its timers before it asks the display."""
    key = QTimer()
    key.setSingleShot(True)
    key.timeout.connect(lambda: bells.alarms.set(SetTimer(2, AlarmName.STILL, 60)))
    for _ in range(20):
        bells.alarms.set(SetTimer(1, AlarmName.STILL, 0.001))
        key.start(2)
        time.sleep(0.005)  # as long as it was kept from running
        until("the key", lambda: bells.after_a_turn() or not key.isActive())
        for _ in range(3):
            turn()
        assert bells.rang == []
