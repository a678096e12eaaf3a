"""How long a session may last at most: a warning on the bar that no touch puts off, then the end.

Counted from the sign-in. Its alarms go on from screen to screen until the session ends.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.orders import Sound
from kiosk.session.facts.state import END, LIMIT, EnrolMode, StepUpMode
from kiosk.session.shared.ending import MAX_SESSION, lock
from kiosk.session.shared.transition import Draft

ENDING_SECONDS = 60
"""Between warning and end: enough to save what was begun. WCAG 2.2.1 wants at least 20 where nothing extends it."""


def start(d: Draft) -> None:
    """A session begins now."""
    most = d.state.rules.max_session
    if most > 0:
        d.alarm(LIMIT, max(1, most - ENDING_SECONDS))


def rang(d: Draft, name: str) -> bool:
    """The limit is near, or here. A step-up or enrolment under way is finished first. False: another alarm."""
    mode = d.state.mode
    if name == LIMIT:
        d.order(Sound("attention"))
        d.alarm(END, ENDING_SECONDS)
    elif name != END:
        return False
    elif isinstance(mode, StepUpMode | EnrolMode):
        d.stay(replace(mode, after=(MAX_SESSION, mode.after[1] if mode.after else None)))
    else:
        lock(d, MAX_SESSION)
    return True
