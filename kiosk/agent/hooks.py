"""The station's own program is told who works here now: record systems follow the switch (docs/hooks.md).

One call of it at a time, on a thread of its own, in the order of what happened, for a bounded time. Nothing waits for
it: what comes while too many calls wait takes the place of the oldest. A call that failed or was dropped is reported.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from kiosk import reaper
from kiosk.agent.outside import Outside
from kiosk.agent.worker import place_of
from kiosk.model.emergency import NOBODY
from kiosk.session.facts.session_orders import ReportEvent, RunHook

MAX_WAITING = 16
GOODBYE_SECONDS = 1.0
log = logging.getLogger("kiosk.agent.hooks")


class Hooks:
    """``command``: the station's command line, empty for none. ``tell`` takes reports, from any thread."""

    def __init__(self, command: Sequence[str], seconds: float, tell: Callable[[ReportEvent], None]) -> None:
        self._command = tuple(command)
        self._outside = Outside(self._command, seconds)
        self._tell = tell
        self._waiting: deque[tuple[RunHook, int]] = deque()
        self._turn = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="hooks", daemon=True)
        if self._command:
            self._thread.start()

    def run(self, order: RunHook) -> None:
        """Queue a call. Never blocks; what is newest matters most, so it is the oldest that is dropped."""
        if not self._command:
            return
        dropped = None
        with self._turn:
            if self._stopping:
                return
            if len(self._waiting) >= MAX_WAITING:
                dropped, _ = self._waiting.popleft()
            self._waiting.append((order, int(time.time())))
            self._turn.notify()
        if dropped is not None:
            self._failed(dropped, "dropped")

    def stop(self) -> None:
        """Let the call under way and those that wait end within a second; then no more."""
        with self._turn:
            self._stopping = True
            self._turn.notify()
        if self._thread.is_alive():
            self._thread.join(GOODBYE_SECONDS)
            with self._turn:
                self._waiting.clear()
            self._outside.stop()
            self._thread.join(reaper.KILLING)

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or self._stopping)
                if not self._waiting:
                    return
                order, at = self._waiting.popleft()
            try:
                trouble = self._outside.run(_spoken(order, at))
            except Exception as error:
                log.error("HOOK: %s", place_of(error))
                trouble = "broken"
            if trouble is not None:
                self._failed(order, trouble)

    def _failed(self, order: RunHook, trouble: str) -> None:
        log.warning("the hook for %s: %s", order.event, trouble)
        self._tell(ReportEvent("hook_failed", order.session, trouble, {"event": order.event}))


def _spoken(order: RunHook, at: int) -> bytes:
    """The call's words: one line of JSON."""
    words = {
        "event": order.event,
        "login": order.person.login if order.person is not NOBODY else None,
        "name": order.person.name,
        "station": order.station,
        "place": order.place,
        "at": at,
        "session": order.session,
        "previous": order.previous.login if order.previous else None,
        "reason": order.reason,
    }
    return json.dumps(words, ensure_ascii=False).encode() + b"\n"
