"""How long a session may last at most: a warning on the bar that no touch puts off, then the end.

Counted from the sign-in. Its alarms go on from screen to screen until the session ends.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.alarm_names import AnyAlarm
from kiosk.session.facts.enrolment_state import EnrolMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.state import END, LIMIT
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.ending import MAX_SESSION, lock
from kiosk.session.shared.transition import Transition

ENDING_SECONDS = 60
"""Between warning and end: enough to save what was begun. WCAG 2.2.1 wants at least 20 where nothing extends it."""


def start(t: Transition) -> None:
    """A session begins now."""
    most = t.state.rules.max_session
    if most > 0:
        t.set_timer(LIMIT, max(1, most - ENDING_SECONDS))


def rang(t: Transition, name: AnyAlarm) -> bool:
    """The limit is near, or here. A step-up or enrolment under way is finished first. False: another alarm."""
    mode = t.state.mode
    if name == LIMIT:
        t.order(PlaySound("attention"))
        t.set_timer(END, ENDING_SECONDS)
    elif name != END:
        return False
    elif isinstance(mode, StepUpMode | EnrolMode):
        t.stay(replace(mode, after=(MAX_SESSION, mode.after[1] if mode.after else None)))
    else:
        lock(t, MAX_SESSION)
    return True
