"""My keys: what a person has, over their covered workspace, and the way from there to add, replace or report one."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.drawable import NotDrawableError
from kiosk.model.enrolment import NAMEABLE, EnrolAct, FactorKind, FactorView, check_name
from kiosk.session.enrolment import who
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.enrolment_orders import EnrolmentWish, FetchFactors, NameFactor
from kiosk.session.facts.enrolment_state import MyKeysMode
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.person_input import FactorNamed, FactorPicked, KindPicked
from kiosk.session.facts.service_answers import FactorsReceived, ServiceRefused, Unreachable
from kiosk.session.shared import aftermath
from kiosk.session.shared.ending import left_alone, let_go, lock, pulled, return_to_workspace
from kiosk.session.shared.saying import say
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in.answers import revoked

KEYS_SECONDS = 300
"""For a station that watches no idleness."""
ADDABLE = frozenset(kind for kind in FactorKind if kind != FactorKind.TEMPORARY_BADGE)


def fetch(t: Transition, session: OpenSession) -> None:
    """Cover the workspace and ask for their list."""
    let_go(t)
    turn = t.ask(lambda turn: FetchFactors(turn, session.id))
    t.go(MyKeysMode(session, turn))
    t.set_timer(AlarmName.KEYS, t.state.rules.idle or KEYS_SECONDS)


def on_my_keys(t: Transition, mode: MyKeysMode, event: Event) -> bool:
    """What can happen while they look at their keys. False: not for us."""
    match event:
        case FactorsReceived(factors=factors) if factors.person.id == mode.session.person.id:
            session = replace(mode.session, keys_missing=factors.keys_missing)
            t.stay(MyKeysMode(session, factors=factors, chosen=mode.chosen, notice=mode.notice))
        case FactorsReceived():
            aftermath.ended(t, mode.session, notices.MISMATCH, None)
        case Unreachable():
            aftermath.ended(t, mode.session, notices.KEYS_OFFLINE, None)
        case ServiceRefused(code=code, request=request):
            if code == notices.STATION_REVOKED:
                revoked(t)
            else:
                gone = code == "not_found"
                said = notices.KEYS_GONE if gone else notices.problem(code, request)
                aftermath.ended(t, mode.session, said, None)
        case TimerExpired(name=AlarmName.KEYS):
            left_alone(t, mode.session)
        case KeyPress():
            t.set_timer(AlarmName.KEYS, t.state.rules.idle or KEYS_SECONDS)  # it is not left alone
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case Pressed(button=Button.LOCK):
            lock(t, "button")
        case Lift():
            if pulled(t, mode.session.tap, mode.session.role, event):
                lock(t, "card_removed")
        case Tap():
            say(t, mode, notices.ENROLLING if event.fresh else notices.LIFT_AND_TAP)
        case _:
            return _touched(t, mode, event)
    return True


def _touched(t: Transition, mode: MyKeysMode, event: Event) -> bool:
    """They chose something, or leave."""
    if not isinstance(event, Pressed | FactorPicked | FactorNamed | KindPicked):
        return False
    t.set_timer(AlarmName.KEYS, t.state.rules.idle or KEYS_SECONDS)
    match event:
        case Pressed(button=Button.CANCEL | Button.BACK | Button.REFUSE) if mode.chosen is not None:
            t.stay(
                replace(mode, chosen=mode.chosen if mode.confirm or mode.naming else None, confirm=False, naming=False)
            )
        case Pressed(button=Button.CANCEL | Button.BACK | Button.DONE | Button.REFUSE):
            return_to_workspace(t, mode.session, None, None)
        case FactorPicked(mark=mark) if mode.factors is not None:
            known = any(factor.mark == mark for factor in mode.factors.factors)
            t.stay(replace(mode, chosen=mark if known and mark != mode.chosen else None, confirm=False, naming=False))
        case FactorNamed(name=name):
            _name(t, mode, name)
        case Pressed(button=Button.ADD) if mode.factors is not None:
            who.from_session(t, mode.session, EnrolmentWish())
        case KindPicked(kind=kind) if mode.factors is not None and kind in mode.factors.may_add:
            who.from_session(t, mode.session, EnrolmentWish(kind=kind))
        case Pressed():
            return _with_chosen(t, mode, event.button)
        case _:
            return False
    return True


def _with_chosen(t: Transition, mode: MyKeysMode, button: Button) -> bool:
    """Something is to be done with the one that was pressed."""
    factor = _chosen(mode)
    if factor is None:
        return False
    match button:
        case Button.NAME if not mode.confirm and factor.kind in NAMEABLE:
            t.stay(replace(mode, naming=True))
        case Button.LOST if factor.state != "lost":
            t.stay(replace(mode, confirm=True, naming=False))
        case Button.CONFIRM if mode.confirm:
            who.from_session(t, mode.session, EnrolmentWish(EnrolAct.LOST, factor.kind, factor=factor.mark))
        case Button.REPLACE if not mode.confirm and factor.kind in ADDABLE:
            who.from_session(t, mode.session, EnrolmentWish(EnrolAct.ADD, factor.kind, factor=factor.mark))
        case _:
            return False
    return True


def _name(t: Transition, mode: MyKeysMode, name: str) -> None:
    """A name was typed: the service keeps it, if every screen can show it."""
    factor, name = _chosen(mode), " ".join(name.split())
    if factor is None or not mode.naming or mode.turn or not name:
        return
    try:
        check_name(name)
    except NotDrawableError:
        say(t, mode, notices.NAME_NOT_DRAWABLE)
        return
    turn = t.ask(lambda turn: NameFactor(turn, mode.session.id, factor.mark, name))
    t.stay(replace(mode, turn=turn, naming=False))


def _chosen(mode: MyKeysMode) -> FactorView | None:
    factors = mode.factors.factors if mode.factors is not None else ()
    return next((factor for factor in factors if factor.mark == mode.chosen), None)
