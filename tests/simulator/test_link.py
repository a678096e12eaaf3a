"""The vpicc protocol over a socket pair: what a reader says, and what a card does about it."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.model.card import Tap
from kiosk.reader.inprocess import SocketWatcher
from kiosk.simulator import link
from kiosk.simulator.link import NoReaderError, Placed, ReaderBusyError, port_of
from kiosk.simulator.placed_card import PlacedCard
from kiosk.simulator.simulated_card import Faults, SimulatedCard
from tests.fakes.simulated_cards import a_badge, a_key, a_piv_card

ASK_UID = bytes.fromhex("FFCA000000")
UID = "04A1B2C3"


class Reader:
    """The reader's end of the line."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(5)

    def say(self, payload: bytes) -> None:
        self.sock.sendall(len(payload).to_bytes(2, "big") + payload)

    def ask(self, payload: bytes) -> bytes:
        self.say(payload)
        head = self.sock.recv(2, socket.MSG_WAITALL)
        return self.sock.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if head else b""


@pytest.fixture
def pair() -> Iterator[tuple[Reader, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Reader(ours), theirs


def test_a_placed_card_answers_until_it_is_lifted(pair: tuple[Reader, socket.socket]) -> None:
    reader, sock = pair
    with Placed(a_badge(UID), sock) as placed:
        reader.say(b"\x01")
        assert placed.wait_seen()
        assert reader.ask(b"\x04") == a_badge(UID).atr
        assert reader.ask(ASK_UID) == bytes.fromhex(UID) + b"\x90\x00"
    assert placed.wait_over(0)
    assert reader.sock.recv(1) == b""


def test_a_card_notices_that_the_reader_hung_up(pair: tuple[Reader, socket.socket]) -> None:
    reader, sock = pair
    with Placed(a_badge(UID), sock) as placed:
        reader.sock.close()
        assert placed.wait_over(5)
        assert not placed.wait_seen()


@pytest.mark.parametrize("control", [b"\x00", b"\x01", b"\x02"])
def test_power_and_reset_make_the_card_forget(pair: tuple[Reader, socket.socket], control: bytes) -> None:
    reader, sock = pair
    with Placed(a_piv_card(), sock):
        assert reader.ask(bytes.fromhex("00A404000BA000000308000010000100"))[-2:] == b"\x90\x00"
        assert reader.ask(bytes.fromhex("0020008008313233343536FFFF")) == b"\x90\x00"
        assert reader.ask(bytes.fromhex("00200080")) == b"\x90\x00"
        reader.say(control)
        assert reader.ask(bytes.fromhex("00200080")) == b"\x6d\x00"


def test_a_length_that_comes_in_pieces_is_put_together(pair: tuple[Reader, socket.socket]) -> None:
    reader, sock = pair
    with Placed(a_badge(UID), sock):
        for byte in b"\x00\x05" + ASK_UID[:-1]:
            reader.sock.sendall(bytes([byte]))
        reader.sock.sendall(ASK_UID[-1:])
        assert reader.sock.recv(8, socket.MSG_WAITALL) == b"\x00\x06" + bytes.fromhex(UID) + b"\x90\x00"


def test_a_card_that_leaves_in_the_middle_hangs_up(pair: tuple[Reader, socket.socket]) -> None:
    reader, sock = pair
    with Placed(a_badge(UID, Faults(dies_after=1)), sock) as placed:
        assert reader.ask(ASK_UID)
        assert reader.ask(ASK_UID) == b""
        assert placed.wait_over(5)


def test_odd_controls_and_empty_payloads_hurt_nobody(pair: tuple[Reader, socket.socket]) -> None:
    reader, sock = pair
    with Placed(a_key(), sock):
        reader.say(b"\x77")
        assert reader.ask(b"") == b"\x67\x00"
        assert reader.ask(b"\x00\xa4") == b"\x67\x00"


@pytest.mark.parametrize(
    ("reader", "port"),
    [
        ("Virtual PCD 00 00", 35963),
        ("Virtual PCD 00 01", 35964),
        ("Virtual PCD 2 00 00", 35965),
        ("Virtual PCD 3 00 01", 35968),
    ],
)
def test_a_readers_name_tells_its_port(reader: str, port: int) -> None:
    assert port_of(reader) == port


@pytest.mark.parametrize("reader", ["", "Virtual PCD", "ACS ACR122U 00 00", "Virtual PCD 0 00 00", "Virtual PCD 00 02"])
def test_another_reader_is_refused_with_a_sentence(reader: str) -> None:
    with pytest.raises(NoReaderError, match="no virtual reader"):
        port_of(reader)


def test_where_nobody_listens_there_is_no_reader(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(NoReaderError, match=rf"no virtual reader at 127\.0\.0\.1:{port}\. Is pcscd running"):
            link.connect(port=port)
    with pytest.raises(NoReaderError, match="no reader at"):
        link.connect_in_process(tmp_path / "nobody")


class Service:
    """A card service that comes and goes: each connection is a new socket pair."""

    def __init__(self) -> None:
        self.running = True
        self.readers: list[Reader] = []
        self.came = threading.Semaphore(0)

    def connect(self) -> socket.socket:
        if not self.running:
            raise NoReaderError("gone")
        ours, theirs = socket.socketpair()
        self.readers.append(Reader(ours))
        self.came.release()
        return theirs

    def await_card(self) -> Reader:
        assert self.came.acquire(timeout=30)
        reader = self.readers[-1]
        reader.say(b"\x01")
        return reader


def started(card: SimulatedCard, service: Service) -> tuple[PlacedCard, threading.Thread, threading.Event]:
    lying, placed = PlacedCard(card, service.connect), threading.Event()
    thread = threading.Thread(target=lying.hold, args=(placed.set,))
    thread.start()
    return lying, thread, placed


def test_plastic_survives_a_restart_of_the_card_service() -> None:
    service = Service()
    lying, thread, placed = started(a_badge(UID), service)
    reader = service.await_card()
    assert placed.wait(30)
    service.running = False
    reader.sock.close()
    service.running = True
    again = service.await_card()
    assert again.ask(ASK_UID) == bytes.fromhex(UID) + b"\x90\x00"
    lying.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert again.sock.recv(1) == b""
    again.sock.close()


def test_a_card_is_lifted_when_its_time_is_over() -> None:
    service = Service()
    threading.Thread(target=service.await_card).start()
    PlacedCard(a_badge(UID), service.connect).hold(lambda: None, 0.05)
    assert service.readers[0].sock.recv(1) == b""
    service.readers[0].sock.close()


def test_a_reader_that_hangs_up_at_once_is_busy() -> None:
    def hang_up() -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.close()
        return theirs

    with pytest.raises(ReaderBusyError, match="another card lying on it"):
        PlacedCard(a_badge(UID), hang_up).hold(lambda: None)


def test_a_card_that_no_reader_noticed_can_be_told_to_stop() -> None:
    service = Service()
    lying, thread, placed = started(a_badge(UID), service)
    assert service.came.acquire(timeout=30)
    lying.stop()
    service.readers[0].sock.close()
    thread.join(30)
    assert not thread.is_alive()
    assert not placed.is_set()


def test_the_in_process_reader_takes_the_same_plastic(tmp_path: Path) -> None:
    taps: queue.Queue[Tap] = queue.Queue()
    watcher = SocketWatcher(lambda event: taps.put(event) if isinstance(event, Tap) else None, tmp_path / "reader")
    watcher.start()
    try:
        with Placed(a_badge(UID), link.connect_in_process(tmp_path / "reader")) as placed:
            tap = taps.get(timeout=30)
            assert placed.wait_seen()
            assert tap.atr == a_badge(UID).atr
            assert watcher.lend(tap.number).transmit(ASK_UID) == (bytes.fromhex(UID), 0x9000)
    finally:
        watcher.stop()
