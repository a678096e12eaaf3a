"""A FIDO2 security key: CTAP 2.1 over ISO 7816 (CTAP 2.1 sections 6 and 11.3), ES256, PIN as user verification."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fido2.cose import ES256

from kiosk.simulator import apdu, ctap_get, ctap_make, fido2_store
from kiosk.simulator.apdu import Command, Reply
from kiosk.simulator.ctap_client_pin import client_pin
from kiosk.simulator.ctap_get import get_assertion, get_next_assertion
from kiosk.simulator.ctap_make import ATTESTATION, MAX_DISCOVERABLE, Attestation, make_credential
from kiosk.simulator.ctap_maker import KeyManufacturer
from kiosk.simulator.ctap_message import CtapStatusError, Status, parameters, success
from kiosk.simulator.ctap_session import KeySession
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.simulated_card import Faults, SimulatedCard, contactless_atr
from kiosk.simulator.store import CardMemoryError

AID = bytes.fromhex("A0000006472F0001")
MAX_MESSAGE = 2048
ENDS_A_LISTING = (0x01, 0x02, 0x06, 0x07, 0x0B)
"""CTAP 2.1 section 6: state of a stateful command is lost when another one comes."""
MAY_ASK_AGAIN, CANCEL = 0x80, 0x11
PROCESSING, WAITING = b"\x01", 0x9100
"""CTAP 2.1 section 11.3.7: the status byte and word of an answer that is not ready."""


@dataclass(frozen=True, slots=True)
class KeyFaults(Faults):
    """``counter_back``: the signature counter goes down. ``absent``: nobody touches the key.

    ``busy``: how often it says "processing" before an answer, if the reader knows how to ask again. ``guarded``: it
    makes every credential at credProtect level 3. ``max_message``: bytes; a longer message is refused.
    ``always_uv``: it does nothing with presence before its user is verified (CTAP 2.1 section 7.2).
    """

    counter_back: bool = False
    absent: bool = False
    busy: int = 0
    guarded: bool = False
    always_uv: bool = False
    max_message: int = MAX_MESSAGE


@dataclass(slots=True)
class Fido2Applet:
    """The authenticator. ``memory`` survives power, everything else does not. ``clock``: monotonic seconds."""

    memory: KeyMemory
    attestation: Attestation = "packed"
    faults: Faults = field(default_factory=KeyFaults)
    clock: Callable[[], float] = time.monotonic
    maker: KeyManufacturer | None = None
    aid: bytes = AID
    session: KeySession = field(init=False, repr=False)
    _answer: bytes = field(default=b"", init=False, repr=False)
    _busy: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.power_cycle()

    def power_cycle(self) -> None:
        self._answer, self._busy = b"", 0
        self.session = KeySession(self.clock, present=not self._quirks.absent)

    @property
    def _quirks(self) -> KeyFaults:
        return self.faults if isinstance(self.faults, KeyFaults) else KeyFaults()

    def select(self) -> bytes:
        return b"FIDO_2_0"

    def command(self, command: Command) -> Reply:
        """NFCCTAP_MSG, NFCCTAP_GETRESPONSE and NFCCTAP_CONTROL's "end" (CTAP 2.1 section 11.3)."""
        match command.cla, command.ins:
            case 0x80, 0x10:
                self._busy = self._quirks.busy if command.p1 & MAY_ASK_AGAIN else 0
                self._answer = b"\x00\xff\xff" if self.faults.garbage else self.ctap(command.data)
                return self._answer_or_wait()
            case 0x80, 0x11 if self._answer:
                if command.p1 == CANCEL and self._busy:
                    self._busy, self._answer = 0, bytes([Status.KEEPALIVE_CANCEL])
                return self._answer_or_wait()
            case 0x80, 0x11:
                return Reply(sw=apdu.CONDITIONS)
            case 0x80, 0x12 if command.p1 == 0x01:
                return Reply()
        return Reply(sw=apdu.UNKNOWN_INS if command.cla in (0x00, 0x80) else apdu.UNKNOWN_CLA)

    def _answer_or_wait(self) -> Reply:
        if self._busy > 0:
            self._busy -= 1
            return Reply(PROCESSING, WAITING)
        answer, self._answer = self._answer, b""
        return Reply(answer)

    def ctap(self, message: bytes) -> bytes:
        """One CTAP2 command: its byte and its map; returns status and map, whatever came in."""
        if self._quirks.counter_back:
            self.memory.counter = max(self.memory.counter - 2, 0)
        if not message:
            return bytes([Status.INVALID_LENGTH])
        if len(message) > self._quirks.max_message:
            return bytes([Status.REQUEST_TOO_LARGE])
        try:
            return self._carry_out(message[0], message[1:])
        except CtapStatusError as fault:
            return bytes([fault.status])
        except CardMemoryError:
            return bytes([Status.OTHER])

    def _carry_out(self, number: int, encoded: bytes) -> bytes:
        if number in ENDS_A_LISTING:
            self.session.listing = None
        match number:
            case 0x01:
                params, least = parameters(encoded), 3 if self._quirks.guarded else 1
                self._require_user(ctap_make.PARAM in params)
                return make_credential(self.memory, self.session, params, self.attestation, self.maker, least)
            case 0x02:
                params = parameters(encoded)
                silent = params.inner(ctap_get.OPTIONS).optional("up", bool) is False
                self._require_user(silent or ctap_get.PARAM in params)
                return get_assertion(self.memory, self.session, params)
            case 0x04:
                return self._info()
            case 0x06:
                return client_pin(self.memory, self.session, parameters(encoded))
            case 0x07:
                return self._reset()
            case 0x08:
                return get_next_assertion(self.memory, self.session)
            case 0x0B:
                self.session.require_presence()
                return success()
        raise CtapStatusError(Status.INVALID_COMMAND)

    def _require_user(self, given: bool) -> None:
        """CTAP 2.1 sections 6.1.2 and 6.2.2, for ``alwaysUv``: raises ``CtapStatusError``. This key has no sensor."""
        if self._quirks.always_uv and not given:
            raise CtapStatusError(Status.OPERATION_DENIED if self.memory.pin_hash is None else Status.PUAT_REQUIRED)

    def _reset(self) -> bytes:
        if not self.session.reset_allowed():
            raise CtapStatusError(Status.NOT_ALLOWED)
        self.session.consume_presence()
        self.memory.wipe()
        self.session.new_tokens()
        self.session.wrong_pins = 0
        return success()

    def _info(self) -> bytes:
        stored = sum(c.discoverable for c in self.memory.credentials)
        return success(
            {
                1: ["FIDO_2_0", "FIDO_2_1"],
                2: ["credProtect"],
                3: self.memory.aaguid,
                4: {
                    "rk": True,
                    "up": True,
                    "clientPin": self.memory.pin_hash is not None,
                    "pinUvAuthToken": True,
                    "makeCredUvNotRqd": not self._quirks.always_uv,
                    **({"alwaysUv": True} if self._quirks.always_uv else {}),
                },
                5: self._quirks.max_message,
                6: [2, 1],
                7: 16,
                8: 64,
                9: ["nfc"],
                10: [{"alg": ES256.ALGORITHM, "type": "public-key"}],
                12: self.memory.change_pin,
                13: self.memory.shortest_pin,
                14: 1,
                20: MAX_DISCOVERABLE - stored,
                22: list(ATTESTATION),
            }
        )


def key(
    memory: KeyMemory,
    *,
    uid: bytes | None = None,
    attestation: Attestation = "packed",
    faults: Faults | None = None,
    clock: Callable[[], float] = time.monotonic,
    maker: KeyManufacturer | None = None,
) -> SimulatedCard:
    """A FIDO2 key as a card for the link. ``uid``: what FF CA answers, if anything. ``maker``: who attests it."""
    applet = Fido2Applet(memory, attestation, faults or KeyFaults(), clock, maker)
    return SimulatedCard(contactless_atr(b"kiosk FIDO2"), [applet], uid, faults)


def open_key_store(path: Path, pin: str | None) -> KeyMemory:
    """The key of ``path``; a new one with ``pin`` if there is no such file.

    Raises ``CardMemoryError``, and ``ValueError`` for a PIN that a key would refuse.
    """
    memory = fido2_store.load(path)
    if memory is None:
        memory = KeyMemory(path)
        if pin is not None:
            if len(pin) < 4 or len(pin.encode()) > 63:
                raise ValueError("A key's PIN has 4 to 63 characters.")
            memory.set_pin(pin.encode())
        memory.save()
    return memory
