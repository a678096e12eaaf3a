"""A PKOC badge: the two commands of the PSIA's PKOC NFC Card Specification 1.1, and a key that never leaves it.

It signs its transaction identifier, of 16 to 65 bytes, for whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kiosk.simulator import apdu, store
from kiosk.simulator.apdu import Command, Reply
from kiosk.simulator.simulated_card import Faults, SimulatedCard, contact_atr, contactless_atr
from kiosk.simulator.tlv import TlvSyntaxError, parse, tlv

AID = bytes.fromhex("A000000898000001")
KIND = "PKOC badge"
VERSION = b"\x01\x00"
IDENTIFIER_SIZES = range(16, 66)
READER_BYTES = 32


@dataclass(slots=True)
class PkocApplet:
    """The application. ``versions``: what it says it speaks. ``sizes``: identifiers that it takes, in bytes."""

    key: ec.EllipticCurvePrivateKey
    faults: Faults = field(default_factory=Faults)
    versions: bytes = VERSION
    sizes: range = IDENTIFIER_SIZES
    aid: bytes = AID

    def power_cycle(self) -> None:
        """Nothing of it is volatile."""

    def select(self) -> bytes:
        """The versions that it speaks."""
        return tlv(0x5C, self.versions)

    def command(self, command: Command) -> Reply:
        if command.cla != 0x80:
            return Reply(sw=apdu.UNKNOWN_CLA)
        if self.faults.garbage:
            return Reply(b"\x5a\x41\x04")
        if command.ins != 0x80:
            return Reply(sw=apdu.UNKNOWN_INS)
        if (command.p1, command.p2) != (0x00, 0x01):
            return Reply(sw=apdu.WRONG_P1P2)
        return self._authenticate(command)

    def _authenticate(self, command: Command) -> Reply:
        try:
            asked = parse(command.data)
            version, identifier, reader = asked[0x5C], asked[0x4C], asked[0x4D]
        except (TlvSyntaxError, KeyError):
            return Reply(sw=apdu.WRONG_DATA)
        spoken = [self.versions[at : at + 2] for at in range(0, len(self.versions), 2)]
        if version not in spoken or len(identifier) not in self.sizes or len(reader) != READER_BYTES:
            return Reply(sw=apdu.WRONG_DATA)
        return Reply(tlv(0x5A, public_point(self.key)) + tlv(0x9E, self._signature(identifier)))

    def _signature(self, identifier: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(identifier, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public key as the badge says it, 65 bytes."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def fresh_key() -> ec.EllipticCurvePrivateKey:
    """The key of a new badge."""
    return ec.generate_private_key(ec.SECP256R1())


def pkoc_badge(applet: PkocApplet, *, uid: bytes | None = None, faults: Faults | None = None) -> SimulatedCard:
    """A PKOC badge for the link. With ``uid`` it lies on a contactless reader, without in a slot."""
    atr = contact_atr(b"kiosk PKOC") if uid is None else contactless_atr(b"kiosk PKOC")
    return SimulatedCard(atr, [applet], uid, faults)


def open_pkoc_store(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key of the badge of ``path``; a new one if there is no such file. Raises ``store.CardMemoryError``."""
    content = store.read(path, KIND)
    if content is None:
        key = fresh_key()
        plain = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        store.write(path, KIND, {"key": plain.hex()})
        return key
    try:
        loaded = serialization.load_der_private_key(bytes.fromhex(str(content["key"])), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey) or loaded.curve.name != "secp256r1":
            raise ValueError("not a key of P-256")
    except (KeyError, TypeError, ValueError) as error:
        raise store.CardMemoryError(f"{path} is damaged. Delete it to start with a fresh badge.") from error
    return loaded
