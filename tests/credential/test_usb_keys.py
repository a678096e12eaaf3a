"""USB keys through the same door: the simulated key behind CTAPHID frames (CTAP 2.1 section 11.2)."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from threading import Event

import pytest
from fido2.hid.base import CtapHidConnection, HidDescriptor

from kiosk.credential import make_credential, probe, sign
from kiosk.credential.errors import (
    GarbledCardError,
    InvalidPinError,
    LiftedEarlyError,
    NoUsbKeyError,
    RequestDroppedError,
    SeveralUsbKeysError,
    WrongCardError,
)
from kiosk.credential.hid import UsbKey, open_usb_key
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method
from kiosk.model.secret import Secret
from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.fido2_store import AAGUID, KeyMemory
from tests.credential.cards import KEY_PIN, key_memory
from tests.credential.wire import ORIGIN, RP_ID, a_challenge, check, enrol, never

PACKET = 64
CHANNEL = 0x01020304
INIT, CBOR, CANCEL, KEEPALIVE = 0x86, 0x90, 0x91, 0xBB
DESCRIPTOR = HidDescriptor("/dev/hidraw9", 0x1050, 0x0407, PACKET, PACKET, "Simulated key", None)


class FramedKey(CtapHidConnection):
    """A key on the USB. ``waits``: keep-alives before each answer (-1: until it is cancelled).

    ``unplugged_after``: so many packets, then every read and write is an ``OSError``. ``garbled``: frames that nobody
    sent.
    """

    def __init__(
        self, memory: KeyMemory, *, waits: int = 0, unplugged_after: int | None = None, garbled: bool = False
    ) -> None:
        self.applet = Fido2Applet(memory)
        self.waits, self.left, self.garbled = waits, unplugged_after, garbled
        self.closed = False
        self.keepalives = 0
        self.at_keepalive: Callable[[int], None] = lambda number: None
        self._out: deque[bytes] = deque()
        self._message = b""
        self._wanted = 0
        self._command = 0
        self._waiting = False

    def write_packet(self, data: bytes) -> None:
        self._plugged()
        assert len(data) == PACKET
        channel, first = struct.unpack_from(">IB", data)
        if first == CANCEL:
            self._cancelled()
        elif first & 0x80:
            self._command, self._wanted = struct.unpack_from(">BH", data, 4)
            self._message = data[7 : 7 + self._wanted]
            self._complete(channel)
        else:
            self._message += data[5 : 5 + self._wanted - len(self._message)]
            self._complete(channel)

    def read_packet(self) -> bytes:
        self._plugged()
        if self._waiting or not self._out:
            self.keepalives += 1
            self.at_keepalive(self.keepalives)
            return self._frame(CHANNEL, KEEPALIVE, b"\x02")[0]
        packet = self._out.popleft()
        return bytes(len(packet)) if self.garbled else packet

    def close(self) -> None:
        self.closed = True

    def _plugged(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise OSError(19, "No such device")

    def _complete(self, channel: int) -> None:
        if len(self._message) < self._wanted:
            return
        if self._command == INIT:
            self._out.extend(self._frame(channel, INIT, self._message + struct.pack(">IBBBBB", CHANNEL, 2, 5, 0, 0, 4)))
            return
        assert (channel, self._command) == (CHANNEL, CBOR)
        if self.waits < 0:
            self._waiting = True
            return
        for _ in range(self.waits):
            self._out.extend(self._frame(CHANNEL, KEEPALIVE, b"\x02"))
        self._out.extend(self._frame(CHANNEL, CBOR, self.applet.ctap(self._message)))

    def _cancelled(self) -> None:
        if self._waiting:
            self._waiting = False
            self._out.extend(self._frame(CHANNEL, CBOR, b"\x2d"))

    @staticmethod
    def _frame(channel: int, command: int, message: bytes) -> list[bytes]:
        packets = [struct.pack(">IBH", channel, command, len(message)) + message[: PACKET - 7]]
        rest = message[PACKET - 7 :]
        for number, start in enumerate(range(0, len(rest), PACKET - 5)):
            packets.append(struct.pack(">IB", channel, number) + rest[start : start + PACKET - 5])
        return [packet.ljust(PACKET, b"\x00") for packet in packets]


def plugged_in(connection: FramedKey) -> UsbKey:
    return open_usb_key(lambda: [DESCRIPTOR], lambda _: connection)


def fresh(memory: KeyMemory, waits: int = 0) -> UsbKey:
    return plugged_in(FramedKey(memory, waits=waits))


def test_a_usb_key_shows_itself_like_a_tapped_one() -> None:
    assert probe(fresh(key_memory()), RP_ID) == Fido2Presented(AAGUID.hex(), True, False, None)


@pytest.mark.parametrize("waits", [0, 3])
def test_a_usb_key_enrols_and_proves(waits: int) -> None:
    memory = key_memory()
    made, credential = enrol(fresh(memory), KEY_PIN)
    challenge = a_challenge(Method.FIDO2, allow=[made.credential_id])
    proof = sign(fresh(memory, waits), challenge, Secret(KEY_PIN), never())
    assert isinstance(proof, Fido2Proof)
    assert check(proof, credential, challenge).is_user_verified()


def test_a_wrong_pin_counts_the_same_by_usb() -> None:
    memory = key_memory()
    made, _ = enrol(fresh(memory), KEY_PIN)
    with pytest.raises(InvalidPinError) as caught:
        sign(fresh(memory), a_challenge(Method.FIDO2, allow=[made.credential_id]), Secret("1357"), never())
    assert caught.value.retries_left == 7 == memory.retries


def test_no_key_and_several_keys_are_told_apart() -> None:
    with pytest.raises(NoUsbKeyError):
        open_usb_key(list, lambda _: FramedKey(key_memory()))
    with pytest.raises(SeveralUsbKeysError):
        open_usb_key(lambda: [DESCRIPTOR, DESCRIPTOR], lambda _: FramedKey(key_memory()))


def test_a_usb_key_is_no_piv_card() -> None:
    with pytest.raises(WrongCardError):
        sign(fresh(key_memory()), a_challenge(Method.PIV_TAP), None, never())


def test_a_cancel_reaches_a_key_that_waits_for_a_touch() -> None:
    memory = key_memory()
    enrol(fresh(memory), KEY_PIN)
    connection = FramedKey(memory)
    key = plugged_in(connection)
    key.info()
    connection.waits = -1
    cancel = Event()
    connection.at_keepalive = lambda number: cancel.set() if number == 3 else None
    with pytest.raises(RequestDroppedError):
        sign(key, a_challenge(Method.FIDO2_TAP), None, cancel)
    assert connection.keepalives >= 3


def test_a_key_unplugged_at_any_moment_is_lifted_early() -> None:
    memory = key_memory()
    enrol(fresh(memory), KEY_PIN)
    whole = FramedKey(memory, unplugged_after=10_000)
    sign(plugged_in(whole), a_challenge(Method.FIDO2_TAP), None, never())
    assert whole.left is not None
    for packets in range(10_000 - whole.left):
        connection = FramedKey(memory, unplugged_after=packets)
        with pytest.raises(LiftedEarlyError):
            sign(plugged_in(connection), a_challenge(Method.FIDO2_TAP), None, never())


def test_frames_that_nobody_sent_are_garbage_and_the_device_is_let_go() -> None:
    connection = FramedKey(key_memory(), garbled=True)
    with pytest.raises(GarbledCardError):
        plugged_in(connection)
    assert connection.closed


def test_closing_lets_the_device_go() -> None:
    connection = FramedKey(key_memory())
    plugged_in(connection).close()
    assert connection.closed


def test_options_that_are_none_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="not the options"):
        make_credential(fresh(key_memory()), {"rp": 1, "user": 2, "challenge": 3, "pubKeyCredParams": 4}, ORIGIN, None)
