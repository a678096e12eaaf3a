"""The in-process reader: the same events and errors as over pcscd, from a card at a Unix socket."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.model.card import CardService, Lift, ReaderState, Tap
from kiosk.reader import (
    CardCancelledError,
    CardGoneError,
    CardMuteError,
    CardServiceStoppedError,
    Watching,
    open_readers,
)
from kiosk.reader.inprocess import READER
from kiosk.reader.vpicc import SocketCard, VpiccConnection
from tests.fakes.cardservice import ATR, MUTE_ATR, LaidCard
from tests.fakes.recorder import Recorder

VERIFY = bytes.fromhex("0020008008313233343536FFFF")
OK = b"\x90\x00"


class Station:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen = Recorder()
        self.readers: Watching = open_readers(self.seen, in_process_path=str(path))

    def call(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self.path))
        return line

    def lay(self, answer: Callable[[bytes], bytes] = lambda apdu: OK, atr: bytes = ATR) -> LaidCard:
        return LaidCard(self.call(), answer, atr)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path / "reader")
    one.readers.start()
    yield one
    one.readers.stop()


def test_it_is_ready_at_once_and_open_to_nobody_else(station: Station) -> None:
    view = station.seen.next_state(READER, ReaderState.READY)
    assert view.service is CardService.OK
    mode = station.path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_card_comes_answers_and_goes(station: Station) -> None:
    with station.lay(lambda apdu: apdu[::-1] + OK):
        tap = station.seen.next(Tap)
        assert (tap.reader, tap.atr, tap.fresh) == (READER, ATR, True)
        station.seen.next_state(READER, ReaderState.CARD)
        with station.readers.lend(tap.number) as card:
            assert card.transmit(b"\x00\xa4\x04\x00") == (b"\x00\x04\xa4\x00", 0x9000)
    assert station.seen.next(Lift).number == tap.number
    station.seen.next_state(READER, ReaderState.READY)
    with pytest.raises(CardGoneError):
        station.readers.lend(tap.number)


def test_a_card_is_lent_again_after_it_was_let_go(station: Station) -> None:
    with station.lay():
        number = station.seen.next(Tap).number
        for _ in range(2):
            with station.readers.lend(number) as card:
                assert card.transmit(b"\x00\xca\x00\x00")[1] == 0x9000


def test_the_next_card_is_not_lent_for_the_last_one(station: Station) -> None:
    with station.lay():
        first = station.seen.next(Tap).number
    with station.lay():
        assert station.seen.next(Tap).number == first + 1
        with pytest.raises(CardGoneError):
            station.readers.lend(first)


def test_a_lift_in_the_middle_of_an_exchange_is_gone(station: Station) -> None:
    def leave(apdu: bytes) -> bytes:
        raise ConnectionAbortedError

    with (
        station.lay(leave),
        station.readers.lend(station.seen.next(Tap).number) as card,
        pytest.raises(CardGoneError),
    ):
        card.transmit(b"\x00\xca\x00\x00")
    station.seen.next(Lift)


def test_a_mute_card_is_a_state_and_no_tap(station: Station) -> None:
    with station.lay(atr=MUTE_ATR):
        station.seen.next_state(READER, ReaderState.MUTE)
    station.seen.next_state(READER, ReaderState.READY)
    assert station.seen.of(Tap, Lift) == []


def test_a_card_that_hangs_up_at_once_is_a_tap_that_came_and_went(station: Station) -> None:
    line = station.call()
    line.shutdown(socket.SHUT_RDWR)
    line.close()
    tap = station.seen.next(Tap)
    assert station.seen.next(Lift).number == tap.number
    with pytest.raises(CardGoneError):
        station.readers.lend(tap.number)


def test_a_second_card_is_turned_away_while_one_lies_there(station: Station) -> None:
    with station.lay():
        station.seen.next(Tap)
        with station.call() as second:
            assert second.recv(1) == b""
    assert len(station.seen.of(Tap)) == 1


def test_a_card_that_verified_a_pin_is_reset_when_it_is_let_go(station: Station) -> None:
    with station.lay() as laid:
        number = station.seen.next(Tap).number
        for apdu in (VERIFY, b"\x00\xca\x00\x00"):
            with station.readers.lend(number) as card:
                card.transmit(apdu)
        with station.readers.lend(number) as card:
            card.transmit(b"\x00\xca\x00\x00")
        assert laid.controls.count(2) == 1


def test_a_card_in_use_can_be_cancelled(station: Station) -> None:
    with station.lay(), station.readers.lend(station.seen.next(Tap).number) as card:
        card.cancel()
        with pytest.raises(CardCancelledError):
            card.transmit(b"\x00\xca\x00\x00")


def test_what_is_no_command_never_reaches_the_card(station: Station) -> None:
    with station.lay(), station.readers.lend(station.seen.next(Tap).number) as card, pytest.raises(ValueError):
        card.transmit(b"\x02")


def test_a_card_that_does_not_answer_in_time_is_mute_and_hung_up_on() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        line = VpiccConnection(ours)
        with pytest.raises(CardMuteError):
            line.exchange(b"\x00\xca\x00\x00", patience=0.01)
        with pytest.raises(CardGoneError):
            SocketCard(line, READER, ATR).transmit(b"\x00\xca\x00\x00")
        line.close()


def test_an_old_socket_is_replaced_and_stop_removes_ours(tmp_path: Path) -> None:
    path = tmp_path / "reader"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    station = Station(path)
    station.readers.start()
    with station.lay():
        station.seen.next(Tap)
    station.readers.stop()
    assert not path.exists()


def test_a_path_that_cannot_be_a_socket_is_a_sentence(tmp_path: Path) -> None:
    station = Station(tmp_path / ("long" * 40))
    with pytest.raises(CardServiceStoppedError, match="Choose another path"):
        station.readers.start()
    station.readers.stop()


def test_a_card_that_was_lent_is_gone_once_the_reader_is_stopped(station: Station) -> None:
    with station.lay():
        card = station.readers.lend(station.seen.next(Tap).number)
        station.readers.stop()
        with pytest.raises(CardGoneError):
            card.transmit(b"\x00\xca\x00\x00")


def test_stop_hangs_up_even_on_a_card_that_never_said_a_word(station: Station) -> None:
    with station.call() as line:
        assert line.recv(3) == b"\x00\x01\x01", "power on"
        station.readers.stop()
        line.settimeout(5)
        # A reset instead of an end: we had not read everything.
        with suppress(ConnectionResetError):
            while line.recv(16):
                pass
