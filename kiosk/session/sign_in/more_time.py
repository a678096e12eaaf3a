"""The time that a sign-in has: a warning before it ends, and more of it for any key or the button (WCAG 2.2, 2.2.1)."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.ceremony_orders import AskMoreTime
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import SecondFactorMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.service_answers import MoreTimeGranted, ServiceRefused, Unreachable
from kiosk.session.shared.transition import Transition

HURRY_SECONDS = 30
"""Between warning and end; WCAG 2.2.1 wants at least 20."""
ENDS, HURRY = AlarmName.CEREMONY, AlarmName.HURRY


def start(t: Transition, seconds: int) -> None:
    """The service gives it ``seconds`` from now."""
    seconds = max(1, seconds)
    t.set_timer(ENDS, seconds)
    if seconds > HURRY_SECONDS:
        t.set_timer(HURRY, seconds - HURRY_SECONDS)
    else:
        t.cancel_timer(HURRY)
    if isinstance(t.state.mode, SecondFactorMode):  # pragma: no branch - no other mode counts this time
        t.stay(replace(t.state.mode, hurry=seconds if seconds <= HURRY_SECONDS else 0, asking=0))


def touched(t: Transition) -> None:
    """A key was pressed, on the keyboard or on the screen's keypad: somebody is there, and is given more time."""
    mode = t.state.mode
    if isinstance(mode, SecondFactorMode) and mode.hurry and not mode.asking:
        ceremony = mode.proving.view.id
        t.stay(replace(mode, asking=t.ask(lambda turn: AskMoreTime(turn, ceremony))))


def on_time(t: Transition, mode: SecondFactorMode, event: Event) -> bool:
    """What has to do with its time. False: something else as well; a key may mean more than that somebody is there."""
    match event:
        case TimerExpired(name=name) if name == HURRY:
            t.order(PlaySound("attention"))
            t.stay(replace(mode, hurry=HURRY_SECONDS))
        case KeyPress():
            touched(t)
            return False  # whoever waits for the keys to end wants to know it, too
        case Pressed(button=Button.STAY):
            touched(t)
        case MoreTimeGranted(turn=turn, seconds=seconds) if turn == mode.asking:
            start(t, seconds)
        case ServiceRefused(turn=turn) | Unreachable(turn=turn) if turn == mode.asking:
            t.stay(replace(mode, asking=0))  # then the time that there was
        case _:
            return False
    return True
