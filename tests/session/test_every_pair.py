"""Every kind of state with every event: walked breadth first from the start, each pair held to the rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import fields
from functools import cache

import pytest

from kiosk.model.enrolment import EnrolStep
from kiosk.session.enrol_modes import EnrolMode, HoldPart, PinPart, ProofPart
from kiosk.session.events import Idle, Online, Rang, Started
from kiosk.session.screen import screen_for
from kiosk.session.state import OutOfOrderMode, Proving, SecondFactorMode, Session, State, StepUpMode, initial
from tests.session.choices import choices
from tests.session.watch import Watch

MODES = [
    *("LockedMode", "ReadingMode", "SecondFactorMode", "OpeningMode", "ActiveMode", "FadingMode", "StepUpMode"),
    *("UnknownBadgeMode", "EnrolMode", "MyKeysMode", "OutOfOrderMode"),
]

STATES = {
    *("locked", "reading", "second_factor", "opening", "active", "fading", "step_up"),
    *("unknown_badge", "enrolment", "my_keys", "refused", "downtime", "out_of_order"),
}
"""The names that ``kiosk status`` promises."""


def shape(state: State) -> Hashable:
    """States of one shape behave alike: which mode, which of its fields are set, what is awaited."""
    mode = state.mode
    if isinstance(mode, EnrolMode):
        return shape_of_enrolment(mode)
    parts: list[Hashable] = [type(mode).__name__]
    if not isinstance(mode, SecondFactorMode | StepUpMode):
        parts += [state.around.network == "unreachable", bool(state.kept)]
    for field in fields(mode):
        value = getattr(mode, field.name)
        if isinstance(value, Proving):
            parts += [value.method, value.stage, value.doing, value.secret is not None, bool(value.key)]
            parts += [value.handed, value.wait is not None]
        elif isinstance(value, Session):
            parts += [field.name, value.presented.kind, value.role]
        elif field.name in ("doing", "settled", "final"):
            parts.append(value)
        elif field.name not in ("seconds", "entry", "resembles", "code", "key", "ring", "request", "tap", "turn"):
            parts.append(value is not None and value is not False)
    return tuple(parts)


def shape_of_enrolment(m: EnrolMode) -> Hashable:
    """Which part, what it awaits and holds. What only the ends ask for is looked at where it ends."""
    kind = m.view.kind if m.view and m.view.step in (EnrolStep.MAKE, EnrolStep.TRY) else None
    parts: list[Hashable] = [type(m).__name__, type(m.part).__name__, m.view.step if m.view else None, kind, m.doing]
    if isinstance(m.part, ProofPart):
        p = m.part.proving
        parts += [p.method, p.stage, p.doing, p.secret is not None, bool(p.key)]
    elif isinstance(m.part, HoldPart | PinPart):
        parts += [m.pin is not None, m.card is not None, bool(m.part.tap)]
        parts += [m.part.again, m.part.pin is not None] if isinstance(m.part, HoldPart) else [m.part.of, m.part.purpose]
    else:
        parts += [m.session is not None, m.after is not None, m.wish.act, m.wish.new is not None, m.who is not None]
    return tuple(parts)


@cache
def walked() -> dict[Hashable, State]:
    """One state of each shape that can be reached. Every step on the way was held to the rules."""
    found: dict[Hashable, State] = {}
    queue = deque([initial()])
    serial = 0
    while queue:
        state = queue.popleft()
        if shape(state) in found:
            continue
        found[shape(state)] = state
        serial += 1
        for event in choices(state, serial):
            watch = Watch(state)
            watch.feed(event)
            if shape(watch.state) not in found:
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
            for name, turn in watch.state.alarms:
                watch.feed(Rang(turn, name))
            if watch.watching_idle:
                watch.feed(Idle())
        assert screen_for(watch.state).name in ("locked", "downtime")
        assert not watch.state.alarms, "nothing is left to ring on a locked screen"


def test_a_revoked_workstation_lets_nobody_in_until_the_service_says_so() -> None:
    final = [s for s in walked().values() if isinstance(s.mode, OutOfOrderMode) and s.mode.final]
    assert final
    for state in final:
        for event in choices(state, 1):
            watch = Watch(state)
            watch.feed(event)
            if not isinstance(event, Online | Started):
                assert watch.state.mode == state.mode
