"""Stands where the session stands behind the doorbell: hears rings, answers when told to."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Callable

from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.model.people import ProgramView
from kiosk.model.stepup import Reason, StepUpAnswer
from kiosk.session.facts.events import Event, StepUpRequested, StepUpWithdrawn

GRANTED = StepUpAnswer("granted", None, "a.b.c", "phr", ("pop", "pin", "mfa"), "request-1")
REFUSED = StepUpAnswer("refused", Reason.REFUSED_BY_PERSON, None, None, (), "request-1")


class SessionAtTheDoor:
    """``at_once``: what every ring is answered, None to leave it waiting. ``heard``: events in order."""

    def __init__(self, at_once: StepUpAnswer | None = GRANTED) -> None:
        self.heard: queue.Queue[Event] = queue.Queue()
        self.at_once = at_once
        self.rings = PendingStepUps(self._post)

    def _post(self, event: Event) -> None:
        self.heard.put(event)
        if isinstance(event, StepUpRequested) and self.at_once is not None:
            self.rings.answer(event.request_number, self.at_once)

    def requested(self) -> StepUpRequested:
        event = self.heard.get(timeout=30)
        assert isinstance(event, StepUpRequested), event
        return event

    def withdrawn(self) -> StepUpWithdrawn:
        event = self.heard.get(timeout=30)
        assert isinstance(event, StepUpWithdrawn), event
        return event


Owner = Callable[[int], str | None]


def nobody(pid: int) -> str | None:
    """Every process is the station's own."""
    return None


def this_is_a_browser() -> tuple[ProgramView, ...]:
    """What runs the tests is registered as a browser."""
    return (ProgramView("Browser", os.path.realpath(sys.executable), None, True),)
