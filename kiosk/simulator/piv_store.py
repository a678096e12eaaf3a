"""What a PIV card remembers without power: its PIN and retries, two keys with their certificates, its identifiers."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kiosk.simulator import store
from kiosk.simulator.piv_ca import CardAuthority, Validity

KIND = "PIV card"
MAX_RETRIES = 5
PIN_BYTES = 8
FACTORY_PUK = "12345678"

CardKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Slot(IntEnum):
    """Key references (SP 800-73-4 part 1 table 4b)."""

    AUTHENTICATION = 0x9A
    CARD_AUTHENTICATION = 0x9E


class Algorithm(IntEnum):
    """Algorithm identifiers (``kiosk.model.piv``)."""

    RSA_2048 = 0x07
    RSA_3072 = 0x05
    RSA_4096 = 0x16
    P_256 = 0x11
    P_384 = 0x14


RSA_BITS = {Algorithm.RSA_2048: 2048, Algorithm.RSA_3072: 3072, Algorithm.RSA_4096: 4096}


@dataclass(slots=True)
class KeyPair:
    """A key and its certificate. ``compressed``: the certificate is handed out gzipped, as some issuers do."""

    algorithm: Algorithm
    key: CardKey = field(repr=False)
    certificate: x509.Certificate
    compressed: bool = False


@dataclass(slots=True)
class PivMemory:
    """The card's memory; every ``save`` replaces its file, if it has one. Raises ``store.CardMemoryError``."""

    path: Path | None
    guid: uuid.UUID
    slots: dict[Slot, KeyPair]
    pin_hash: bytes = field(repr=False)
    puk_hash: bytes = field(repr=False)
    retries: int = MAX_RETRIES
    puk_retries: int = MAX_RETRIES
    issuers: str = ""
    """PEM of the CA that certified it and of those above, for whoever must trust the card."""

    def save(self) -> None:
        if self.path is None:
            return
        content = {
            "guid": str(self.guid),
            "pin_hash": self.pin_hash.hex(),
            "retries": self.retries,
            "puk_hash": self.puk_hash.hex(),
            "puk_retries": self.puk_retries,
            "issuers": self.issuers,
            "slots": {slot.name: _plain(pair) for slot, pair in self.slots.items()},
        }
        store.write(self.path, KIND, content)


def padded(pin: str) -> bytes:
    """A PIN as VERIFY carries it: 6 to 8 digits, filled up with FF (SP 800-73-4 part 2 section 2.4.3).

    Raises ``ValueError`` (a sentence) for anything else.
    """
    if not (6 <= len(pin) <= PIN_BYTES and pin.isascii() and pin.isdigit()):
        raise ValueError("A PIV card's PIN has 6 to 8 digits.")
    return pin.encode().ljust(PIN_BYTES, b"\xff")


def unpadded(padded_pin: bytes) -> str | None:
    """The PIN in a VERIFY command's 8 bytes, None if it is none that a card would take."""
    digits = padded_pin.rstrip(b"\xff")
    try:
        text = digits.decode("ascii")
        return text if padded(text) == padded_pin else None
    except ValueError:
        return None


def pin_digest(padded_pin: bytes) -> bytes:
    """What is kept of a PIN."""
    return hashlib.sha256(padded_pin).digest()


def personalise(
    authority: CardAuthority,
    pin: str,
    *,
    name: str = "Simulated Clinician",
    upn: str | None = None,
    algorithm: Algorithm = Algorithm.P_256,
    validity: Validity | None = None,
    compressed: bool = False,
    path: Path | None = None,
    puk: str = FACTORY_PUK,
) -> PivMemory:
    """A new card with fresh keys 9A and 9E, certified by ``authority``. ``puk``: 8 digits, to unblock the PIN.

    Raises ``ValueError`` for a bad PIN, ``store.CardMemoryError`` if ``path`` cannot be written.
    """
    guid = uuid.uuid4()
    pin_hash = pin_digest(padded(pin))
    tap, person = generate(algorithm), generate(algorithm)
    tap_certificate = authority.issue_card_auth(tap.public_key(), guid, validity)
    own_certificate = authority.issue_piv_auth(person.public_key(), name, guid, upn, validity)
    slots = {
        Slot.CARD_AUTHENTICATION: KeyPair(algorithm, tap, tap_certificate, compressed),
        Slot.AUTHENTICATION: KeyPair(algorithm, person, own_certificate, compressed),
    }
    memory = PivMemory(path, guid, slots, pin_hash, pin_digest(puk.encode()), issuers=authority.pem().decode())
    memory.save()
    return memory


def generate(algorithm: Algorithm) -> CardKey:
    """A fresh private key."""
    if algorithm in RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS[algorithm])
    return ec.generate_private_key(ec.SECP256R1() if algorithm is Algorithm.P_256 else ec.SECP384R1())


def load(path: Path) -> PivMemory | None:
    """The memory in ``path``, None if there is no such file. Raises ``store.CardMemoryError``."""
    content = store.read(path, KIND)
    if content is None:
        return None
    try:
        return PivMemory(
            path=path,
            guid=uuid.UUID(content["guid"]),
            slots={Slot[name]: _pair(plain) for name, plain in content["slots"].items()},
            pin_hash=bytes.fromhex(content["pin_hash"]),
            retries=int(content["retries"]),
            puk_hash=bytes.fromhex(content["puk_hash"]),
            puk_retries=int(content["puk_retries"]),
            issuers=str(content["issuers"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise store.CardMemoryError(f"{path} is damaged. Delete it to start with a fresh card.") from error


def _plain(pair: KeyPair) -> dict[str, str | bool]:
    key = pair.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "algorithm": pair.algorithm.name,
        "key": key.hex(),
        "certificate": pair.certificate.public_bytes(serialization.Encoding.DER).hex(),
        "compressed": pair.compressed,
    }


def _pair(plain: Mapping[str, str | bool]) -> KeyPair:
    key = serialization.load_der_private_key(bytes.fromhex(str(plain["key"])), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("not a card's kind of key")
    certificate = x509.load_der_x509_certificate(bytes.fromhex(str(plain["certificate"])))
    return KeyPair(Algorithm[str(plain["algorithm"])], key, certificate, bool(plain["compressed"]))
