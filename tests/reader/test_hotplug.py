"""Readers that are plugged in and out, which pcscd's virtual reader cannot do: over a model of the card service.

The model follows pcsc-lite: a wait returns at once if a state differs from the one asked, else when a reader's state
changes, or when the number of readers is no longer what it was when the wait began. A
change of sharing is not announced.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Self

import pytest

from kiosk.model.card import CardService, Lift, ReadersChanged, ReaderState, Tap
from kiosk.reader import watch
from kiosk.reader.card import CardCancelledError, ReaderGoneError
from kiosk.reader.pcsc import PNP, Raw
from tests.fakes.recorder import Recorder

EMPTY, PRESENT, EXCLUSIVE, CHANGED = 0x10, 0x20, 0x80, 0x02


class Machine:
    """Readers by name, with their states; every context of a test looks at the one machine."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.readers: dict[str, int] = {}
        self.waiting = 0

    def set(self, name: str, state: int | None) -> None:
        with self.news:
            if state is None:
                del self.readers[name]
            else:
                self.readers[name] = state
            self.news.notify_all()

    def idle(self) -> None:
        """Returns once the watcher waits without a time-out."""
        with self.news:
            assert self.news.wait_for(lambda: self.waiting > 0, 10)


class ModelContext:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._cancelled = False

    def readers(self) -> tuple[str, ...]:
        with self._machine.news:
            return tuple(self._machine.readers)

    def wait(self, asked: Sequence[tuple[str, int]], milliseconds: int) -> tuple[Raw, ...] | None:
        machine = self._machine
        with machine.news:
            count = len(machine.readers)
            if any(name != PNP and name not in machine.readers for name, _ in asked):
                raise ReaderGoneError
            if milliseconds == watch.SETTLE:
                milliseconds = 50
            else:
                machine.waiting += 1
                machine.news.notify_all()
            try:
                self._cancelled = False
                if not machine.news.wait_for(lambda: self._over(asked, count), milliseconds / 1000):
                    return None
            finally:
                machine.waiting = 0
            if self._cancelled:
                raise CardCancelledError
            return tuple(self._raw(name, state, count) for name, state in asked)

    def _over(self, asked: Sequence[tuple[str, int]], count: int) -> bool:
        return self._cancelled or any(self._raw(name, state, count).changed for name, state in asked)

    def _raw(self, name: str, asked: int, count: int) -> Raw:
        readers = self._machine.readers
        if name == PNP:
            return Raw(name, CHANGED if len(readers) != count else 0, b"")
        now = readers.get(name, 0x04)
        changed = not asked or (now ^ asked) & ~EXCLUSIVE
        return Raw(name, now | (CHANGED if changed else 0), b"\x3b\x00" if now & PRESENT else b"")

    def cancel(self) -> None:
        with self._machine.news:
            self._cancelled = True
            self._machine.news.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._cancelled = True


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def seen(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    monkeypatch.setattr(watch, "Context", lambda: ModelContext(machine))
    recorder = Recorder()
    watcher = watch.Watcher(recorder)
    watcher.start()
    yield recorder
    watcher.stop()


def test_a_reader_that_is_plugged_in_is_seen_by_an_idle_watcher(machine: Machine, seen: Recorder) -> None:
    assert seen.next(ReadersChanged).service is CardService.NO_READER
    machine.idle()
    machine.set("A", EMPTY)
    assert seen.next_state("A", ReaderState.READY).service is CardService.OK
    machine.idle()
    machine.set("A", PRESENT | 1 << 16)
    assert seen.next(Tap).fresh


def test_a_reader_that_comes_between_the_list_and_the_wait_is_seen_too(machine: Machine, seen: Recorder) -> None:
    """The wait begins with it already there, so nothing announces it."""
    original = ModelContext.wait
    late = threading.Event()

    def wait(self: ModelContext, asked: Sequence[tuple[str, int]], milliseconds: int) -> tuple[Raw, ...] | None:
        if any(name == "A" for name, _ in asked) and not late.is_set():
            late.set()
            machine.set("B", EMPTY)
        return original(self, asked, milliseconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModelContext, "wait", wait)
        machine.set("A", EMPTY)
        seen.next_state("B", ReaderState.READY)


def test_a_reader_that_is_unplugged_takes_its_card_with_it(machine: Machine, seen: Recorder) -> None:
    machine.set("A", EMPTY)
    machine.set("B", EMPTY)
    seen.next_state("B", ReaderState.READY)
    machine.set("A", PRESENT | 1 << 16)
    tap = seen.next(Tap)
    machine.idle()
    machine.set("A", None)
    assert seen.next(Lift).number == tap.number
    assert seen.next_state("A", ReaderState.GONE).service is CardService.OK
    machine.idle()
    machine.set("B", None)
    assert seen.next_state("B", ReaderState.GONE).service is CardService.NO_READER
    machine.idle()
    machine.set("A", PRESENT | 1 << 16)
    assert not seen.next(Tap).fresh


def test_an_exclusive_card_is_looked_at_until_it_is_released(machine: Machine, seen: Recorder) -> None:
    machine.set("A", EMPTY)
    seen.next_state("A", ReaderState.READY)
    machine.idle()
    machine.set("A", PRESENT | EXCLUSIVE | 1 << 16)
    seen.next_state("A", ReaderState.EXCLUSIVE)
    machine.set("A", PRESENT | 1 << 16)
    seen.next_state("A", ReaderState.CARD)
    machine.idle()
