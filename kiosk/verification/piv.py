"""Verification of a PIV key's signature over the labelled message (``binding.piv_message``)."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from kiosk.model.binding import piv_message
from kiosk.model.refusal import RefusalCode
from kiosk.verification.refused import ProofRefusedError

MAX_SIGNATURE = 1024


def verify(certificate: x509.Certificate, signature: bytes, challenge: bytes) -> None:
    """ECDSA P-256 with SHA-256, P-384 with SHA-384, RSA PKCS #1 v1.5 with SHA-256 (SP 800-78-5 table 3-2).

    ``challenge``: the 32 bytes that the ceremony issued. Raises ``ProofRefusedError``.
    """
    key, message = certificate.public_key(), piv_message(challenge)
    if len(signature) > MAX_SIGNATURE:
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "too long")
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            wide = key.curve.name == "secp384r1"
            key.verify(signature, message, ec.ECDSA(hashes.SHA384() if wide else hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "key")
    except (InvalidSignature, ValueError):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "signature") from None
