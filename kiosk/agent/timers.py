"""The session's alarms as timers of the ui thread.

An alarm rings only when nothing else waits to be looked at: where this program was kept from running for a while, keys
that were pressed meanwhile come first, and may set it anew. Qt asks timers of no length last (a source of idle priority
in its event loop of GLib).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from kiosk.session.facts.alarm_names import AnyAlarm
from kiosk.session.facts.events import TimerExpired
from kiosk.session.facts.orders import SetTimer


class Timers:
    """One timer a name; setting a name again replaces it."""

    def __init__(self, parent: QObject, post: Callable[[TimerExpired], None]) -> None:
        self._parent = parent
        self._post = post
        self._timers: dict[AnyAlarm, QTimer] = {}

    def set(self, alarm: SetTimer) -> None:
        """Post ``TimerExpired(turn, name)`` after the alarm's seconds."""
        self.cancel(alarm.name)
        timer = QTimer(self._parent)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._ring(alarm, timer))
        self._timers[alarm.name] = timer
        timer.start(max(0, round(alarm.seconds * 1000)))

    def cancel(self, name: AnyAlarm) -> None:
        """Cancel the alarm of this name, if it is set."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    def _ring(self, alarm: SetTimer, timer: QTimer) -> None:
        if self._timers.get(alarm.name) is not timer:
            return
        if timer.interval() > 0:
            timer.start(0)
        else:
            self.cancel(alarm.name)
            self._post(TimerExpired(alarm.turn, alarm.name))
