"""The inbox: takes events from any thread to the ui thread, one by one, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:  # 25 ms, for which the first paint would wait
    from kiosk.session.facts.events import Event


def _nobody(event: Event) -> None:
    """Before the session begins there is nothing to be told."""


class Inbox(QObject):
    """``handle`` is called with each event; set it before the first that matters.

    ``noticed`` is called with it first, on the thread that posts it (``trace``).
    """

    _came = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.handle: Callable[[Event], None] = _nobody
        self.noticed: Callable[[Event], None] | None = None
        self._open = True
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, event: Event) -> None:
        """From any thread; never blocks. After ``close`` nobody listens."""
        if self._open:
            if self.noticed is not None:
                self.noticed(event)
            self._came.emit(event)

    def close(self) -> None:
        """The agent ends: what is posted from now on is dropped."""
        self._open = False

    def _deliver(self, event: Event) -> None:
        self.handle(event)
