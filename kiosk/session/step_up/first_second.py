"""The first second of a step-up: it comes under fingers that are busy with something else, and takes nothing of that.

Counted from when it is to be seen, and anew from when it is known what may be typed. Keys, touches and taps of that
second are nobody's; so is a key that still lies on the reader.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Tap
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.person_input import MethodPicked, PurposePicked
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.saying import say
from kiosk.session.shared.transition import Transition

FIRST = AlarmName.FIRST_SECOND
FIRST_SECONDS = 1


def begin(t: Transition, mode: StepUpMode) -> StepUpMode:
    """It is to be seen, or what it asks is known: the second begins, unless it is not to be seen yet."""
    mode = replace(mode, ready=False)
    t.stay(mode)
    if mode.painted:
        t.set_timer(FIRST, FIRST_SECONDS)
    return mode


def swallowed(t: Transition, mode: StepUpMode, event: Event) -> bool:
    """Whether ``event`` belongs to the first second and to nothing else."""
    match event:
        case TimerExpired(name=name) if name == FIRST:
            t.stay(replace(mode, ready=True))
        case MethodPicked() | PurposePicked() | Pressed():
            pass
        case Tap():
            say(t, mode, notices.LIFT_AND_TAP)
        case _:
            return False
    return True
