"""With which of their ways a person begins: the one that they picked the last time, before the strongest.

Picked by hand, and it was granted. It is remembered with their workspace, and gone with it. The service says each time
which ways there are: nothing weaker is taken because it was picked before.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.proof import Method
from kiosk.session.facts.carried import Proving
from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import MethodPicked
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.transition import Transition


def remembered(t: Transition, mode: StepUpMode) -> Method | None:
    """What they picked in the last step-up that was granted in this workspace."""
    login = mode.session.person.login
    return next((running.way for running in t.state.workspaces if running.person.login == login), None)


def picked(mode: StepUpMode, event: Event, proof: Proving) -> StepUpMode:
    """``mode`` with the way that ``event`` picked, if ``proof`` is that way's and nothing was proved yet."""
    if not isinstance(event, MethodPicked) or mode.view is None or mode.view.proved or proof.method != event.method:
        return mode
    return replace(mode, picked=event.method)


def remember(t: Transition, mode: StepUpMode) -> None:
    """It was granted by what they picked."""
    if mode.picked is None:
        return
    login, way = mode.session.person.login, mode.picked
    t.state = replace(
        t.state,
        workspaces=tuple(
            replace(running, way=way) if running.person.login == login else running for running in t.state.workspaces
        ),
    )
