"""The watcher over a real pcscd: what comes and goes is posted, and whatever breaks heals by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.model.card import CardService as Service
from kiosk.model.card import Lift, ReaderRole, ReadersChanged, ReaderState, Tap
from kiosk.reader.card import CardGoneError
from kiosk.reader.taps import Numbers
from kiosk.reader.watch import Watcher
from tests.fakes.cardservice import ATR, MUTE_ATR, READERS, lay_card
from tests.fakes.recorder import Recorder

pytestmark = pytest.mark.pcsc


@pytest.fixture
def seen(card_service: VirtualCardService) -> Iterator[Recorder]:
    """What a watcher of all readers posts, from when it knows them all to be empty."""
    recorder = Recorder()
    watcher = Watcher(recorder, insertion=(READERS[3],), numbers=Numbers())
    watcher.start()
    recorder.next(ReadersChanged, lambda view: all(reader.state is ReaderState.READY for reader in view.readers))
    yield recorder
    watcher.stop()


def test_it_knows_the_readers_their_roles_and_that_all_is_well(seen: Recorder) -> None:
    view = next(event for event in reversed(seen.events) if isinstance(event, ReadersChanged))
    assert view.service is Service.OK
    assert [(reader.name, reader.role) for reader in view.readers] == [
        (name, ReaderRole.INSERTION if name == READERS[3] else ReaderRole.TAP) for name in READERS
    ]


def test_a_card_comes_and_goes(card_service: VirtualCardService, seen: Recorder) -> None:
    with lay_card(card_service, 0):
        tap = seen.next(Tap)
        assert (tap.number, tap.reader, tap.atr, tap.fresh) == (1, READERS[0], ATR, True)
        seen.next_state(READERS[0], ReaderState.CARD)
    lift = seen.next(Lift)
    assert (lift.number, lift.reader) == (1, READERS[0])
    seen.next_state(READERS[0], ReaderState.READY)


def test_two_readers_at_once(card_service: VirtualCardService, seen: Recorder) -> None:
    with lay_card(card_service, 0), lay_card(card_service, 3):
        taps = {(tap.reader, tap.role) for tap in (seen.next(Tap), seen.next(Tap))}
        assert taps == {(READERS[0], ReaderRole.TAP), (READERS[3], ReaderRole.INSERTION)}
    lifts = {seen.next(Lift).reader, seen.next(Lift).reader}
    assert lifts == {READERS[0], READERS[3]}


def test_a_mute_card_is_a_state_of_the_reader_and_no_tap(card_service: VirtualCardService, seen: Recorder) -> None:
    with lay_card(card_service, 0, atr=MUTE_ATR):
        seen.next_state(READERS[0], ReaderState.MUTE)
    seen.next_state(READERS[0], ReaderState.READY)
    assert seen.of(Tap, Lift) == []


def test_a_card_from_before_is_not_fresh_until_it_was_lifted(card_service: VirtualCardService) -> None:
    recorder = Recorder()
    watcher = Watcher(recorder, wanted=(READERS[0],))
    early = Watcher(first := Recorder(), wanted=(READERS[0],))
    early.start()
    card = lay_card(card_service, 0)
    first.next(Tap)
    early.stop()
    watcher.start()
    try:
        assert not recorder.next(Tap).fresh
        recorder.next_state(READERS[0], ReaderState.LEFT)
        card.lift()
        recorder.next(Lift)
        with lay_card(card_service, 0):
            assert recorder.next(Tap).fresh
    finally:
        watcher.stop()


def test_a_swap_while_nobody_listens_is_a_lift_and_a_tap(card_service: VirtualCardService) -> None:
    """The consumer is stuck with the first tap while a second card takes its place, unseen by our thread."""
    recorder, stuck = Recorder(), threading.Event()

    def busy(event: Tap | Lift | ReadersChanged) -> None:
        recorder(event)
        if isinstance(event, Tap) and event.number == 1:
            stuck.wait(10)

    witness = Watcher(other := Recorder(), wanted=(READERS[0],), numbers=Numbers())
    watcher = Watcher(busy, wanted=(READERS[0],), numbers=Numbers())
    for watch in (watcher, witness):
        watch.start()
    recorder.next_state(READERS[0], ReaderState.READY)
    try:
        with lay_card(card_service, 0):
            recorder.next(Tap)
            other.next(Tap)
        other.next(Lift)
        with lay_card(card_service, 0):
            other.next(Tap)
            with pytest.raises(CardGoneError):
                watcher.lend(1)
            stuck.set()
            assert recorder.next(Lift).number == 1
            assert recorder.next(Tap).number == 2
    finally:
        stuck.set()
        watcher.stop()
        witness.stop()


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_the_card_service_stops_and_heals_by_itself(card_service: VirtualCardService, seen: Recorder, end: str) -> None:
    card = lay_card(card_service, 0)
    tap = seen.next(Tap)
    getattr(card_service, end)()
    assert seen.next(Lift).number == tap.number
    assert seen.next(ReadersChanged).service is Service.STOPPED
    card.lift()
    card_service.start()
    view = seen.next(ReadersChanged, lambda view: view.service is Service.OK)
    assert [reader.name for reader in view.readers] == list(READERS)
    with lay_card(card_service, 0):
        assert seen.next(Tap, lambda tap: tap.fresh).number > tap.number


def test_it_waits_for_a_card_service_that_is_not_there_yet(card_service: VirtualCardService) -> None:
    card_service.stop()
    recorder = Recorder()
    watcher = Watcher(recorder)
    watcher.start()
    try:
        assert recorder.next(ReadersChanged) == ReadersChanged(Service.STOPPED, ())
        card_service.start()
        assert recorder.next(ReadersChanged).service is Service.OK
    finally:
        watcher.stop()


def test_readers_that_nobody_wants_are_not_shown(card_service: VirtualCardService) -> None:
    recorder = Recorder()
    watcher = Watcher(recorder, wanted=("No such reader",))
    watcher.start()
    try:
        assert recorder.next(ReadersChanged) == ReadersChanged(Service.NO_READER, ())
    finally:
        watcher.stop()


@pytest.mark.parametrize("running", [True, False])
def test_stop_ends_the_thread_even_if_it_comes_before_the_wait(card_service: VirtualCardService, running: bool) -> None:
    if not running:
        card_service.stop()
    for _ in range(20):
        recorder = Recorder()
        watcher = Watcher(recorder)
        watcher.start()
        watcher.stop()
        assert not any(thread.name == "watch" for thread in threading.enumerate())
