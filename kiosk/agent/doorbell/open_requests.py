"""Rings under way: a door's thread waits here for the answer that the session gives."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

from kiosk.agent.doorbell.askings import Askings
from kiosk.model.stepup import Asker, Reason, StepUpAnswer, StepUpAsk
from kiosk.session.facts.events import Event, StepUpRequested, StepUpWithdrawn

MAX_SECONDS = 605
"""Seconds. The session ends a step-up itself, after 600 at most; the door does not wait for it for ever."""


class PendingStepUp:
    """One ring. ``number`` counts from 1. Its event descriptor becomes readable when the answer is there."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.answer: StepUpAnswer | None = None
        self._told = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def tell(self, answer: StepUpAnswer) -> None:
        """Give the answer, once; never blocks."""
        if self.answer is None:
            self.answer = answer
            os.eventfd_write(self._told, 1)

    def wait(self, peer: int) -> bool:
        """Until the answer is there (True), or the other end of descriptor ``peer`` is gone or time is over (False)."""
        poll = select.poll()
        poll.register(self._told, select.POLLIN)
        poll.register(peer, select.POLLRDHUP)
        poll.poll(MAX_SECONDS * 1000)
        return self.answer is not None

    def close(self) -> None:
        os.close(self._told)


class PendingStepUps:
    """All rings of this run. ``post`` takes events to the session from any thread."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._waiting: dict[int, PendingStepUp] = {}
        # Each refusal is reported to the service, and the outbox that keeps a workstation's reports has an end: a flood
        # would wash out those that matter.
        self._budgets = Askings()
        self._last = 0
        self._closed = False

    def ask(self, ask: StepUpAsk, asker: Asker, peer: int) -> StepUpAnswer | None:
        """Ring, and wait on this thread. None if the program went away. ``peer``: its socket's descriptor."""
        with self._lock:
            if self._closed or not self._budgets.affords(asker.login):
                return refused(Reason.BUSY)
            self._last += 1
            ring = PendingStepUp(self._last)
            self._waiting[ring.number] = ring
        try:
            self._post(StepUpRequested(ring.number, ask, asker))
            if ring.wait(peer):
                return ring.answer
            self._post(StepUpWithdrawn(ring.number))
            return None if _gone(peer) else refused(Reason.TIMEOUT)
        finally:
            with self._lock:
                del self._waiting[ring.number]
                ring.close()

    def answer(self, number: int, answer: StepUpAnswer) -> None:
        """The session's word for ring ``number``; one that is no longer there is none of our business."""
        with self._lock:
            ring = self._waiting.get(number)
            if ring is not None:
                ring.tell(answer)

    def close(self) -> None:
        """The agent stops: everybody who waits is told so."""
        with self._lock:
            self._closed = True
            for ring in self._waiting.values():
                ring.tell(refused(Reason.BUSY))


def refused(reason: Reason) -> StepUpAnswer:
    """A refusal without a request id: the service was not asked."""
    return StepUpAnswer("refused", reason, None, None, (), None)


def _gone(peer: int) -> bool:
    poll = select.poll()
    poll.register(peer, select.POLLRDHUP)
    return bool(poll.poll(0))
