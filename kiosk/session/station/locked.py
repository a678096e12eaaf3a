"""The screens on which nobody is signed in: locked, unknown badge, out of order."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Tap
from kiosk.model.ceremony import LOGIN_LENGTH, LoginPresented
from kiosk.session.emergency import asking
from kiosk.session.enrolment import who
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import LockedMode, OutOfOrderMode, UnknownBadgeMode
from kiosk.session.facts.person_input import LoginTyped
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared.ending import NOTICE_SECONDS, to_locked
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import reading

TYPING_SECONDS = 60


def on_locked(t: Transition, mode: LockedMode, event: Event) -> bool:
    """Locked. False: not for us."""
    match event:
        case Tap():
            reading.read(t, event)
        case Pressed(button=Button.USE_CODE):
            t.go(LockedMode(typing_login=True, went=mode.went))
            t.set_timer(AlarmName.TYPING, TYPING_SECONDS)
        case Pressed(button=Button.ENROL):
            who.at_lock_screen(t)
        case Pressed(button=Button.HAVE_CODES):
            who.by_codes(t)
        case Pressed(button=Button.EMERGENCY):
            return asking.at_lock_screen(t)
        case LoginTyped(login=login) if mode.typing_login:
            _login(t, mode, login.strip())
        case Pressed(button=Button.NOT_ME) if mode.went is not None:
            t.order(ReportEvent("not_me", mode.went[0], detail={"where": mode.went[1]}))
            to_locked(t, notices.NOT_ME_SENT)
        case (
            Pressed(button=Button.CANCEL | Button.REFUSE | Button.TRY_AGAIN)
            | TimerExpired(name=AlarmName.WENT | AlarmName.TYPING)
        ):
            to_locked(t)
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None, refused=False))
        case _:
            return False
    return True


def _login(t: Transition, mode: LockedMode, login: str) -> None:
    if not login or len(login) > LOGIN_LENGTH:
        t.stay(replace(mode, notice=notices.NO_LOGIN))
        t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
    else:
        reading.begin(t, 0, None, LoginPresented(login))


def on_unknown_badge(t: Transition, mode: UnknownBadgeMode, event: Event) -> bool:
    """A badge that nobody knows; the next one may be known. False: not for us."""
    match event:
        case Tap():
            reading.read(t, event)
        case Pressed(button=Button.ENROL):
            who.at_lock_screen(t, mode.badge)
        case Pressed(button=Button.TRY_AGAIN | Button.CANCEL | Button.REFUSE) | TimerExpired(name=AlarmName.UNKNOWN):
            to_locked(t)
        case Pressed(button=Button.USE_CODE):
            t.go(LockedMode(typing_login=True))
            t.set_timer(AlarmName.TYPING, TYPING_SECONDS)
        case _:
            return False
    return True


def on_out_of_order(t: Transition, mode: OutOfOrderMode, event: Event) -> bool:
    """Something failed. Unless the service turned us away, a tap or a press tries again. False: not for us."""
    if mode.final:
        return False
    match event:
        case Tap():
            reading.read(t, event)
        case Pressed(button=Button.TRY_AGAIN | Button.CANCEL) | TimerExpired(name=AlarmName.HEAL):
            to_locked(t)
        case _:
            return False
    return True
