"""The moves that every part of an enrolment is made of: to another part, a question to the service, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk.model.card import Tap, Wanted
from kiosk.model.enrolment import FactorKind
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.enrolment_state import EnrolMode, EnrolPart, HoldPart, PinPart, taps_held
from kiosk.session.facts.orders import DropCard, Order, Probe, Sound
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import Doing, LockedMode
from kiosk.session.shared import aftermath
from kiosk.session.shared.ending import NOTICE_SECONDS, CancelReason, give_up, let_go, return_to_workspace, to_locked
from kiosk.session.shared.transition import Draft

WHOLE = AlarmName.ENROLMENT
"""The alarm that ends it: the service's ``expires_in``."""


def put(d: Draft, m: EnrolMode, part: EnrolPart) -> EnrolMode:
    """Another part, or the same with other contents; nothing is awaited. Cards that it does not hold are let go."""
    gone = taps_held(m.part) - taps_held(part)
    d.order(*(DropCard(tap) for tap in sorted(gone)))
    m = replace(m, part=part, turn=0, doing=Doing.NOTHING)
    d.stay(m)
    return m


def retype(d: Draft, m: EnrolMode, part: EnrolPart) -> EnrolMode:
    """As ``put``, with the field empty and the focus in it."""
    return put(d, replace(m, entry=m.entry + 1), part)


def ask(d: Draft, m: EnrolMode, make: Callable[[int], Order], part: EnrolPart | None = None) -> None:
    """Ask the service; what it said no to before is done with."""
    do(d, replace(m, refusal=None, notice=None), Doing.ASK, make, part)


def do(d: Draft, m: EnrolMode, doing: Doing, make: Callable[[int], Order], part: EnrolPart | None = None) -> None:
    """Order something that is answered, and wait for that answer alone: any other turn's is dropped.

    ``doing``: what the wait is for. ``make``: the order, given its turn. ``part``: what is shown meanwhile,
    None for the same.
    """
    m = put(d, m, m.part if part is None else part)
    d.stay(replace(m, doing=doing, turn=d.ask(make)))


def probe(d: Draft, m: EnrolMode, tap: Tap, part: EnrolPart) -> None:
    """A card came where one is wanted: look at it. ``part`` holds it."""
    d.order(Sound("tap"))
    wants = _wanted(m) if isinstance(part, HoldPart | PinPart) else None
    do(d, replace(m, notice=None), Doing.PROBE, lambda turn: Probe(turn, tap.number, wants), part)


_WANTED: dict[FactorKind | None, Wanted] = {FactorKind.KEY: "key", FactorKind.PKOC: "pkoc"}


def _wanted(m: EnrolMode) -> Wanted | None:
    """As what the card is looked at, of a card that is several things."""
    return None if m.view is None else _WANTED.get(m.view.kind)


def say(d: Draft, notice: Notice) -> None:
    """A sentence, for a while."""
    if isinstance(d.state.mode, EnrolMode):  # pragma: no branch - who says it is one of its parts
        d.order(Sound("attention"))
        d.stay(replace(d.state.mode, notice=notice))
        d.alarm(AlarmName.NOTICE, NOTICE_SECONDS)


def held_off(d: Draft, tap: Tap) -> None:
    """A card that nothing here asked for."""
    say(d, notices.ENROLLING if tap.fresh else notices.LIFT_AND_TAP)


def leave(d: Draft, notice: Notice | None = None, cancel: CancelReason | None = None) -> None:
    """It ends. ``cancel``: by ourselves, for this reason, with all that was made; None: it had ended."""
    m = d.state.mode
    if not isinstance(m, EnrolMode):  # pragma: no cover - who leaves is one of its parts
        return
    if cancel is None:
        let_go(d)
    else:
        give_up(d, cancel)
    if m.session is None:
        to_locked(d, notice)
        return
    if notice is not None:
        d.order(Sound("refused" if notice.tone == "refused" else "attention"))
    if notice is None or cancel == "refused_by_person":
        return_to_workspace(d, m.session, notice, m.after)
    else:
        aftermath.ended(d, m.session, notice, m.after)
    if notice is not None and isinstance(d.state.mode, LockedMode):
        d.stay(replace(d.state.mode, notice=notice))  # the lock that waited must not swallow it
        d.alarm(AlarmName.NOTICE, NOTICE_SECONDS)
