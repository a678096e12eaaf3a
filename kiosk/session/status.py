"""``status_of(state)``: what ``kiosk status`` says."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.people import Person
from kiosk.model.proof import Assurance
from kiosk.session.screen import screen_for
from kiosk.session.state import State, session_of


@dataclass(frozen=True, slots=True)
class Status:
    """``name``: the screen's; ``person`` and ``assurance`` of the session that is open, if one is."""

    name: str
    person: Person | None
    assurance: Assurance | None


def status_of(state: State) -> Status:
    """The state in three words."""
    session = session_of(state.mode)
    return Status(screen_for(state).name, session.person if session else None, session.assurance if session else None)
