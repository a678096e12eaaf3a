"""How an enrolment begins: whose it is to be, by a tap, a start code or a login, or by their open session."""

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
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.carried import OpenSession, PendingStep
from kiosk.session.facts.enrolment_orders import ChooseKind, EnrolmentWish, StartEnrolment
from kiosk.session.facts.enrolment_state import AskingPhase, EnrolMode, WhoPhase
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.person_input import LoginTyped, Typed
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared import proving
from kiosk.session.shared.ending import to_locked
from kiosk.session.shared.transition import Transition

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


def at_lock_screen(t: Transition, new: UidPresented | None = None) -> None:
    """Nobody is signed in. ``new``: the unknown badge that began it."""
    if t.state.status.network == "unreachable":
        to_locked(t, notices.unreachable(t.state.status))
        return
    wish = EnrolmentWish(kind=FactorKind.BADGE, new=new) if new is not None else EnrolmentWish()
    t.go(EnrolMode(WhoPhase("start_code"), wish, seconds=WHO_SECONDS))
    t.set_timer(WHOLE, WHO_SECONDS)


def by_codes(t: Transition) -> None:
    """Badge and key are gone, recovery codes are at hand: they type their login, and a code is asked for first."""
    at_lock_screen(t)
    if isinstance(t.state.mode, EnrolMode):
        t.stay(replace(t.state.mode, part=WhoPhase("login"), by_codes=True))


def from_session(t: Transition, session: OpenSession, wish: EnrolmentWish, more: bool = False) -> None:
    """Their session is open here, its workspace covered. ``more``: something was added just before."""
    who = SessionPresented(session.id)
    mode = EnrolMode(AskingPhase(), wish, session, seconds=WHO_SECONDS, who=who, more=more)
    t.go(mode)
    t.set_timer(WHOLE, WHO_SECONDS)
    ask(t, mode, lambda turn: StartEnrolment(turn, wish, who))


def something_else(t: Transition, mode: EnrolMode) -> None:
    """Enrolled, and more is to be: by their session, else within the same enrolment, which knows who they are.

    What they said it with may be used up, as a start code is.
    """
    view = mode.view
    if mode.session is not None:
        from_session(t, mode.session, EnrolmentWish(), more=True)
    elif view is not None:  # pragma: no branch - only what the service has told of can go on
        again = EnrolMode(
            AskingPhase(), view=view, seconds=WHO_SECONDS, who=mode.who, more=True, by_codes=mode.by_codes
        )
        t.go(again)
        t.set_timer(WHOLE, WHO_SECONDS)
        ask(t, again, lambda turn: ChooseKind(turn, view.id, None))


def on_who(t: Transition, mode: EnrolMode, part: WhoPhase, event: Event) -> bool:
    """Whose is it to be? False: not for us."""
    match event:
        case Tap() if mode.pending == PendingStep.NOTHING:
            if event.fresh:
                probe(t, mode, event, replace(part, tap=event.number))
            else:
                say(t, notices.LIFT_AND_TAP)
        case Probed(presented=presented) if mode.pending == PendingStep.PROBE:
            _presented(t, mode, part, presented)
        case CardFailed(trouble=trouble) if mode.pending == PendingStep.PROBE:
            t.order(ReportEvent("tap_failed", reason=trouble.value))
            put(t, mode, replace(part, tap=0))
            say(t, notices.card(trouble))
        case TimerExpired(name=AlarmName.WAIT):
            left = proving.waited(t, part.wait)
            t.stay(replace(mode, part=replace(part, wait=left, again=left is None)))
        case _ if mode.pending == PendingStep.NOTHING:
            return _typing(t, mode, part, event)
        case _:
            return False
    return True


def _typing(t: Transition, mode: EnrolMode, part: WhoPhase, event: Event) -> bool:
    match event:
        case Pressed(button=Button.TYPE_START_CODE):
            _type(t, mode, part, "start_code")
        case Pressed(button=Button.TYPE_LOGIN):
            _type(t, mode, part, "login")
        case Typed(secret=secret) if part.typing == "start_code" and part.wait is None and secret:
            _begin(t, mode, None, secret=secret)
        case LoginTyped(login=login) if part.typing == "login" and part.wait is None:
            if 0 < len(login.strip()) <= LOGIN_LENGTH:
                _begin(t, mode, LoginPresented(login.strip()))
            else:
                say(t, notices.NO_LOGIN)
        case _:
            return False
    return True


def _type(t: Transition, mode: EnrolMode, part: WhoPhase, what: Literal["start_code", "login"] | None) -> None:
    retype(t, replace(mode, refusal=None), replace(part, typing=what))


def _presented(t: Transition, mode: EnrolMode, part: WhoPhase, presented: Presented) -> None:
    """Who has only the new badge has said nothing yet."""
    if presented == mode.wish.new:
        put(t, mode, replace(part, tap=0))
        say(t, notices.SAME_BADGE)
    else:
        _begin(t, replace(mode, presented=presented), presented, part.tap)


def _begin(
    t: Transition, mode: EnrolMode, who: Presented | LoginPresented | None, tap: int = 0, secret: Secret | None = None
) -> None:
    wish = mode.wish
    ask(t, replace(mode, who=who), lambda turn: StartEnrolment(turn, wish, who, tap, secret))


def not_known(t: Transition, mode: EnrolMode, part: WhoPhase, refusal: EnrolRefusal) -> None:
    """The service does not know who that is, or will not be asked again at once."""
    retype(t, _anew(mode, refusal=refusal), WhoPhase(part.typing, refusal.wait or None))
    t.set_timer(WHOLE, WHO_SECONDS)
    if refusal.wait:
        t.set_timer(AlarmName.WAIT, 1)


def who_again(t: Transition, mode: EnrolMode) -> None:
    """Back to the first question."""
    typing: Literal["start_code"] | None = "start_code" if mode.wish.new is not None else None
    retype(t, replace(_anew(mode), presented=None), WhoPhase(typing))
    t.set_timer(WHOLE, WHO_SECONDS)


def _anew(mode: EnrolMode, refusal: EnrolRefusal | None = None) -> EnrolMode:
    """Nobody yet, with all the time for that: what the service said of its enrolment is over."""
    return replace(mode, view=None, who=None, refusal=refusal, seconds=WHO_SECONDS)
