"""How an enrolment begins: whose it is to be, by a tap, a start code or a login, or by her open session."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.card import Tap
from kiosk.model.ceremony import LOGIN_LENGTH, LoginPresented
from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, FactorKind, SessionPresented
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.secret import Secret
from kiosk.session.enrolment.moves import WHOLE, ask, probe, put, retype, say
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.carried import Session
from kiosk.session.facts.enrolment_orders import BeginEnrolment, ChooseKind, Wish
from kiosk.session.facts.enrolment_state import AskingPart, EnrolMode, WhoPart
from kiosk.session.facts.events import (
    Button,
    CardFailed,
    Event,
    LoginTyped,
    Pressed,
    Probed,
    Rang,
    Typed,
)
from kiosk.session.facts.orders import Tell
from kiosk.session.facts.state import Doing
from kiosk.session.shared import proving
from kiosk.session.shared.ending import to_locked
from kiosk.session.shared.transition import Draft

WHO_SECONDS = 120
AGAIN = frozenset(
    {
        EnrolRefusalCode.UNKNOWN,
        EnrolRefusalCode.START_CODE,
        EnrolRefusalCode.TOO_FAST,
        EnrolRefusalCode.RANDOM_UID,
        EnrolRefusalCode.BAD_UID,
        EnrolRefusalCode.PROOF_CARD,
    }
)
"""Refusals of who it is after which somebody may say so again."""


def at_lock_screen(d: Draft, new: UidPresented | None = None) -> None:
    """Nobody is signed in. ``new``: the unknown badge that began it."""
    if d.state.around.network == "unreachable":
        to_locked(d, notices.unreachable(d.state.around))
        return
    wish = Wish(kind=FactorKind.BADGE, new=new) if new is not None else Wish()
    d.go(EnrolMode(WhoPart("start_code"), wish, seconds=WHO_SECONDS))
    d.alarm(WHOLE, WHO_SECONDS)


def by_codes(d: Draft) -> None:
    """Badge and key are gone, recovery codes are at hand: she types her login, and a code is asked for first."""
    at_lock_screen(d)
    if isinstance(d.state.mode, EnrolMode):
        d.stay(replace(d.state.mode, part=WhoPart("login"), by_codes=True))


def from_session(d: Draft, session: Session, wish: Wish, more: bool = False) -> None:
    """Her session is open here, its workspace covered. ``more``: something was added just before."""
    who = SessionPresented(session.id)
    m = EnrolMode(AskingPart(), wish, session, seconds=WHO_SECONDS, who=who, more=more)
    d.go(m)
    d.alarm(WHOLE, WHO_SECONDS)
    ask(d, m, lambda turn: BeginEnrolment(turn, wish, who))


def something_else(d: Draft, m: EnrolMode) -> None:
    """Enrolled, and more is to be: by her session, else within the same enrolment, which knows who she is.

    What she said it with may be used up, as a start code is.
    """
    view = m.view
    if m.session is not None:
        from_session(d, m.session, Wish(), more=True)
    elif view is not None:  # pragma: no branch - only what the service has told of can go on
        again = EnrolMode(AskingPart(), view=view, seconds=WHO_SECONDS, who=m.who, more=True, by_codes=m.by_codes)
        d.go(again)
        d.alarm(WHOLE, WHO_SECONDS)
        ask(d, again, lambda turn: ChooseKind(turn, view.id, None))


def on_who(d: Draft, m: EnrolMode, part: WhoPart, event: Event) -> bool:
    """Whose is it to be? False: not for us."""
    match event:
        case Tap() if m.doing == Doing.NOTHING:
            if event.fresh:
                probe(d, m, event, replace(part, tap=event.number))
            else:
                say(d, notices.LIFT_AND_TAP)
        case Probed(presented=presented) if m.doing == Doing.PROBE:
            _presented(d, m, part, presented)
        case CardFailed(trouble=trouble) if m.doing == Doing.PROBE:
            d.order(Tell("tap_failed", reason=trouble.value))
            put(d, m, replace(part, tap=0))
            say(d, notices.card(trouble))
        case Rang(name=AlarmName.WAIT):
            left = proving.waited(d, part.wait)
            d.stay(replace(m, part=replace(part, wait=left, again=left is None)))
        case _ if m.doing == Doing.NOTHING:
            return _typing(d, m, part, event)
        case _:
            return False
    return True


def _typing(d: Draft, m: EnrolMode, part: WhoPart, event: Event) -> bool:
    match event:
        case Pressed(button=Button.TYPE_START_CODE):
            _type(d, m, part, "start_code")
        case Pressed(button=Button.TYPE_LOGIN):
            _type(d, m, part, "login")
        case Typed(secret=secret) if part.typing == "start_code" and part.wait is None and secret:
            _begin(d, m, None, secret=secret)
        case LoginTyped(login=login) if part.typing == "login" and part.wait is None:
            if 0 < len(login.strip()) <= LOGIN_LENGTH:
                _begin(d, m, LoginPresented(login.strip()))
            else:
                say(d, notices.NO_LOGIN)
        case _:
            return False
    return True


def _type(d: Draft, m: EnrolMode, part: WhoPart, what: Literal["start_code", "login"] | None) -> None:
    retype(d, replace(m, refusal=None), replace(part, typing=what))


def _presented(d: Draft, m: EnrolMode, part: WhoPart, presented: Presented) -> None:
    """Who has only the new badge has said nothing yet."""
    if presented == m.wish.new:
        put(d, m, replace(part, tap=0))
        say(d, notices.SAME_BADGE)
    else:
        _begin(d, replace(m, presented=presented), presented, part.tap)


def _begin(
    d: Draft, m: EnrolMode, who: Presented | LoginPresented | None, tap: int = 0, secret: Secret | None = None
) -> None:
    wish = m.wish
    ask(d, replace(m, who=who), lambda turn: BeginEnrolment(turn, wish, who, tap, secret))


def not_known(d: Draft, m: EnrolMode, part: WhoPart, refusal: EnrolRefusal) -> None:
    """The service does not know who that is, or will not be asked again at once."""
    retype(d, _anew(m, refusal=refusal), WhoPart(part.typing, refusal.wait or None))
    d.alarm(WHOLE, WHO_SECONDS)
    if refusal.wait:
        d.alarm(AlarmName.WAIT, 1)


def who_again(d: Draft, m: EnrolMode) -> None:
    """Back to the first question."""
    typing: Literal["start_code"] | None = "start_code" if m.wish.new is not None else None
    retype(d, replace(_anew(m), presented=None), WhoPart(typing))
    d.alarm(WHOLE, WHO_SECONDS)


def _anew(m: EnrolMode, refusal: EnrolRefusal | None = None) -> EnrolMode:
    """Nobody yet, with all the time for that: what the service said of its enrolment is over."""
    return replace(m, view=None, who=None, refusal=refusal, seconds=WHO_SECONDS)
