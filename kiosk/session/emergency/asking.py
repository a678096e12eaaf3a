"""From the lock screen to the service's word: who it is, why, and then the workspace.

Two touches are needed at least: the one that leads here, and the reason's. Who it is, is said by a card, a login, or
by "not known" where the policy allows that; none of it is proved.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model import sealed_code
from kiosk.model.card import Tap
from kiosk.model.ceremony import LOGIN_LENGTH, LoginPresented
from kiosk.model.emergency import EmergencyOffer
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.session.emergency import lasting
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.carried import Probing
from kiosk.session.facts.emergency_state import EmergencyMode
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.person_input import LoginTyped, ReasonPicked, SealedCodeTyped
from kiosk.session.facts.service_answers import EmergencyOpened, ServiceRefused
from kiosk.session.facts.session_orders import BeginEmergency, ReportEvent
from kiosk.session.shared.ending import NOTICE_SECONDS, to_locked
from kiosk.session.shared.transition import Transition

SECONDS = 90
"""For which it is asked, without a touch."""
READY_SECONDS = 0.7
"""Until touches count."""


def at_lock_screen(t: Transition) -> bool:
    """The first touch. False where there is no emergency access."""
    if t.state.rules.emergency is None:
        return False
    t.order(PlaySound("attention"))
    t.go(EmergencyMode())
    t.set_timer(AlarmName.FIRST_SECOND, READY_SECONDS)
    t.set_timer(AlarmName.EMERGENCY_ASKED, SECONDS)
    return True


def on_emergency(t: Transition, mode: EmergencyMode, event: Event) -> bool:
    """Who it is and why is asked. False: not for us."""
    offer = t.state.rules.emergency
    if offer is None:
        to_locked(t, notices.EMERGENCY_GONE)
        return True
    match event:
        case EmergencyOpened() if mode.turn:
            lasting.opened(t, mode, offer, event)
        case ServiceRefused(code=code, says=says) if mode.turn:
            to_locked(t, notices.emergency_refused(code, says))
        case TimerExpired(name=AlarmName.FIRST_SECOND):
            t.stay(replace(mode, ready=True))
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case TimerExpired(name=AlarmName.EMERGENCY_ASKED):
            to_locked(t, notices.TIMED_OUT)
        case Pressed(button=Button.CANCEL | Button.REFUSE) if mode.typing_login or mode.typing_code:
            t.stay(replace(mode, typing_login=False, typing_code=False))
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            to_locked(t)
        case _ if mode.turn:
            return False  # it is on its way
        case Pressed() | ReasonPicked() | LoginTyped() | SealedCodeTyped() if not mode.ready:
            return False  # seen too short; a card is no finger that bounces
        case _:
            return _said(t, mode, offer, event)
    return True


def _said(t: Transition, mode: EmergencyMode, offer: EmergencyOffer, event: Event) -> bool:
    match event:
        case Tap():
            _tap(t, mode, event)
        case Probed(presented=presented) if mode.probing:
            t.order(DropCard(mode.probing.tap.number))
            _go_on(t, replace(mode, probing=None, presented=presented, unknown=False, notice=None), offer)
        case CardFailed(trouble=trouble) if mode.probing:
            t.order(ReportEvent("tap_failed", reason=trouble.value), DropCard(mode.probing.tap.number))
            _say(t, replace(mode, probing=None, notice=notices.card(trouble)))
        case Pressed(button=Button.TYPE_LOGIN):
            t.stay(replace(mode, typing_login=True, typing_code=False))
        case Pressed(button=Button.SAFE_CODE) if offer.codes:
            t.stay(replace(mode, typing_code=True, typing_login=False))
        case SealedCodeTyped(code=code) if mode.typing_code and offer.codes:
            _code(t, mode, offer, code)
        case LoginTyped(login=login) if mode.typing_login:
            _login(t, mode, offer, login.strip())
        case Pressed(button=Button.NOT_KNOWN) if offer.unknown:
            said = replace(mode, unknown=True, presented=None, typing_login=False, typing_code=False, notice=None)
            _go_on(t, said, offer)
        case ReasonPicked(reason=reason) if reason in offer.reasons:
            _go_on(t, replace(mode, reason=reason), offer)
        case _:
            return False
    return True


def _tap(t: Transition, mode: EmergencyMode, tap: Tap) -> None:
    if mode.probing:
        t.order(DropCard(mode.probing.tap.number))
    if not tap.fresh:
        _say(t, replace(mode, probing=None, notice=notices.LIFT_AND_TAP))
        return
    turn = t.ask(lambda turn: ProbeCard(turn, tap.number))
    t.order(PlaySound("tap"))
    t.stay(replace(mode, probing=Probing(turn, tap), notice=None))


def _login(t: Transition, mode: EmergencyMode, offer: EmergencyOffer, login: str) -> None:
    if not login or len(login) > LOGIN_LENGTH:
        _say(t, replace(mode, notice=notices.NO_LOGIN))
    else:
        said = replace(mode, presented=LoginPresented(login), unknown=False, typing_login=False, notice=None)
        _go_on(t, said, offer)


def _code(t: Transition, mode: EmergencyMode, offer: EmergencyOffer, text: str) -> None:
    code = sealed_code.tidy(text)
    if code is None:
        _say(t, replace(mode, notice=notices.NO_SEALED_CODE))
    else:
        said = replace(mode, presented=SealedCodePresented(code), unknown=False, typing_code=False, notice=None)
        _go_on(t, said, offer)


def _say(t: Transition, mode: EmergencyMode) -> None:
    t.order(PlaySound("attention"))
    t.stay(mode)
    t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
    t.set_timer(AlarmName.EMERGENCY_ASKED, SECONDS)


def _go_on(t: Transition, mode: EmergencyMode, offer: EmergencyOffer) -> None:
    """Ask for it once both are said."""
    t.stay(mode)
    t.set_timer(AlarmName.EMERGENCY_ASKED, SECONDS)
    reason, presented = mode.reason, mode.presented
    if mode.who_is_said and reason is not None:
        turn = t.ask(lambda turn: BeginEmergency(turn, presented, reason))
        t.stay(replace(mode, turn=turn, typing_login=False, typing_code=False, notice=None))
