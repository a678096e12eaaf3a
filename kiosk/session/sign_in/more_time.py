"""The time that a sign-in has: a warning before it ends, and more of it for any key or the button (WCAG 2.2, 2.2.1)."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.events import (
    Button,
    Event,
    KeyPress,
    Pressed,
    Rang,
    ServiceRefused,
    TimeGiven,
    Unreachable,
)
from kiosk.session.facts.orders import AskMoreTime, Sound
from kiosk.session.facts.state import SecondFactorMode
from kiosk.session.shared.transition import Draft

HURRY_SECONDS = 30
"""Between warning and end; WCAG 2.2.1 wants at least 20."""
ENDS, HURRY = "ceremony", "hurry"


def start(d: Draft, seconds: int) -> None:
    """The service gives it ``seconds`` from now."""
    seconds = max(1, seconds)
    d.alarm(ENDS, seconds)
    if seconds > HURRY_SECONDS:
        d.alarm(HURRY, seconds - HURRY_SECONDS)
    else:
        d.hush(HURRY)
    if isinstance(d.state.mode, SecondFactorMode):
        d.stay(replace(d.state.mode, hurry=seconds if seconds <= HURRY_SECONDS else 0, asking=0))


def touched(d: Draft) -> None:
    """A key was pressed, on the keyboard or on the screen's keypad: somebody is there, and is given more time."""
    m = d.state.mode
    if isinstance(m, SecondFactorMode) and m.hurry and not m.asking:
        ceremony = m.proving.view.id
        d.stay(replace(m, asking=d.ask(lambda turn: AskMoreTime(turn, ceremony))))


def on_time(d: Draft, m: SecondFactorMode, event: Event) -> bool:
    """What has to do with its time. False: something else as well; a key may mean more than that somebody is there."""
    match event:
        case Rang(name=name) if name == HURRY:
            d.order(Sound("attention"))
            d.stay(replace(m, hurry=HURRY_SECONDS))
        case KeyPress():
            touched(d)
            return False  # whoever waits for the keys to end wants to know it, too
        case Pressed(button=Button.STAY):
            touched(d)
        case TimeGiven(turn=turn, seconds=seconds) if turn == m.asking:
            start(d, seconds)
        case ServiceRefused(turn=turn) | Unreachable(turn=turn) if turn == m.asking:
            d.stay(replace(m, asking=0))  # then the time that there was
        case _:
            return False
    return True
