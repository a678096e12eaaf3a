"""The first second of a step-up: it comes under fingers that are busy with something else, and takes nothing of that.

Counted from when it is to be seen, and anew from when it is known what may be typed. Keys, touches and taps of that
second are nobody's; so is a key that still lies on the reader.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Tap
from kiosk.session.facts import notices
from kiosk.session.facts.events import Chosen, Event, Pressed, PurposePicked, Rang
from kiosk.session.facts.orders import Sound
from kiosk.session.facts.state import StepUpMode
from kiosk.session.shared.ending import NOTICE_SECONDS
from kiosk.session.shared.transition import Draft

FIRST = "first_second"
FIRST_SECONDS = 1


def begin(d: Draft, m: StepUpMode) -> StepUpMode:
    """It is to be seen, or what it asks is known: the second begins, unless it is not to be seen yet."""
    m = replace(m, ready=False)
    d.stay(m)
    if m.painted:
        d.alarm(FIRST, FIRST_SECONDS)
    return m


def swallowed(d: Draft, m: StepUpMode, event: Event) -> bool:
    """Whether ``event`` belongs to the first second and to nothing else."""
    match event:
        case Rang(name=name) if name == FIRST:
            d.stay(replace(m, ready=True))
        case Chosen() | PurposePicked() | Pressed():
            pass
        case Tap():
            d.order(Sound("attention"))
            d.stay(replace(m, notice=notices.LIFT_AND_TAP))
            d.alarm("notice", NOTICE_SECONDS)
        case _:
            return False
    return True
