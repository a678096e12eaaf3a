"""Somebody works in the workspace that is shown: their card, the session bar, idleness."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.session.enrolment import my_keys
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.held_by_mode import session_of
from kiosk.session.facts.modes import ActiveMode, OpeningMode
from kiosk.session.facts.orders import WatchTouch
from kiosk.session.facts.program_bar import (
    BarLeft,
    BarReached,
    BringProgram,
    LeaveBar,
    ProgramPicked,
    ProgramsChanged,
    ProgramsShown,
)
from kiosk.session.facts.stage_news import IdleExpired, UserActivity
from kiosk.session.facts.stage_orders import WatchIdle
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.ending import fade, let_go, lock, pulled
from kiosk.session.shared.transition import Transition
from kiosk.session.station import owing
from kiosk.session.station.at_work import idle_seconds, say, signs, watch
from kiosk.session.station.whose_card import look_at, not_read, owner_found

SIGN_SECONDS = 5
"""The sign lies over the patient's name: long enough to be read, and gone again."""


def say_ended(t: Transition, login: str, limit: str) -> None:
    """They find their programs begun anew: they are told why, once they are to be seen."""
    mode = t.state.mode
    if isinstance(mode, OpeningMode) and mode.session.person.login == login:
        t.stay(replace(mode, returning=False, notice=mode.notice or notices.ended(limit)))
    elif isinstance(mode, ActiveMode) and mode.session.person.login == login:
        say(t, notices.ended(limit))


def programs_stand(t: Transition, event: ProgramsChanged) -> None:
    """Of whoever is shown; of anybody else it is old."""
    session = session_of(t.state.mode)
    if session is not None and session.person.login == event.login:
        t.state = replace(t.state, desk=ProgramsShown(event.login, event.programs))


def on_active(t: Transition, mode: ActiveMode, event: Event) -> bool:
    """Somebody works here. False: not for us."""
    if mode.sign and isinstance(event, UserActivity | Tap | Pressed | ProgramPicked | BarReached):
        mode = replace(mode, sign=False, sign_read=False)
        t.stay(mode)
        watch(t)
    match event:
        case Pressed():
            return _pressed(t, mode, event.button)
        case Tap():
            look_at(t, mode, event)
        case Probed(presented=presented) if mode.probing:
            t.stay(replace(mode, probing=None))
            say(t, owner_found(t, mode, mode.probing, presented))
        case CardFailed() if mode.probing:
            notice = not_read(t, mode.probing, event)
            t.stay(replace(mode, probing=None))
            say(t, notice)
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case TimerExpired(name=AlarmName.SETTLE):
            t.stay(replace(mode, settled=True))
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case TimerExpired(name=AlarmName.SIGN):
            t.stay(replace(mode, sign_read=mode.sign))
        case BarReached() | BarLeft():
            t.stay(replace(mode, reached=isinstance(event, BarReached)))
        case ProgramPicked(number=number) if number < len(t.state.desk.of(mode.session.person.login)):
            t.stay(replace(mode, reached=False))
            t.order(BringProgram(mode.session.person.login, number))
        case IdleExpired() if signs(t) and not mode.sign:
            _show_sign(t, mode)
        case IdleExpired() if idle_seconds(t) > 0:
            _idle(t, mode)
        case _:
            return False
    return True


def _pressed(t: Transition, mode: ActiveMode, button: Button) -> bool:
    """A button of the session bar. False: not of it."""
    match button:
        case Button.LOCK:
            lock(t, "button")
        case Button.MY_KEYS:
            _my_keys(t, mode)
        case Button.WRITE_TEXT if mode.session.owes:
            _owed(t, mode)
        case Button.HELP:
            t.stay(replace(mode, help=not mode.help))
        case Button.LET_ASK:
            silenced_programs.let_ask(t, mode.session)
            t.stay(replace(mode, help=False))
            say(t, notices.LET_ASK)
        case Button.CANCEL:
            t.stay(replace(mode, help=False, notice=None, reached=False))
            if mode.reached:
                t.order(LeaveBar())
        case _:
            return False
    return True


def _my_keys(t: Transition, mode: ActiveMode) -> None:
    if t.state.status.network == "unreachable":
        say(t, notices.KEYS_OFFLINE)
    else:
        my_keys.fetch(t, mode.session)


def _owed(t: Transition, mode: ActiveMode) -> None:
    if t.state.status.network == "unreachable":
        say(t, notices.TEXT_OFFLINE)
    else:
        owing.fetch(t, mode.session)


def _show_sign(t: Transition, mode: ActiveMode) -> None:
    """They may have gone, and whoever comes next is to see whose work this is. A touch or a few seconds end it."""
    t.stay(replace(mode, sign=True, sign_read=False))
    t.set_timer(AlarmName.SIGN, SIGN_SECONDS)
    t.order(WatchTouch())
    rules = t.state.rules
    if rules.idle > 0:
        t.order(WatchIdle(rules.idle - rules.sign_after))


def _idle(t: Transition, mode: ActiveMode) -> None:
    """Warn. A card that is still being read does not keep the workspace open: its reader may be stuck."""
    let_go(t)
    fade(t, mode.session)
