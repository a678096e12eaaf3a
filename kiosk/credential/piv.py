"""A PIV card at the level of its own commands (NIST SP 800-73-4 part 2), as much as a tap needs.

SELECT, GET DATA, VERIFY, GENERAL AUTHENTICATE: nothing that one maker added, so that any conforming card works.
A key here signs ``binding.piv_message(challenge)`` and nothing else.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Literal

from kiosk.credential import apdu, tlv
from kiosk.credential.errors import (
    GarbledCardError,
    InvalidPinError,
    PinBlockedError,
    PivKeyKindError,
    SlotReaderError,
    WrongCardError,
    WrongReaderError,
)
from kiosk.credential.tries import tries
from kiosk.model.binding import piv_message
from kiosk.model.piv import CURVE_ALGORITHMS, RSA_ALGORITHMS
from kiosk.model.secret import Secret

if TYPE_CHECKING:  # 2.6 ms: the front is imported without the reader room
    from kiosk.reader.card import OpenCard

Slot = Literal["9E", "9A"]

AID = bytes.fromhex("A00000030800001000")
CERTIFICATE_OF: dict[Slot, bytes] = {"9A": bytes.fromhex("5FC105"), "9E": bytes.fromhex("5FC101")}
"""Data objects of part 1 table 3: PIV authentication, card authentication."""
MAX_CERTIFICATE = 16384

PACKED = (b"\x1f\x8b", b"\x78")
"""First bytes of what is packed: by gzip (RFC 1952 section 2.3.1), or bare by zlib (RFC 1950 section 2.2), as some
middleware has stored it and other middleware reads it. A certificate begins with neither."""

DIGEST_INFO_SHA256 = bytes.fromhex("3031300D060960864801650304020105000420")
"""DER of DigestInfo up to the hash (RFC 8017 section 9.2 note 1)."""

APPLICATION_PIN = 0x80
VERIFICATION_REFUSED = (0x6A81, 0x6982)
"""Over the air a PIN is taken only through a virtual contact interface (part 2 section 3.2.1)."""
NO_SUCH_KEY = (0x6A80, 0x6A82, 0x6A86, 0x6A88)
NO_SUCH_OBJECT = (0x6A82, 0x6A88)
"""Data object not found (part 2 section 3.1.2); referenced data not found (ISO/IEC 7816-4 section 5.6)."""
NOT_SHOWN_HERE = (0x6982, 0x6985, 0x6A81)
"""Over the air most objects are read only through a virtual contact interface (part 1 section 3.5 and table 2)."""
END_OF_DATA = 0x6282
"""A warning: fewer bytes than ``Le`` (ISO/IEC 7816-4 section 5.6). Whether they are all the container's length says."""


def select(card: OpenCard) -> bool:
    """Select the PIV application (section 3.1.1). False if the card has none."""
    return apdu.select(card, AID) == apdu.OK


def read_certificate(card: OpenCard, slot: Slot) -> bytes | None:
    """The slot's certificate, DER (section 3.1.2, part 1 appendix A); None if the slot is empty, or never written.

    Raises ``SlotReaderError`` where the card does not show it to this reader, ``GarbledCardError`` for an object that
    is no certificate container and for any other status word.
    """
    wanted = tlv.encode(0x5C, CERTIFICATE_OF[slot])
    answer, sw = apdu.exchange(card, 0x00, 0xCB, 0x3F, 0xFF, wanted)
    if sw in NO_SUCH_OBJECT:
        return None
    if sw in NOT_SHOWN_HERE:
        raise SlotReaderError(f"the certificate of slot {slot} is not shown to this reader: {sw:04X}")
    if sw not in (apdu.OK, END_OF_DATA):
        raise GarbledCardError(f"GET DATA failed: {sw:04X}")
    if answer and _never_written(answer):
        return None
    container = tlv.value(answer, 0x53)
    if container is None:
        raise GarbledCardError("a PIV object without its container")
    certificate = None if _never_written(container) else tlv.value(container, 0x70)
    return None if certificate is None or _never_written(certificate) else _der(certificate)


def _never_written(stored: bytes) -> bool:
    """Nothing, or what memory holds that was reserved and never written."""
    return not stored.strip(b"\x00") or not stored.strip(b"\xff")


def _der(stored: bytes) -> bytes:
    """The certificate in what stands under tag 70: its bytes say whether it is packed, not the flag beside it.

    Issuers have set CertInfo (tag 71) to 80 and to other values over both kinds, and filled up behind the certificate.
    """
    plain = _unzipped(stored) if stored.startswith(PACKED) else stored
    if not plain.startswith(b"\x30"):
        raise GarbledCardError("a PIV certificate that is no DER sequence")
    return tlv.first(plain)


def pin_retries(card: OpenCard) -> int | None:
    """Tries left for the card's PIN, asked without spending one (empty VERIFY, section 3.2.1).

    None while the card holds the PIN for verified: it does not count then. Raises ``PinBlockedError``,
    ``WrongReaderError``.
    """
    _, sw = apdu.exchange(card, 0x00, 0x20, 0x00, APPLICATION_PIN, le=None)
    if sw == apdu.OK:
        return None
    return _retries_in(sw)


def verify_pin(card: OpenCard, pin: Secret | None, identity: bytes) -> None:
    """Unlock 9A with ``pin``; spends a try if it is wrong. ``identity``: what this card is remembered by.

    A PIN that cannot be one (six to eight characters of ASCII, section 2.4.3) is not sent. Raises ``InvalidPinError``,
    ``LastTryError``, ``PinBlockedError``, ``WrongReaderError``.
    """
    typed = pin.reveal().encode() if pin else b""
    if not 6 <= len(typed) <= 8 or not all(0x20 <= byte < 0x7F for byte in typed):
        raise InvalidPinError("not the form of a PIV PIN")
    tries.allow(identity, pin_retries(card))
    _, sw = apdu.exchange(card, 0x00, 0x20, 0x00, APPLICATION_PIN, typed.ljust(8, b"\xff"), le=None)
    tries.done(identity)
    if sw == apdu.OK:
        return
    retries = _retries_in(sw)
    if retries == 0:
        raise PinBlockedError(retries_left=0)
    raise InvalidPinError(retries_left=retries)


def sign(card: OpenCard, slot: Slot, certificate: bytes, challenge: bytes) -> bytes:
    """The slot's signature over the labelled ``challenge`` (section 3.2.4): ECDSA in DER, or RSA PKCS#1 v1.5.

    ``certificate``: the slot's own, DER; it tells the algorithm. Raises ``PivKeyKindError`` for a key that is not
    taken, ``WrongCardError`` for one that the card does not hold, ``GarbledCardError``, ``WrongReaderError`` where 9A
    stays locked.
    """
    algorithm, size = _algorithm_of(certificate)
    to_sign = _digest_for(algorithm, size, piv_message(challenge))
    template = tlv.encode(0x7C, tlv.encode(0x82, b"") + tlv.encode(0x81, to_sign))
    answer, sw = apdu.exchange(card, 0x00, 0x87, algorithm, int(slot, 16), template)
    if sw in NO_SUCH_KEY:
        raise WrongCardError(f"no usable key in slot {slot}")
    if sw in VERIFICATION_REFUSED:
        raise WrongReaderError(f"slot {slot} stays locked at this reader")
    if sw != apdu.OK:
        raise GarbledCardError("GENERAL AUTHENTICATE failed")
    signature = tlv.value(tlv.value(answer, 0x7C) or b"", 0x82)
    if not signature:
        raise GarbledCardError("an answer without signature")
    return signature


def _retries_in(sw: int) -> int:
    if sw >> 4 == 0x63C:
        return sw & 0x0F
    if sw == 0x6983:
        raise PinBlockedError(retries_left=0)
    if sw in VERIFICATION_REFUSED:
        raise WrongReaderError("the card takes no PIN at this reader")
    if sw == 0x6A88:
        raise WrongCardError("the card has no PIN")
    raise GarbledCardError("VERIFY failed")


def _algorithm_of(certificate: bytes) -> tuple[int, int]:
    """(algorithm identifier, bytes of a signature's number) of the certificate's key."""
    from cryptography import x509  # 27 ms
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except UnsupportedAlgorithm:
        raise PivKeyKindError("a PIV key of an unknown kind") from None
    except ValueError as error:
        raise GarbledCardError("a PIV certificate that cannot be read") from error
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVE_ALGORITHMS:
        return CURVE_ALGORITHMS[key.curve.name], key.curve.key_size // 8
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_ALGORITHMS:
        return RSA_ALGORITHMS[key.key_size], key.key_size // 8
    raise PivKeyKindError("a PIV key of a kind that is not accepted")


def _digest_for(algorithm: int, size: int, message: bytes) -> bytes:
    """What the card's private key is applied to: the digest, for RSA in EMSA-PKCS1-v1_5 (RFC 8017 section 9.2)."""
    if algorithm == CURVE_ALGORITHMS["secp384r1"]:
        return hashlib.sha384(message).digest()
    digest = hashlib.sha256(message).digest()
    if algorithm == CURVE_ALGORITHMS["secp256r1"]:
        return digest
    info = DIGEST_INFO_SHA256 + digest
    return b"\x00\x01" + b"\xff" * (size - 3 - len(info)) + b"\x00" + info


def _unzipped(data: bytes) -> bytes:
    """Undo the card's gzip or zlib, never to more than a certificate could be."""
    unzip = zlib.decompressobj(wbits=47)  # either, by its first bytes
    try:
        plain = unzip.decompress(data, MAX_CERTIFICATE)
    except zlib.error as error:
        raise GarbledCardError("a PIV certificate that does not unpack") from error
    if not unzip.eof:
        raise GarbledCardError("a PIV certificate that does not end")
    return plain
