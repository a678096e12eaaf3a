"""The workspace comes: until the stage has painted it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import ActiveMode, OpeningMode
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.state import STILL
from kiosk.session.shared import aftermath
from kiosk.session.shared.ending import lock, out_of_order, pulled
from kiosk.session.shared.transition import Transition
from kiosk.session.station.at_work import say, work
from kiosk.session.station.whose_card import look_at

SETTLE_SECONDS = 3


def on_opening(t: Transition, mode: OpeningMode, event: Event) -> bool:
    """Waiting for the stage to paint the workspace. False: not for us."""
    match event:
        case WorkspaceShown(login=login) if login == mode.session.person.login:
            if aftermath.typing(t):
                aftermath.hold(t, mode)
            else:
                _shown(t, mode)
        case TimerExpired(name=name) if name == STILL and mode.held:
            _shown(t, mode)
        case Tap() if event.fresh:
            t.stay(replace(mode, later=event))
        case TimerExpired(name=AlarmName.OPENING):
            out_of_order(t, "STAGE-SLOW", "out_of_order.stage")
        case Pressed(button=Button.LOCK | Button.CANCEL):
            lock(t, "button")
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case _:
            return False
    return True


def _shown(t: Transition, mode: OpeningMode) -> None:
    work(t, ActiveMode(mode.session, settled=mode.settled))
    if not mode.settled:
        t.set_timer(AlarmName.SETTLE, SETTLE_SECONDS)
    if mode.notice is not None:
        say(t, mode.notice)
    if mode.later is not None and isinstance(t.state.mode, ActiveMode):
        look_at(t, t.state.mode, mode.later)
