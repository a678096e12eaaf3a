"""The lent card over a real pcscd: it exchanges APDUs with the card of that tap and no other, and fails by name."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.model.card import Lift, ReadersChanged, ReaderState, Tap
from kiosk.reader.card import (
    CardCancelledError,
    CardExclusiveError,
    CardGoneError,
    CardMuteError,
    CardServiceStoppedError,
    OpenCard,
)
from kiosk.reader.pcsc_card import PcscCard
from kiosk.reader.watch import Watcher
from tests.fakes.cardservice import ATR, GARBAGE_ATR, READERS, lay_card
from tests.fakes.recorder import Recorder

pytestmark = pytest.mark.pcsc

GET_UID = bytes.fromhex("FFCA000000")
VERIFY = bytes.fromhex("0020008008313233343536FFFF")
CONTROL_RESET = 2


class Station:
    """A watcher and what it posted."""

    def __init__(self) -> None:
        self.seen = Recorder()
        self.watcher = Watcher(self.seen, wanted=(READERS[0],))

    def lend(self) -> OpenCard:
        """The card of the next tap."""
        return self.watcher.lend(self.seen.next(Tap).number)


@pytest.fixture
def station(card_service: VirtualCardService) -> Iterator[Station]:
    one = Station()
    one.watcher.start()
    one.seen.next(ReadersChanged)
    yield one
    one.watcher.stop()


@contextmanager
def held_by_another_program() -> Iterator[None]:
    """A process of its own connects to the first reader's card exclusively."""
    code = (
        "import sys; from smartcard import scard as s\n"
        "_, c = s.SCardEstablishContext(s.SCARD_SCOPE_SYSTEM)\n"
        f"code, *_ = s.SCardConnect(c, {READERS[0]!r}, s.SCARD_SHARE_EXCLUSIVE, s.SCARD_PROTOCOL_ANY)\n"
        "print(code, flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "0\n"
    try:
        yield
    finally:
        holder.communicate("")


def test_apdus_go_to_the_card_and_come_back(card_service: VirtualCardService, station: Station) -> None:
    got: list[bytes] = []

    def answer(apdu: bytes) -> bytes:
        got.append(apdu)
        return b"\x04\xa1\xb2\xc3\x90\x00" if apdu == GET_UID else b"\x6a\x82"

    with lay_card(card_service, 0, answer), station.lend() as card:
        assert (card.reader, card.atr) == (READERS[0], ATR)
        assert card.transmit(GET_UID) == (b"\x04\xa1\xb2\xc3", 0x9000)
        assert card.transmit(b"\x00\xa4\x04\x00") == (b"", 0x6A82)
    assert got == [GET_UID, b"\x00\xa4\x04\x00"]


def test_a_long_apdu_and_a_long_answer_pass_whole(card_service: VirtualCardService, station: Station) -> None:
    long = b"\x00\x87\x11\x9e\x00\x08\x00" + bytes(2048) + b"\x00\x00"
    with lay_card(card_service, 0, lambda apdu: apdu + b"\x90\x00"), station.lend() as card:
        assert card.transmit(long) == (long, 0x9000)


def test_a_card_that_was_lifted_is_gone(card_service: VirtualCardService, station: Station) -> None:
    with lay_card(card_service, 0):
        number = station.seen.next(Tap).number
    station.seen.next(Lift)
    with pytest.raises(CardGoneError):
        station.watcher.lend(number)


def test_another_card_is_not_lent_for_the_one_that_was_tapped(
    card_service: VirtualCardService, station: Station
) -> None:
    with lay_card(card_service, 0):
        first = station.seen.next(Tap).number
    # vpcd does not notice a card that is swapped between two of pcscd's looks, 400 ms apart.
    station.seen.next(Lift)
    with lay_card(card_service, 0):
        station.seen.next(Tap)
        with pytest.raises(CardGoneError):
            station.watcher.lend(first)


def test_a_card_that_pcscd_has_not_counted_yet_is_lent(card_service: VirtualCardService, station: Station) -> None:
    """A busy pcscd says that it lies there, and counts it a moment later: its count is one below the tap's then."""
    with lay_card(card_service, 0):
        event = station.seen.next(Tap).event
        with PcscCard(READERS[0], event + 1) as card:
            assert card.transmit(GET_UID)[1] == 0x9000
        for other in (event - 1, event + 2):
            with pytest.raises(CardGoneError):
                PcscCard(READERS[0], other)


def test_a_card_that_is_lifted_in_the_middle_of_an_exchange_is_gone(
    card_service: VirtualCardService, station: Station
) -> None:
    def leave(apdu: bytes) -> bytes:
        raise ConnectionAbortedError

    with lay_card(card_service, 0, leave), station.lend() as card:
        with pytest.raises(CardGoneError):
            card.transmit(GET_UID)
        station.seen.next(Lift)
        with pytest.raises(CardGoneError):
            card.transmit(GET_UID)


def test_a_connection_does_not_pass_to_the_next_card(card_service: VirtualCardService, station: Station) -> None:
    with lay_card(card_service, 0):
        card = station.lend()
    station.seen.next(Lift)
    with lay_card(card_service, 0), card:
        station.seen.next(Tap)
        with pytest.raises(CardGoneError):
            card.transmit(GET_UID)


def test_a_card_that_another_program_holds_is_named_so_until_it_lets_go(
    card_service: VirtualCardService, station: Station
) -> None:
    with lay_card(card_service, 0):
        number = station.seen.next(Tap).number
        with held_by_another_program():
            with pytest.raises(CardExclusiveError):
                station.watcher.lend(number)
            station.seen.next_state(READERS[0], ReaderState.EXCLUSIVE)
        station.seen.next_state(READERS[0], ReaderState.CARD)
        with station.watcher.lend(number) as card:
            assert card.transmit(GET_UID) == (b"", 0x9000)


def test_a_card_with_a_garbled_answer_to_reset_is_mute(card_service: VirtualCardService, station: Station) -> None:
    with lay_card(card_service, 0, atr=GARBAGE_ATR), pytest.raises(CardMuteError):
        station.lend()


def test_a_response_without_a_status_word_is_mute(card_service: VirtualCardService, station: Station) -> None:
    with lay_card(card_service, 0, lambda apdu: b"\x90"), station.lend() as card, pytest.raises(CardMuteError):
        card.transmit(GET_UID)


def test_a_service_that_stops_in_the_middle_is_named(card_service: VirtualCardService, station: Station) -> None:
    with lay_card(card_service, 0), station.lend() as card:
        card_service.kill9()
        with pytest.raises(CardServiceStoppedError):
            card.transmit(GET_UID)


def test_cancel_from_another_thread_ends_the_use_of_the_card(
    card_service: VirtualCardService, station: Station
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(apdu: bytes) -> bytes:
        asked.set()
        go_on.wait(10)
        return b"\x91\x00"

    with lay_card(card_service, 0, slow), station.lend() as card:

        def cancel() -> None:
            asked.wait(10)
            card.cancel()
            go_on.set()

        canceller = threading.Thread(target=cancel)
        canceller.start()
        assert card.transmit(GET_UID) == (b"", 0x9100)
        canceller.join()
        with pytest.raises(CardCancelledError):
            card.transmit(GET_UID)


def test_a_closed_card_is_not_used_and_may_be_closed_again(card_service: VirtualCardService, station: Station) -> None:
    with lay_card(card_service, 0):
        card = station.lend()
        card.close()
        card.close()
        with pytest.raises(CardCancelledError):
            card.transmit(GET_UID)


@pytest.mark.parametrize(("apdu", "resets"), [(GET_UID, False), (VERIFY, True)])
def test_a_card_is_reset_when_it_is_let_go_only_if_it_verified_a_pin(
    card_service: VirtualCardService, station: Station, apdu: bytes, resets: bool
) -> None:
    with lay_card(card_service, 0) as laid:
        with station.lend() as card:
            card.transmit(apdu)
            before = laid.controls.count(CONTROL_RESET)
        assert (laid.controls.count(CONTROL_RESET) > before) is resets
