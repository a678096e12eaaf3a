"""A thread that does one job after another, and whose accidents are facts for the session."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from kiosk.session.facts.events import Event
from kiosk.session.facts.station_news import RoomFailed

log = logging.getLogger("kiosk.agent")
Post = Callable[[Event], None]
Job = Callable[[], None]


class Worker:
    """``name`` of the thread; ``code`` of the ``RoomFailed`` that is posted when a job fails in a way nobody named."""

    def __init__(self, name: str, code: str, post: Post) -> None:
        self._code = code
        self._post = post
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(self, job: Job) -> None:
        """Queue ``job``; also before ``start``. Never blocks."""
        self._jobs.put(job)

    def stop(self, seconds: float) -> None:
        """End after the jobs queued so far; wait at most ``seconds`` for it."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            try:
                job()
            except Exception as error:
                # The traceback's values may hold anything: its place and kind are enough.
                log.error("%s: %s", self._code, place_of(error))
                self._post(RoomFailed(self._code))


def place_of(error: BaseException) -> str:
    """Kind and source line of ``error``, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{where}"
