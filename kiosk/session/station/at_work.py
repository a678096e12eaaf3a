"""Somebody is at work: their workspace is shown, their idleness is counted, and a sentence may be said to them."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.modes import ActiveMode
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.stage_orders import WatchIdle
from kiosk.session.shared.ending import NOTICE_SECONDS
from kiosk.session.shared.transition import Transition


def work(t: Transition, mode: ActiveMode) -> None:
    t.go(mode)
    watch(t)


def signs(t: Transition) -> bool:
    """Whether the bar is to say large who is signed in, before anything fades."""
    rules, idle = t.state.rules, idle_seconds(t)
    return t.state.emergency is None and rules.sign_after > 0 and (idle == 0 or rules.sign_after < idle)


def idle_seconds(t: Transition) -> int:
    """Without a touch until the warning: an emergency access has a time of its own, never longer."""
    idle, emergency = t.state.rules.idle, t.state.emergency
    return idle if emergency is None else min(emergency.idle, idle or emergency.idle)


def watch(t: Transition) -> None:
    """Somebody is here: idleness is counted from now."""
    seconds = t.state.rules.sign_after if signs(t) else idle_seconds(t)
    if seconds > 0:
        t.order(WatchIdle(seconds))


def say(t: Transition, notice: Notice | None) -> None:
    if notice is not None and isinstance(t.state.mode, ActiveMode):
        t.stay(replace(t.state.mode, notice=notice))
        t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
