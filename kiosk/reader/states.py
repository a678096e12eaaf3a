"""From what the readers show now, and what they showed before, to events: pure, so that a table can test it.

The event counter tells everything that looking twice cannot: a card that is present both times at different
counts was swapped; a reader that is empty both times at counts two apart saw a card come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kiosk.model.card import CardService, Lift, ReaderHealth, ReaderRole, ReadersChanged, ReaderState, Tap
from kiosk.reader.card import CardServiceDeniedError, CardServiceError

COUNTER_MODULUS = 1 << 16


@dataclass(frozen=True, slots=True)
class ReaderSnapshot:
    """One reader as it shows itself now. ``event``: PC/SC's 16-bit counter of insertions and removals."""

    name: str
    present: bool = False
    mute: bool = False
    exclusive: bool = False
    event: int = 0
    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class KnownReader:
    """One reader as we last knew it. ``tap``: the number of the tap whose card lies there, if it counted as one.

    ``left``: the card there was there before we first looked. ``gone``: the reader is unplugged.
    """

    seen: ReaderSnapshot
    role: ReaderRole
    tap: int | None = None
    left: bool = False
    gone: bool = False

    @property
    def state(self) -> ReaderState:
        if self.gone:
            return ReaderState.GONE
        if not self.seen.present:
            return ReaderState.READY
        if self.seen.mute:
            return ReaderState.MUTE
        if self.seen.exclusive:
            return ReaderState.EXCLUSIVE
        return ReaderState.LEFT if self.left else ReaderState.CARD


@dataclass(frozen=True, slots=True)
class Roles:
    """How readers are used: name patterns, each a part of a reader's name; ``wanted`` empty means every reader."""

    wanted: tuple[str, ...] = ()
    insertion: tuple[str, ...] = ()

    def wants(self, name: str) -> bool:
        return not self.wanted or any(pattern in name for pattern in self.wanted)

    def role(self, name: str) -> ReaderRole:
        return ReaderRole.INSERTION if any(pattern in name for pattern in self.insertion) else ReaderRole.TAP


def advance(
    known: Sequence[KnownReader], seen: Sequence[ReaderSnapshot], roles: Roles, number: Callable[[], int], at: float
) -> tuple[tuple[KnownReader, ...], tuple[Tap | Lift, ...]]:
    """What we know after ``seen``, and the taps and lifts that lie between; ``at``: monotonic seconds.

    A reader that is missing from ``seen`` is unplugged and stays known as gone until it is back.
    """
    events: list[Tap | Lift] = []
    now: list[KnownReader] = []
    before = {reader.seen.name: reader for reader in known}
    for reader in seen:
        old = before.pop(reader.name, None)
        now.append(_look(old, reader, roles.role(reader.name), number, at, events))
    for old in before.values():
        _lift(old, at, events)
        now.append(KnownReader(ReaderSnapshot(old.seen.name), old.role, gone=True))
    return tuple(now), tuple(events)


def forget(known: Sequence[KnownReader], at: float) -> tuple[Lift, ...]:
    """The card service stopped: nobody knows what lies there, so every card counts as lifted."""
    events: list[Tap | Lift] = []
    for reader in known:
        _lift(reader, at, events)
    return tuple(event for event in events if isinstance(event, Lift))


def health(known: Sequence[KnownReader]) -> ReadersChanged:
    """The lock screen's view while the card service runs."""
    readers = tuple(ReaderHealth(reader.seen.name, reader.role, reader.state) for reader in known)
    there = any(not reader.gone for reader in known)
    return ReadersChanged(CardService.OK if there else CardService.NO_READER, readers)


def unserved(why: CardServiceError) -> ReadersChanged:
    """The lock screen's view while no card service can be talked to."""
    denied = isinstance(why, CardServiceDeniedError)
    return ReadersChanged(CardService.DENIED if denied else CardService.STOPPED, ())


def _look(
    old: KnownReader | None,
    seen: ReaderSnapshot,
    role: ReaderRole,
    number: Callable[[], int],
    at: float,
    events: list[Tap | Lift],
) -> KnownReader:
    if old is None or old.gone:
        fresh = KnownReader(seen, role, left=seen.present)
        return _tap(fresh, number, at, events)
    seen = _counted(old.seen, seen)
    moved = (seen.event - old.seen.event) % COUNTER_MODULUS
    if old.seen.present and seen.present and not moved:
        # The same card: it may have found its voice, or another program may have taken or released it.
        return _tap(replace(old, seen=seen), number, at, events)
    _lift(old, at, events)
    if not old.seen.present and not seen.present and moved >= 2:
        # Too short for us to have met it, but somebody held a card there and waits for an answer.
        met = ReaderSnapshot(seen.name, present=True, event=(seen.event - 1) % COUNTER_MODULUS)
        _lift(_tap(KnownReader(met, role), number, at, events), at, events)
    return _tap(KnownReader(seen, role), number, at, events)


def _counted(before: ReaderSnapshot, seen: ReaderSnapshot) -> ReaderSnapshot:
    """``seen`` with the count that it gets: pcscd says that a card came or went just before it counts.

    On a busy machine it may be read in between, and again: where another reader's card wakes us.
    [pcsc-lite, eventhandler.c, EHStatusHandlerThread]
    """
    if is_uncounted(seen.event, before.event):
        seen = replace(seen, event=before.event)
    if seen.present != before.present and seen.event == before.event:
        seen = replace(seen, event=(seen.event + 1) % COUNTER_MODULUS)
    return seen


def is_uncounted(event: int, expected: int) -> bool:
    """Whether ``event``, as pcscd has it now, is the count just before the one that is ``expected``."""
    return (event + 1) % COUNTER_MODULUS == expected


def _tap(one: KnownReader, number: Callable[[], int], at: float, events: list[Tap | Lift]) -> KnownReader:
    """Count the card there as a tap, unless it was counted already or does not answer to reset."""
    seen = one.seen
    if not seen.present or seen.mute or one.tap is not None:
        return one
    tap = Tap(number(), seen.name, one.role, seen.atr, seen.event, at, fresh=not one.left)
    events.append(tap)
    return replace(one, tap=tap.number)


def _lift(one: KnownReader, at: float, events: list[Tap | Lift]) -> None:
    if one.tap is not None:
        events.append(Lift(one.tap, one.seen.name, one.role, at))
