"""Every kind of state with every event: walked breadth first from the start, each pair held to the rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import fields
from functools import cache

import pytest

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import LoginPresented
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.model.proof import PivPresented
from kiosk.session.facts.carried import OpenSession, Proving
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPhase, PinPhase, ProofPhase
from kiosk.session.facts.events import TimerExpired
from kiosk.session.facts.modes import (
    ActiveMode,
    FadingMode,
    LockedMode,
    Mode,
    OpeningMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
    UnknownBadgeMode,
)
from kiosk.session.facts.stage_news import IdleExpired
from kiosk.session.facts.state import State, initial
from kiosk.session.facts.station_news import EmergencyAllowed, Online, Started
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.screen import screen_for
from kiosk.session.step import step
from kiosk.session.step_up import consent
from tests.session.choices import OFFER, choices
from tests.session.watch import Watch

pytestmark = pytest.mark.timeout(400)
"""Seconds: the walk takes a minute of one processor, whichever test asks for it first."""

MODES = [
    *("LockedMode", "ReadingMode", "SecondFactorMode", "OpeningMode", "ActiveMode", "FadingMode", "StepUpMode"),
    "AftermathMode",
    *("UnknownBadgeMode", "EnrolMode", "MyKeysMode", "EmergencyMode", "OwedTextMode", "OutOfOrderMode"),
]

STATES = {
    *("locked", "reading", "second_factor", "opening", "active", "fading", "step_up", "aftermath"),
    *("unknown_badge", "enrolment", "my_keys", "refused", "downtime", "out_of_order", "emergency", "owed_text"),
}
"""The names that ``kiosk status`` promises."""


def shape(state: State) -> Hashable:
    """States of one shape behave alike: which mode, which of its fields are set, what is awaited.

    Folded together are states that the rules do not tell apart: by texts, names, numbers of turns, taps, fields and
    pages, and seconds left; by the rules and alarms that are set; by which programs must wait (asked in one rule only,
    whatever the mode); by who or how many are kept, and by the network where no rule of the mode asks for it. What is
    typed counts as something or nothing: ``test_typing`` has the rest.

    What does not depend on each other is walked side by side, and not multiplied: see the functions below. Nothing is
    lost by that: each value of each is in a state of its own, which gets every event.
    """
    mode = state.mode
    parts: tuple[Hashable, ...]
    match mode:
        case EnrolMode():
            parts = shape_of_enrolment(mode)
        case StepUpMode():
            parts = shape_of_step_up(state, mode)
        case SecondFactorMode():
            parts = shape_of_second_factor(mode)
        case _:
            parts = (*shape_of_surroundings(state), *shape_of_fields(mode))
    return (type(mode).__name__, state.typing.secret is not None, *parts)


def shape_of_surroundings(state: State) -> tuple[Hashable, ...]:
    """Network and waiting workspaces, in the modes whose rules or screens ask for them."""
    offline = state.status.network == "unreachable"
    match state.mode:
        case LockedMode():
            return (offline, offline and bool(state.status.offline_until), bool(state.workspaces))
        case ReadingMode():
            return (bool(state.workspaces),)
        case UnknownBadgeMode() | OpeningMode() | ActiveMode() | FadingMode():
            return (offline,)
        case _:
            return ()


UNREAD = frozenset({"seconds", "resembles", "code", "key", "tap", "turn", "returning", "notice", "help"})
"""Fields that no rule asks for beyond what the other fields say. ``notice`` and ``help``: see ``shape_of_fields``."""


def shape_of_fields(mode: Mode) -> tuple[Hashable, ...]:
    """Which fields are set; of what is only shown, one at a time: a notice, or the help."""
    parts: list[Hashable] = ["notice" if getattr(mode, "notice", None) else getattr(mode, "help", None)]
    for field in fields(mode):
        value = getattr(mode, field.name)
        if field.name == "session":
            seen = isinstance(mode, OpeningMode | ActiveMode | FadingMode)
            parts += [came_by(value), value.owes] if seen else [slotted(value)]
        elif field.name in ("pending", "role", "settled", "final"):
            parts.append(value)
        elif field.name == "presented":
            parts.append(value.kind if value is not None else None)
        elif field.name not in UNREAD:
            parts.append(value is not None and value is not False)
    return tuple(parts)


def came_by(of: OpenSession | SecondFactorMode) -> str:
    """How they came: with a PIV card in a slot, which locks when it is pulled; with another card, which locks when it
    is tapped again; by a typed login."""
    return "slot" if slotted(of) else "login" if isinstance(of.presented, LoginPresented) else "card"


def slotted(of: OpenSession | SecondFactorMode) -> bool:
    """Where no rule asks for the card but whether it is pulled."""
    return of.role == ReaderRole.INSERTION and isinstance(of.presented, PivPresented)


def shape_of_proof(p: Proving) -> tuple[Hashable, ...]:
    """Where a proof has got to, for each method."""
    return (p.method, *shape_of_stage(p), p.handed, p.wait is not None, p.trouble is CardTrouble.PIN_BLOCKED)


def shape_of_stage(p: Proving) -> tuple[Hashable, ...]:
    """The same for whatever lies outside the proof: it only has to be put down, and its card and secret let go."""
    return (p.stage, p.pending, p.secret is not None, bool(p.key))


def shape_of_second_factor(m: SecondFactorMode) -> tuple[Hashable, ...]:
    """The proof is walked whole where a card began and nobody's workspace lies below, with and without another card."""
    status = (m.behind is not None, m.probing is not None, came_by(m))
    plain = m.behind is None and came_by(m) == "card"
    return (*status, *(shape_of_proof(m.proving) if plain else shape_of_stage(m.proving)))


def shape_of_step_up(state: State, m: StepUpMode) -> tuple[Hashable, ...]:
    """What is awaited of the person: the first second, a purpose, a page, a proof.

    The proof is walked whole in a plain step-up. One that is not ready, is read page by page, waits to lock, or lies
    over the session of a card in a slot does with it only what any method has: see ``shape_of_stage``. Of the last
    three one at a time is looked at, for each is asked for by rules of its own.
    """
    side = "after" if m.after else "pages" if m.request.ask.patients else "slot" if slotted(m.session) else None
    status = (m.painted, m.ready, m.view is not None, side)
    if m.proving is not None:
        plain = m.ready and side is None
        return (*status, *(shape_of_proof(m.proving) if plain else shape_of_stage(m.proving)))
    page = consent.page_of(state, m) if side == "pages" else None
    at = (page.number, page.painted) if page is not None else None  # of three pages
    return (*status, m.purpose is not None, consent.wants_purpose(m), at, m.notice is not None)


def shape_of_enrolment(m: EnrolMode) -> tuple[Hashable, ...]:
    """Which part, what it awaits and holds. What only the ends ask for is looked at where it ends.

    A temporary badge is made and tried as any badge is. A colleague's proof is given as one's own: what each method
    does is walked in the latter.
    """
    kind = m.view.kind if m.view and m.view.step in (EnrolStep.MAKE, EnrolStep.TRY) else None
    kind = FactorKind.BADGE if kind == FactorKind.TEMPORARY_BADGE else kind
    parts: list[Hashable] = [type(m.part).__name__, m.view.step if m.view else None, kind, m.pending]
    if isinstance(m.part, ProofPhase):
        own = m.view is not None and m.view.step == EnrolStep.PROVE
        parts += [m.part.proving.method if own else None, *shape_of_stage(m.part.proving)]
    elif isinstance(m.part, HoldPhase | PinPhase):
        parts += [m.pin is not None, m.card is not None, bool(m.part.tap)]
        parts += (
            [m.part.again, m.part.pin is not None] if isinstance(m.part, HoldPhase) else [m.part.of, m.part.purpose]
        )
    else:
        parts += [m.session is not None, m.after is not None, m.wish.act, m.wish.new is not None, m.who is not None]
    return tuple(parts)


@cache
def walked() -> dict[Hashable, State]:
    """One state of each shape that can be reached. Every step on the way was held to the rules."""
    found: dict[Hashable, State] = {}
    # Whether there is emergency access is a rule, and rules are folded together: it is walked with it.
    begun, _ = step(initial(), EmergencyAllowed(OFFER))
    queue = deque([begun])
    serial = 0
    while queue:
        state = queue.popleft()
        if shape(state) in found:
            continue
        found[shape(state)] = state
        serial += 1
        watch = Watch(state)
        for event in choices(state, serial):
            watch = watch if watch.fresh else Watch(state)
            watch.feed(event)
            if watch.state is not state and shape(watch.state) not in found:
                queue.append(watch.state)
    return found


def test_every_mode_is_reached() -> None:
    reached = {type(state.mode).__name__ for state in walked().values()}
    assert reached == set(MODES)


def test_every_name_of_a_state_is_reached() -> None:
    names = {screen_for(state).name for state in walked().values()}
    assert names == STATES


@pytest.mark.parametrize("mode", MODES)
def test_left_alone_every_mode_comes_back_to_locked(mode: str) -> None:
    """Nobody does anything, no card and no service answers: alarms and idleness alone lock it."""
    for state in walked().values():
        if type(state.mode).__name__ != mode or (isinstance(state.mode, OutOfOrderMode) and state.mode.final):
            continue
        watch = Watch(state)
        for _ in range(5):
            for name, turn in watch.state.timers:
                watch.feed(TimerExpired(turn, name))
            if watch.watching_idle:
                watch.feed(IdleExpired())
        assert screen_for(watch.state).name in ("locked", "downtime")
        assert not watch.state.timers, "nothing is left to ring on a locked screen"


def test_a_revoked_workstation_lets_nobody_in_until_the_service_says_so() -> None:
    final = [s for s in walked().values() if isinstance(s.mode, OutOfOrderMode) and s.mode.final]
    assert final
    for state in final:
        for event in choices(state, 1):
            watch = Watch(state)
            watch.feed(event)
            if not isinstance(event, Online | Started):
                assert watch.state.mode == state.mode
