"""My keys: what a person has, over her covered workspace, and the way from there to add, replace or report one."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.drawable import NotDrawableError
from kiosk.model.enrolment import NAMEABLE, EnrolAct, FactorKind, FactorView, check_name
from kiosk.session.enrolment import who
from kiosk.session.facts import notices
from kiosk.session.facts.carried import Session
from kiosk.session.facts.enrolment_orders import FetchFactors, NameFactor, Wish
from kiosk.session.facts.events import (
    Button,
    Event,
    FactorNamed,
    FactorPicked,
    FactorsCame,
    KeyPress,
    KindPicked,
    Pressed,
    Rang,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.orders import ShowWorkspace, Sound
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import MyKeysMode
from kiosk.session.shared import aftermath
from kiosk.session.shared.ending import NOTICE_SECONDS, fade, let_go, lock, pulled, return_to_workspace
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in.answers import revoked

KEYS_SECONDS = 300
"""For a station that watches no idleness."""
ADDABLE = frozenset(kind for kind in FactorKind if kind != FactorKind.TEMPORARY_BADGE)


def fetch(d: Draft, session: Session) -> None:
    """Cover the workspace and ask for her list."""
    let_go(d)
    turn = d.ask(lambda turn: FetchFactors(turn, session.id))
    d.go(MyKeysMode(session, turn))
    d.alarm("keys", d.state.rules.idle or KEYS_SECONDS)


def on_my_keys(d: Draft, m: MyKeysMode, event: Event) -> bool:
    """What can happen while she looks at her keys. False: not for us."""
    match event:
        case FactorsCame(factors=factors) if factors.person.id == m.session.person.id:
            session = replace(m.session, keys_missing=factors.keys_missing)
            d.stay(MyKeysMode(session, factors=factors, chosen=m.chosen, notice=m.notice))
        case FactorsCame():
            aftermath.ended(d, m.session, notices.MISMATCH, None)
        case Unreachable():
            aftermath.ended(d, m.session, notices.KEYS_OFFLINE, None)
        case ServiceRefused(code=code):
            if code == notices.STATION_REVOKED:
                revoked(d)
            else:
                gone = code == "not_found"
                aftermath.ended(d, m.session, notices.KEYS_GONE if gone else notices.problem(code), None)
        case Rang(name="keys"):
            _left_alone(d, m)
        case KeyPress():
            d.alarm("keys", d.state.rules.idle or KEYS_SECONDS)  # it is not left alone
        case Rang(name="notice"):
            d.stay(replace(m, notice=None))
        case Pressed(button=Button.LOCK):
            lock(d, "button")
        case Lift():
            if pulled(d, m.session.tap, m.session.role, event):
                lock(d, "card_removed")
        case Tap():
            _say(d, m, notices.ENROLLING if event.fresh else notices.LIFT_AND_TAP)
        case _:
            return _touched(d, m, event)
    return True


def _left_alone(d: Draft, m: MyKeysMode) -> None:
    """As long as a workspace may lie idle; then as if she had gone back to it so long ago."""
    if d.state.rules.idle > 0:
        fade(d, m.session)
        d.order(ShowWorkspace(m.session.person))
    else:
        return_to_workspace(d, m.session, None, None)


def _touched(d: Draft, m: MyKeysMode, event: Event) -> bool:
    """She chose something, or leaves."""
    if not isinstance(event, Pressed | FactorPicked | FactorNamed | KindPicked):
        return False
    d.alarm("keys", d.state.rules.idle or KEYS_SECONDS)
    match event:
        case Pressed(button=Button.CANCEL | Button.BACK | Button.REFUSE) if m.chosen is not None:
            d.stay(replace(m, chosen=m.chosen if m.confirm or m.naming else None, confirm=False, naming=False))
        case Pressed(button=Button.CANCEL | Button.BACK | Button.DONE | Button.REFUSE):
            return_to_workspace(d, m.session, None, None)
        case FactorPicked(mark=mark) if m.factors is not None:
            known = any(factor.mark == mark for factor in m.factors.factors)
            d.stay(replace(m, chosen=mark if known and mark != m.chosen else None, confirm=False, naming=False))
        case FactorNamed(name=name):
            _name(d, m, name)
        case Pressed(button=Button.ADD) if m.factors is not None:
            who.from_session(d, m.session, Wish())
        case KindPicked(kind=kind) if m.factors is not None and kind in m.factors.may_add:
            who.from_session(d, m.session, Wish(kind=kind))
        case Pressed():
            return _with_chosen(d, m, event.button)
        case _:
            return False
    return True


def _with_chosen(d: Draft, m: MyKeysMode, button: Button) -> bool:
    """Something is to be done with the one that was pressed."""
    factor = _chosen(m)
    if factor is None:
        return False
    match button:
        case Button.NAME if not m.confirm and factor.kind in NAMEABLE:
            d.stay(replace(m, naming=True))
        case Button.LOST if factor.state != "lost":
            d.stay(replace(m, confirm=True, naming=False))
        case Button.CONFIRM if m.confirm:
            who.from_session(d, m.session, Wish(EnrolAct.LOST, factor.kind, factor=factor.mark))
        case Button.REPLACE if not m.confirm and factor.kind in ADDABLE:
            who.from_session(d, m.session, Wish(EnrolAct.ADD, factor.kind, factor=factor.mark))
        case _:
            return False
    return True


def _name(d: Draft, m: MyKeysMode, name: str) -> None:
    """A name was typed: the service keeps it, if every screen can show it."""
    factor, name = _chosen(m), " ".join(name.split())
    if factor is None or not m.naming or m.turn or not name:
        return
    try:
        check_name(name)
    except NotDrawableError:
        _say(d, m, notices.NAME_NOT_DRAWABLE)
        return
    turn = d.ask(lambda turn: NameFactor(turn, m.session.id, factor.mark, name))
    d.stay(replace(m, turn=turn, naming=False))


def _chosen(m: MyKeysMode) -> FactorView | None:
    factors = m.factors.factors if m.factors is not None else ()
    return next((factor for factor in factors if factor.mark == m.chosen), None)


def _say(d: Draft, m: MyKeysMode, notice: Notice) -> None:
    d.order(Sound("attention"))
    d.stay(replace(m, notice=notice))
    d.alarm("notice", NOTICE_SECONDS)
