"""About to lock: the screen fades, and anything that a person does keeps it open."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import ActiveMode, FadingMode
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.stage_news import UserActivity
from kiosk.session.shared import aftermath
from kiosk.session.shared.ending import lock, pulled, return_to_workspace
from kiosk.session.shared.transition import Transition
from kiosk.session.station.at_work import say, work
from kiosk.session.station.whose_card import not_read, owner_found, read


def on_fading(t: Transition, mode: FadingMode, event: Event) -> bool:
    """About to lock: anything that a person does keeps it open. False: not for us.

    A card that comes may be a colleague's, who types next: until it is known whose it is, the workspace stays covered.
    """
    match event:
        case TimerExpired(name=AlarmName.FADE):
            lock(t, "idle")
        case Pressed(button=Button.LOCK):
            lock(t, "button")
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case UserActivity() | Pressed() if mode.probing is None:
            _keep_open(t, mode.session, None)
        case Tap() if event.fresh:
            if mode.probing:
                t.order(DropCard(mode.probing.tap.number))
            t.stay(replace(mode, probing=read(t, event)))
        case Tap():
            _keep_open(t, mode.session, notices.LIFT_AND_TAP)
        case Probed(presented=presented) if mode.probing:
            t.stay(replace(mode, probing=None))
            notice = owner_found(t, ActiveMode(mode.session, settled=True), mode.probing, presented)
            if notice is not None:
                _keep_open(t, mode.session, notice)
        case CardFailed() if mode.probing:
            _keep_open(t, mode.session, not_read(t, mode.probing, event))
        case _:
            return False
    return True


def _keep_open(t: Transition, session: OpenSession, notice: Notice | None) -> None:
    """Somebody is here. What they type already is not for the workspace, unless it was typed at the warning."""
    if aftermath.typing(t):
        return_to_workspace(t, session, notice, None)
    else:
        work(t, ActiveMode(session, settled=True))
        say(t, notice)
