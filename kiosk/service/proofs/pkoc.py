"""Verification of a PKOC badge's signature over its transaction identifier, which is our challenge."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kiosk.model import pkoc
from kiosk.model.binding import unb64u
from kiosk.model.proof import PkocProof
from kiosk.model.refusal import RefusalCode
from kiosk.verification.refused import ProofRefusedError


def point_of(public_key: str) -> bytes:
    """The key's 65 bytes, which are a point of P-256. ``public_key``: base64url. Raises ``ProofRefusedError``."""
    try:
        point = unb64u(public_key)
        if len(point) != pkoc.POINT_BYTES or point[0] != pkoc.POINT_FORM:
            raise ValueError("no uncompressed point")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "no key of P-256") from None
    return point


def verify(proof: PkocProof, challenge: bytes) -> tuple[bytes, bytes]:
    """The badge's key and signature, 65 and 64 bytes, if it signed ``challenge`` (32 bytes). Raises
    ``ProofRefusedError``.

    ECDSA with SHA-256 (PSIA PKOC NFC Card Specification 1.1), over the whole challenge or its first 16 bytes: no fewer
    were ever random, and no more are sent to a badge that takes no more.
    """
    point = point_of(proof.public_key)
    try:
        signature = unb64u(proof.signature)
        if len(signature) != pkoc.SIGNATURE_BYTES or proof.identifier_bytes not in pkoc.SIZES:
            raise ValueError("not r and s of P-256")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        signed = pkoc.identifier(challenge, proof.identifier_bytes)
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "signature") from None
    return point, signature
