"""A text that a person owes after an emergency access: written over their covered workspace, or left for later."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.drawable import NotDrawableError
from kiosk.model.drawable import check as check_drawable
from kiosk.model.owed_text import MAX_OWED_TEXT
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.emergency_state import OwedTextMode
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.person_input import TextTyped
from kiosk.session.facts.service_answers import OwedReceived, ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import FetchOwed, SendOwed
from kiosk.session.shared import aftermath
from kiosk.session.shared.ending import left_alone, let_go, lock, pulled, return_to_workspace
from kiosk.session.shared.saying import say
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in.answers import revoked

SECONDS = 300
"""For a station that watches no idleness."""


def fetch(t: Transition, session: OpenSession) -> None:
    """Cover the workspace and ask what they owe."""
    let_go(t)
    turn = t.ask(lambda turn: FetchOwed(turn, session.id))
    t.go(OwedTextMode(session, turn))
    _left(t)


def on_owing(t: Transition, mode: OwedTextMode, event: Event) -> bool:
    """What can happen while they write. False: not for us."""
    match event:
        case OwedReceived(owed=owed) if owed.texts:
            said = notices.TEXT_TAKEN if mode.sending else mode.notice
            t.stay(OwedTextMode(mode.session, texts=owed.texts, notice=said))
        case OwedReceived():
            return_to_workspace(t, replace(mode.session, owes=False), notices.TEXT_TAKEN, None)
        case Unreachable():
            aftermath.ended(t, mode.session, notices.TEXT_OFFLINE, None)
        case ServiceRefused(code=notices.STATION_REVOKED):
            revoked(t)
        case ServiceRefused(code=code, request=request):
            aftermath.ended(t, mode.session, notices.problem(code, request), None)
        case TimerExpired(name=AlarmName.KEYS):
            left_alone(t, mode.session)
        case KeyPress():
            _left(t)
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case Pressed(button=Button.LOCK):
            lock(t, "button")
        case Pressed(button=Button.CANCEL | Button.BACK | Button.DONE | Button.REFUSE):
            return_to_workspace(t, mode.session, None, None)
        case TextTyped(text=text) if mode.texts and not mode.turn:
            _write(t, mode, text)
        case Lift():
            if pulled(t, mode.session.tap, mode.session.role, event):
                lock(t, "card_removed")
        case Tap():
            say(t, mode, notices.ENROLLING if event.fresh else notices.LIFT_AND_TAP)
        case _:
            return False
    return True


def _write(t: Transition, mode: OwedTextMode, text: str) -> None:
    """It is sent, if every screen can show it."""
    _left(t)
    words = " ".join(text.split())
    try:
        check_drawable("", words, "sentence", MAX_OWED_TEXT)
    except NotDrawableError:
        say(t, mode, notices.TEXT_NOT_DRAWABLE)
        return
    turn = t.ask(lambda turn: SendOwed(turn, mode.session.id, mode.texts[0].emergency, words))
    t.stay(replace(mode, turn=turn, sending=True, notice=None))


def _left(t: Transition) -> None:
    t.set_timer(AlarmName.KEYS, t.state.rules.idle or SECONDS)
