"""A PIV card: the card application of SP 800-73-4 part 2, as issued (nothing can be loaded onto it from outside).

It answers SELECT, GET DATA, the PIN's commands and GENERAL AUTHENTICATE (internal authentication) for keys 9A (with
PIN) and 9E (without). Everything verified is forgotten at a selection, a reset and a loss of power.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from kiosk.simulator import apdu, piv_store
from kiosk.simulator.apdu import Command, Reply
from kiosk.simulator.piv_ca import FASC_N, CardAuthority
from kiosk.simulator.piv_pin import PinGate
from kiosk.simulator.piv_store import Algorithm, KeyPair, PivMemory, Slot
from kiosk.simulator.simulated_card import Faults, SimulatedCard, contact_atr, contactless_atr
from kiosk.simulator.tlv import TlvSyntaxError, parse, tlv

AID = bytes.fromhex("A000000308000010000100")
CHUID, CARD_AUTH_CERTIFICATE, PIV_AUTH_CERTIFICATE, CAPABILITIES = 0x5FC102, 0x5FC101, 0x5FC105, 0x5FC107
DISCOVERY = 0x7E
MANAGEMENT_KEY = 0x9B
ASKS_FOR_CHALLENGE = bytes.fromhex("7C028100")
CHALLENGE_BYTES = 8
"""Part 2 section 3.2.4: the first half of an authentication of the outside; programs use it as a source of chance."""


@dataclass(slots=True)
class PivApplet:
    """The card application. ``memory`` survives power; what ``gate`` knows does not.

    ``withholds``: the status word for its PIN, for 9A and its certificate, if they are not to be had over the air: a
    conforming card gives them through a virtual contact interface alone (SP 800-73-4 part 1 section 3.5).
    """

    memory: PivMemory
    faults: Faults = field(default_factory=Faults)
    aid: bytes = AID
    withholds: int | None = None
    gate: PinGate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = PinGate(self.memory)

    def power_cycle(self) -> None:
        self.gate.verified = False

    def select(self) -> bytes:
        """The application property template (SP 800-73-4 part 2 table 3)."""
        self.gate.verified = False
        return tlv(0x61, tlv(0x4F, AID[5:]) + tlv(0x79, tlv(0x4F, AID[:5])) + tlv(0x50, b"kiosk PIV"))

    def command(self, command: Command) -> Reply:
        if command.cla != 0:
            return Reply(sw=apdu.UNKNOWN_CLA)
        if self.faults.garbage:
            return Reply(b"\x53\x82\xff\xff\x70")
        if self.withholds is not None and _through_contacts(command):
            return Reply(sw=self.withholds)
        match command.ins:
            case 0xCB:
                return self._get_data(command)
            case 0x20:
                return self.gate.verify(command)
            case 0x24:
                return self.gate.change(command)
            case 0x2C:
                return self.gate.unblock(command)
            case 0x87:
                return self._authenticate(command)
        return Reply(sw=apdu.UNKNOWN_INS)

    def _get_data(self, command: Command) -> Reply:
        if (command.p1, command.p2) != (0x3F, 0xFF):
            return Reply(sw=apdu.WRONG_P1P2)
        try:
            tag = int.from_bytes(parse(command.data)[0x5C], "big")
        except (TlvSyntaxError, KeyError):
            return Reply(sw=apdu.WRONG_DATA)
        if tag == DISCOVERY:
            return Reply(tlv(DISCOVERY, tlv(0x4F, AID) + tlv(0x5F2F, b"\x40\x00")))
        content = self._object(tag)
        return Reply(sw=apdu.NOT_FOUND) if content is None else Reply(tlv(0x53, content))

    def _object(self, tag: int) -> bytes | None:
        if tag == CHUID:
            return self._chuid()
        if tag == CAPABILITIES:
            return _capabilities(self.memory)
        slot = {CARD_AUTH_CERTIFICATE: Slot.CARD_AUTHENTICATION, PIV_AUTH_CERTIFICATE: Slot.AUTHENTICATION}.get(tag)
        pair = None if slot is None else self.memory.slots.get(slot)
        if pair is None:
            return None
        der = pair.certificate.public_bytes(serialization.Encoding.DER)
        return (
            tlv(0x70, gzip.compress(der, mtime=0) if pair.compressed else der)
            + tlv(0x71, bytes([pair.compressed]))
            + tlv(0xFE)
        )

    def _chuid(self) -> bytes:
        """Card holder unique identifier (SP 800-73-4 part 1 section 3.1.2); it carries no issuer's signature."""
        ends = [pair.certificate.not_valid_after_utc for pair in self.memory.slots.values()]
        expiry = max(ends).strftime("%Y%m%d").encode() if ends else b"20991231"
        return tlv(0x30, FASC_N) + tlv(0x34, self.memory.guid.bytes) + tlv(0x35, expiry) + tlv(0x3E) + tlv(0xFE)

    def _authenticate(self, command: Command) -> Reply:
        """GENERAL AUTHENTICATE with a challenge to sign (part 2 section 3.2.4, appendix A.4.1)."""
        if command.p2 == MANAGEMENT_KEY and command.data == ASKS_FOR_CHALLENGE:
            return Reply(tlv(0x7C, tlv(0x81, secrets.token_bytes(CHALLENGE_BYTES))))
        pair = next((p for slot, p in self.memory.slots.items() if slot == command.p2), None)
        if pair is None:
            return Reply(sw=apdu.REFERENCE_NOT_FOUND)
        if command.p1 != pair.algorithm:
            return Reply(sw=apdu.WRONG_P1P2)
        if command.p2 == Slot.AUTHENTICATION and not self.gate.verified:
            return Reply(sw=apdu.SECURITY_STATUS)
        try:
            template = parse(parse(command.data)[0x7C])
            challenge = template[0x81]
        except (TlvSyntaxError, KeyError):
            return Reply(sw=apdu.WRONG_DATA)
        if template.get(0x82) != b"":
            return Reply(sw=apdu.WRONG_DATA)
        signature = _sign(pair, challenge)
        return Reply(sw=apdu.WRONG_DATA) if signature is None else Reply(tlv(0x7C, tlv(0x82, signature)))


def _through_contacts(command: Command) -> bool:
    """Whether it is about the PIN, about 9A, or about what belongs to 9A."""
    if command.ins == 0xCB:
        return command.data.endswith(PIV_AUTH_CERTIFICATE.to_bytes(3, "big"))
    return command.ins in (0x20, 0x24, 0x2C) or (command.ins == 0x87 and command.p2 == Slot.AUTHENTICATION)


def _capabilities(memory: PivMemory) -> bytes:
    """Card capability container (SP 800-73-4 part 1 section 3.1.1): says which data model this is."""
    identifier = bytes.fromhex("A000000116FF02") + memory.guid.bytes[:14]
    fixed = tlv(0xF1, b"\x21") + tlv(0xF2, b"\x21") + tlv(0xF3) + tlv(0xF4, b"\x00") + tlv(0xF5, b"\x10")
    return tlv(0xF0, identifier) + fixed + b"".join(tlv(t) for t in (0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE))


def _sign(pair: KeyPair, challenge: bytes) -> bytes | None:
    """The signature, None for a challenge that is not of the key's size. It is a digest, or for RSA a padded block."""
    key = pair.key
    if isinstance(key, rsa.RSAPrivateKey):
        return _raw_rsa(key, challenge)
    size = 32 if pair.algorithm is Algorithm.P_256 else 48
    if not 0 < len(challenge) <= size:
        return None
    digest = hashes.SHA256() if pair.algorithm is Algorithm.P_256 else hashes.SHA384()
    return key.sign(challenge.rjust(size, b"\x00"), ec.ECDSA(Prehashed(digest)))


def _raw_rsa(key: rsa.RSAPrivateKey, block: bytes) -> bytes | None:
    """RSASP1 (RFC 8017 section 5.2.1): the padding was made by the client, as on every PIV card."""
    numbers = key.private_numbers()
    modulus, size = numbers.public_numbers.n, (key.key_size + 7) // 8
    message = int.from_bytes(block, "big")
    if len(block) != size or message >= modulus:
        return None
    return pow(message, numbers.d, modulus).to_bytes(size, "big")


def piv_card(
    memory: PivMemory,
    *,
    uid: bytes | None = None,
    faults: Faults | None = None,
    withholds: int | None = None,
) -> SimulatedCard:
    """A PIV card for the link. With ``uid`` it lies on a contactless reader, without in a slot.

    ``withholds``: what it answers there to whatever it gives through contacts alone.
    """
    atr = contact_atr(b"kiosk PIV") if uid is None else contactless_atr(b"kiosk PIV")
    applet = PivApplet(memory, faults or Faults(), withholds=None if uid is None else withholds)
    return SimulatedCard(atr, [applet], uid, faults)


def open_piv_store(
    path: Path, pin: str | None, authority: Callable[[], CardAuthority], name: str = "Simulated Clinician"
) -> PivMemory:
    """The card of ``path``; a new one with ``pin``, certified by ``authority()``, if there is no such file.

    Raises ``CardMemoryError``, and ``ValueError`` for a PIN that is missing or not 6 to 8 digits.
    """
    memory = piv_store.load(path)
    if memory is not None:
        return memory
    piv_store.padded(pin or "")
    return piv_store.personalise(authority(), pin or "", name=name, path=path)
