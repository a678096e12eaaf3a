"""A PKOC badge at the level of its two commands (PSIA PKOC NFC Card Specification 1.1): SELECT and AUTHENTICATE.

It signs whatever transaction identifier a reader sends, for any reader, and tells everybody its public key. So it
proves that it is there, and no more; what the signature is worth, and whose the key is, the service decides.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from kiosk.credential import apdu, tlv
from kiosk.credential.errors import (
    GarbledCardError,
    NotAPkocBadgeError,
    PkocKeyError,
    PkocRefusedError,
    PkocVersionError,
)
from kiosk.model import pkoc
from kiosk.model.binding import b64u
from kiosk.model.proof import PkocProof

if TYPE_CHECKING:  # 2.6 ms: the front is imported without the reader room
    from kiosk.reader.card import OpenCard

AID = bytes.fromhex("A000000898000001")
VERSIONS = (b"\x01\x01", b"\x01\x00")
"""Those whose AUTHENTICATE is known here, the newest first: 1.1 and 1.0, whose commands are the same."""
VERSION, IDENTIFIER, READER, PUBLIC_KEY, SIGNATURE = 0x5C, 0x4C, 0x4D, 0x5A, 0x9E
READER_IDENTIFIER = b"kiosk".ljust(16, b"\0") + b"workstation".ljust(16, b"\0")
"""Site and reader, 16 bytes each. They are not signed, and nobody is told by them where a person is."""


def select(card: OpenCard) -> bytes | None:
    """Select the application; the version to speak, None if the card has no such application.

    Raises ``GarbledCardError`` for one that names no version (a PKOC card of another profile, or a card that says yes
    to any SELECT), ``PkocVersionError`` for one that speaks none of ``VERSIONS``.
    """
    answer, sw = apdu.selected(card, AID)
    if sw != apdu.OK:
        return None
    said = tlv.value(answer, VERSION)
    if not said or len(said) % 2:
        raise GarbledCardError("a PKOC application that names no version")
    spoken = {said[at : at + 2] for at in range(0, len(said), 2)}
    known = next((version for version in VERSIONS if version in spoken), None)
    if known is None:
        raise PkocVersionError("a PKOC application of an unknown version")
    return known


def sign(card: OpenCard, challenge: bytes) -> PkocProof:
    """The badge's answer to ``challenge`` (32 bytes), and its public key. Its application is selected here.

    A badge that takes no identifier so long is given the first 16 bytes, and one that wants no ``Le`` is asked without.
    Raises ``NotAPkocBadgeError``, ``PkocVersionError``, ``PkocKeyError``, ``PkocRefusedError`` where nothing is taken,
    ``GarbledCardError``.
    """
    version = select(card)
    if version is None:
        raise NotAPkocBadgeError("no PKOC application")
    last = 0
    for size in pkoc.SIZES:
        wish = tlv.encode(VERSION, version) + tlv.encode(IDENTIFIER, pkoc.identifier(challenge, size))
        wish += tlv.encode(READER, READER_IDENTIFIER)
        for le in (apdu.MAX_SHORT_ANSWER, None):
            answer, last = apdu.exchange(card, 0x80, 0x80, 0x00, 0x01, wish, le)
            if last == apdu.OK and answer:
                public_key, signature = _parts(answer)
                return PkocProof(b64u(public_key), b64u(signature), size)
    raise PkocRefusedError(f"AUTHENTICATE failed with {last:04X}")


def public_key(card: OpenCard) -> str:
    """Its public key, base64url, as it says it beside a signature over chance. Raises as ``sign``."""
    return sign(card, secrets.token_bytes(32)).public_key


def _parts(answer: bytes) -> tuple[bytes, bytes]:
    """Public key and signature; objects that are not known are passed over."""
    found = dict(reversed(tlv.parse(answer)))
    point, signature = found.get(PUBLIC_KEY), found.get(SIGNATURE)
    if point is None or signature is None:
        raise GarbledCardError("a PKOC answer without key or signature")
    if len(signature) != pkoc.SIGNATURE_BYTES:
        raise GarbledCardError("a PKOC signature that is not r and s of P-256")
    _check_point(point)
    return point, signature


def _check_point(point: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec  # 8 ms

    if len(point) != pkoc.POINT_BYTES or point[0] != pkoc.POINT_FORM:
        raise PkocKeyError("a PKOC key that is no uncompressed point")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise PkocKeyError("a PKOC key that is not on the curve") from None
