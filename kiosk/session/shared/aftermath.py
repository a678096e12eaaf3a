"""Between a covering screen that ended by itself and the workspace below it: nothing that is still typed gets there.

Fingers go on after a screen has gone: half a PIN would be typed into a program. So a cover that goes otherwise than by
its person's own act stays, swallows keys and says what happened, until it is touched or nobody has pressed a key for
two seconds. One that goes by her own act is gone at once, unless keys came after that act.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.session.facts.events import Button, Event, Pressed, Rang
from kiosk.session.facts.orders import Sound
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import (
    STILL,
    AftermathMode,
    FadingMode,
    OpeningMode,
    Session,
    StepUpMode,
)
from kiosk.session.shared.ending import lock, lock_after, pulled, return_to_workspace
from kiosk.session.shared.transition import Draft

STILL_SECONDS = 2
"""Without a key, after which nobody types any more: four keys a second is slow typing."""


def key_pressed(d: Draft) -> None:
    """Somebody types, whatever is on the screen."""
    d.alarm(STILL, STILL_SECONDS)


def own_act(d: Draft) -> None:
    """What was typed so far led to this, and is done with: a PIN was sent, a button pressed."""
    match d.state.mode:
        case AftermathMode() | OpeningMode() | StepUpMode(ready=False):
            return  # there nothing that is typed leads to anything
        case FadingMode(probing=probing) if probing is not None:
            return
        case _:
            d.hush(STILL)


def typing(d: Draft) -> bool:
    """Whether keys came that led to nothing yet, the last less than ``STILL_SECONDS`` ago."""
    return any(name == STILL for name, _ in d.state.alarms)


def ended(d: Draft, session: Session, notice: Notice, after: tuple[str, str | None] | None) -> None:
    """What covered ``session``'s workspace ended, and not by its person. ``after``: the lock that waits."""
    if after is not None:
        lock_after(d, session, *after)
        return
    d.go(AftermathMode(session, notice))
    d.alarm(STILL, STILL_SECONDS)


def on_aftermath(d: Draft, m: AftermathMode, event: Event) -> bool:
    """What can happen while it is said what happened. False: not for us."""
    match event:
        case Rang(name=name) if name == STILL:
            return_to_workspace(d, m.session, m.notice, None)
        case Pressed(button=Button.DONE):
            d.hush(STILL)
            return_to_workspace(d, m.session, m.notice, None)
        case Pressed(button=Button.LOCK):
            lock(d, "button")
        case Lift() if pulled(d, m.session.tap, m.session.role, event):
            lock(d, "card_removed")
        case Tap():  # meant for what is gone, as the keys are
            d.order(Sound("attention"))
            d.alarm(STILL, STILL_SECONDS)
        case _:
            return False
    return True


def hold(d: Draft, m: OpeningMode) -> None:
    """The workspace is there, and somebody types that was not meant for it."""
    d.hush("opening")
    d.stay(replace(m, held=True))
