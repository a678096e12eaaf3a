"""The screens on which nobody is signed in: locked, unknown badge, out of order."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Tap
from kiosk.model.ceremony import LOGIN_LENGTH, LoginPresented
from kiosk.session.enrolment import who
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.events import Button, Event, LoginTyped, Pressed, Rang
from kiosk.session.facts.orders import Tell
from kiosk.session.facts.state import LockedMode, OutOfOrderMode, UnknownBadgeMode
from kiosk.session.shared.ending import NOTICE_SECONDS, to_locked
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import reading

TYPING_SECONDS = 60


def on_locked(d: Draft, m: LockedMode, event: Event) -> bool:
    """Locked. False: not for us."""
    match event:
        case Tap():
            reading.read(d, event)
        case Pressed(button=Button.USE_CODE):
            d.go(LockedMode(typing_login=True, went=m.went))
            d.alarm(AlarmName.TYPING, TYPING_SECONDS)
        case Pressed(button=Button.ENROL):
            who.at_lock_screen(d)
        case Pressed(button=Button.HAVE_CODES):
            who.by_codes(d)
        case LoginTyped(login=login) if m.typing_login:
            _login(d, m, login.strip())
        case Pressed(button=Button.NOT_ME) if m.went is not None:
            d.order(Tell("not_me", m.went[0], detail={"where": m.went[1]}))
            to_locked(d, notices.NOT_ME_SENT)
        case (
            Pressed(button=Button.CANCEL | Button.REFUSE | Button.TRY_AGAIN)
            | Rang(name=AlarmName.WENT | AlarmName.TYPING)
        ):
            to_locked(d)
        case Rang(name=AlarmName.NOTICE):
            d.stay(replace(m, notice=None, refused=False))
        case _:
            return False
    return True


def _login(d: Draft, m: LockedMode, login: str) -> None:
    if not login or len(login) > LOGIN_LENGTH:
        d.stay(replace(m, notice=notices.NO_LOGIN))
        d.alarm(AlarmName.NOTICE, NOTICE_SECONDS)
    else:
        reading.begin(d, 0, None, LoginPresented(login))


def on_unknown_badge(d: Draft, m: UnknownBadgeMode, event: Event) -> bool:
    """A badge that nobody knows; the next one may be known. False: not for us."""
    match event:
        case Tap():
            reading.read(d, event)
        case Pressed(button=Button.ENROL):
            who.at_lock_screen(d, m.badge)
        case Pressed(button=Button.TRY_AGAIN | Button.CANCEL | Button.REFUSE) | Rang(name=AlarmName.UNKNOWN):
            to_locked(d)
        case Pressed(button=Button.USE_CODE):
            d.go(LockedMode(typing_login=True))
            d.alarm(AlarmName.TYPING, TYPING_SECONDS)
        case _:
            return False
    return True


def on_out_of_order(d: Draft, m: OutOfOrderMode, event: Event) -> bool:
    """Something failed. Unless the service turned us away, a tap or a press tries again. False: not for us."""
    if m.final:
        return False
    match event:
        case Tap():
            reading.read(d, event)
        case Pressed(button=Button.TRY_AGAIN | Button.CANCEL) | Rang(name=AlarmName.HEAL):
            to_locked(d)
        case _:
            return False
    return True
