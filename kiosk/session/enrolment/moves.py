"""The moves that every part of an enrolment is made of: to another part, a question to the service, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk.model.card import Tap, Wanted
from kiosk.model.enrolment import FactorKind
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_state import EnrolMode, EnrolPhase, HoldPhase, PinPhase, taps_held
from kiosk.session.facts.modes import LockedMode
from kiosk.session.facts.orders import Order, PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.shared import aftermath, saying
from kiosk.session.shared.ending import NOTICE_SECONDS, CancelReason, give_up, let_go, return_to_workspace, to_locked
from kiosk.session.shared.transition import Transition

WHOLE = AlarmName.ENROLMENT
"""The alarm that ends it: the service's ``expires_in``."""


def put(t: Transition, mode: EnrolMode, part: EnrolPhase) -> EnrolMode:
    """Another part, or the same with other contents; nothing is awaited. Cards that it does not hold are let go."""
    gone = taps_held(mode.part) - taps_held(part)
    t.order(*(DropCard(tap) for tap in sorted(gone)))
    mode = replace(mode, part=part, turn=0, pending=PendingStep.NOTHING)
    t.stay(mode)
    return mode


def retype(t: Transition, mode: EnrolMode, part: EnrolPhase) -> EnrolMode:
    """As ``put``, with the field empty and the focus in it."""
    return put(t, replace(mode, entry=mode.entry + 1), part)


def ask(t: Transition, mode: EnrolMode, make: Callable[[int], Order], part: EnrolPhase | None = None) -> None:
    """Ask the service; what it said no to before is done with."""
    do(t, replace(mode, refusal=None, notice=None), PendingStep.ASK, make, part)


def do(
    t: Transition, mode: EnrolMode, pending: PendingStep, make: Callable[[int], Order], part: EnrolPhase | None = None
) -> None:
    """Order something that is answered, and wait for that answer alone: any other turn's is dropped.

    ``pending``: what the wait is for. ``make``: the order, given its turn. ``part``: what is shown meanwhile,
    None for the same.
    """
    mode = put(t, mode, mode.part if part is None else part)
    t.stay(replace(mode, pending=pending, turn=t.ask(make)))


def probe(t: Transition, mode: EnrolMode, tap: Tap, part: EnrolPhase) -> None:
    """A card came where one is wanted: look at it. ``part`` holds it."""
    t.order(PlaySound("tap"))
    wants = _wanted(mode) if isinstance(part, HoldPhase | PinPhase) else None
    do(t, replace(mode, notice=None), PendingStep.PROBE, lambda turn: ProbeCard(turn, tap.number, wants), part)


_WANTED: dict[FactorKind | None, Wanted] = {FactorKind.KEY: "key", FactorKind.PKOC: "pkoc"}


def _wanted(mode: EnrolMode) -> Wanted | None:
    """As what the card is looked at, of a card that is several things."""
    return None if mode.view is None else _WANTED.get(mode.view.kind)


def say(t: Transition, notice: Notice) -> None:
    """A sentence, for a while."""
    if isinstance(t.state.mode, EnrolMode):  # pragma: no branch - who says it is one of its parts
        saying.say(t, t.state.mode, notice)


def held_off(t: Transition, tap: Tap) -> None:
    """A card that nothing here asked for."""
    say(t, notices.ENROLLING if tap.fresh else notices.LIFT_AND_TAP)


def leave(t: Transition, notice: Notice | None = None, cancel: CancelReason | None = None) -> None:
    """It ends. ``cancel``: by ourselves, for this reason, with all that was made; None: it had ended."""
    mode = t.state.mode
    if not isinstance(mode, EnrolMode):  # pragma: no cover - who leaves is one of its parts
        return
    if cancel is None:
        let_go(t)
    else:
        give_up(t, cancel)
    if mode.session is None:
        to_locked(t, notice)
        return
    if notice is not None:
        t.order(PlaySound("refused" if notice.tone == "refused" else "attention"))
    if notice is None or cancel == "refused_by_person":
        return_to_workspace(t, mode.session, notice, mode.after)
    else:
        aftermath.ended(t, mode.session, notice, mode.after)
    if notice is not None and isinstance(t.state.mode, LockedMode):
        t.stay(replace(t.state.mode, notice=notice))  # the lock that waited must not swallow it
        t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
