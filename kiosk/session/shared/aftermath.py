"""Between a covering screen that ended by itself and the workspace below it: nothing that is still typed gets there.

Fingers go on after a screen has gone: half a PIN would be typed into a program. So a cover that goes otherwise than by
its person's own act stays, swallows keys and says what happened, until it is touched or nobody has pressed a key for
two seconds. One that goes by their own act is gone at once, unless keys came after that act.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import AftermathMode, FadingMode, OpeningMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.state import STILL
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.ending import lock, lock_after, pulled, return_to_workspace
from kiosk.session.shared.transition import Transition

STILL_SECONDS = 2
"""Without a key, after which nobody types any more: four keys a second is slow typing."""


def key_pressed(t: Transition) -> None:
    """Somebody types, whatever is on the screen."""
    t.set_timer(STILL, STILL_SECONDS)


def own_act(t: Transition) -> None:
    """What was typed so far led to this, and is done with: a PIN was sent, a button pressed."""
    match t.state.mode:
        case AftermathMode() | OpeningMode() | StepUpMode(ready=False):
            return  # there nothing that is typed leads to anything
        case FadingMode(probing=probing) if probing is not None:
            return
        case _:
            t.cancel_timer(STILL)


def typing(t: Transition) -> bool:
    """Whether keys came that led to nothing yet, the last less than ``STILL_SECONDS`` ago."""
    return any(name == STILL for name, _ in t.state.timers)


def ended(t: Transition, session: OpenSession, notice: Notice, after: tuple[str, str | None] | None) -> None:
    """What covered ``session``'s workspace ended, and not by its person. ``after``: the lock that waits."""
    if after is not None:
        lock_after(t, session, *after)
        return
    t.go(AftermathMode(session, notice))
    t.set_timer(STILL, STILL_SECONDS)


def on_aftermath(t: Transition, mode: AftermathMode, event: Event) -> bool:
    """What can happen while it is said what happened. False: not for us."""
    match event:
        case TimerExpired(name=name) if name == STILL:
            return_to_workspace(t, mode.session, mode.notice, None)
        case Pressed(button=Button.DONE):
            t.cancel_timer(STILL)
            return_to_workspace(t, mode.session, mode.notice, None)
        case Pressed(button=Button.LOCK):
            lock(t, "button")
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case Tap():  # meant for what is gone, as the keys are
            t.order(PlaySound("attention"))
            t.set_timer(STILL, STILL_SECONDS)
        case _:
            return False
    return True


def hold(t: Transition, mode: OpeningMode) -> None:
    """The workspace is there, and somebody types that was not meant for it."""
    t.cancel_timer(AlarmName.OPENING)
    t.stay(replace(mode, held=True))
