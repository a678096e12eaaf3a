"""The station's own program is told who works here now: record systems follow the switch (docs/hooks.md).

One call of it at a time, on a thread of its own, in the order of what happened, for a bounded time. Nothing waits for
it: what comes while too many calls wait takes the place of the oldest. A call that failed or was dropped is reported.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from kiosk.agent.worker import place_of
from kiosk.session.orders import RunHook, Tell

MOST_WAITING = 16
GOODBYE_SECONDS = 1.0
PATH = "/usr/local/bin:/usr/bin:/bin"
log = logging.getLogger("kiosk.agent.hooks")


class Hooks:
    """``command``: the station's command line, empty for none. ``tell`` takes reports, from any thread."""

    def __init__(self, command: Sequence[str], seconds: float, tell: Callable[[Tell], None]) -> None:
        self._command = tuple(command)
        self._seconds = seconds
        self._tell = tell
        self._waiting: deque[tuple[RunHook, int]] = deque()
        self._turn = threading.Condition()
        self._stopping = False
        self._running: int | None = None
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
            if len(self._waiting) >= MOST_WAITING:
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
                if self._running is not None:
                    _kill(self._running)

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or self._stopping)
                if not self._waiting:
                    return
                order, at = self._waiting.popleft()
            try:
                trouble = self._call(order, at)
            except Exception as error:
                log.error("HOOK: %s", place_of(error))
                trouble = "broken"
            if trouble is not None:
                self._failed(order, trouble)

    def _failed(self, order: RunHook, trouble: str) -> None:
        log.warning("the hook for %s: %s", order.event, trouble)
        self._tell(Tell("hook_failed", order.session, trouble, {"event": order.event}))

    def _call(self, order: RunHook, at: int) -> str | None:
        """One call; what went wrong, None if nothing."""
        try:
            with os.fdopen(_spoken(order, at), "rb") as said:
                # What it prints may name people: nobody reads it. It gets no display, doorbell or secret of ours.
                process = subprocess.Popen(
                    self._command,
                    stdin=said,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={"PATH": PATH, "LANG": "C.UTF-8"},
                    cwd="/",
                    start_new_session=True,
                )
        except (OSError, ValueError):
            return "not_started"
        with process:
            in_time = self._wait(process.pid)
            status = process.wait()
        if not in_time:
            return "too_slow"
        if status:
            return f"status_{status}" if status > 0 else f"signal_{-status}"
        return None

    def _wait(self, pid: int) -> bool:
        """Until it ends or its time is over; then its whole group is killed, before its number can be used again."""
        watched = os.pidfd_open(pid)
        with self._turn:
            self._running = pid
        try:
            poll = select.poll()
            poll.register(watched, select.POLLIN)
            return bool(poll.poll(self._seconds * 1000))
        finally:
            with self._turn:
                self._running = None
                _kill(pid)
            os.close(watched)


def _kill(group: int) -> None:
    """End every process of the group, whose first has not been waited for yet: the number is still its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _spoken(order: RunHook, at: int) -> int:
    """A descriptor to read the call's words from: in memory, so that writing never waits and nothing is on a disk."""
    words = {
        "event": order.event,
        "login": order.person.login,
        "name": order.person.name,
        "station": order.station,
        "place": order.place,
        "at": at,
        "session": order.session,
        "previous": order.previous.login if order.previous else None,
        "reason": order.reason,
    }
    descriptor = os.memfd_create("hook", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(json.dumps(words, ensure_ascii=False).encode() + b"\n")
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
