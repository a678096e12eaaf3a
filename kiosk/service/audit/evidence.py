"""What makes a row checkable years later: exactly what was signed, by which key, and where that key was enrolled.

It proves that the enrolled key signed exactly this. It cannot prove what a compromised workstation showed, nor an
enrolment that we forged ourselves.
"""

from __future__ import annotations

import hashlib
from typing import TypedDict

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.model.binding import Json, b64u


class BoundChallenge(TypedDict):
    """What the challenge was made of: domain label, the 32-byte nonce, and the RFC 8785 text that was approved."""

    label: str
    nonce: bytes
    statement: str


def _bound(bound: BoundChallenge) -> dict[str, Json]:
    return {"label": bound["label"], "nonce": b64u(bound["nonce"]), "statement": bound["statement"]}


def _row(enrolled: tuple[str, int]) -> dict[str, Json]:
    return {"chain": enrolled[0], "seq": enrolled[1]}


def of_fido2(
    bound: BoundChallenge,
    *,
    rp_id: str,
    origin: str,
    verified: bool,
    credential_id: str,
    authenticator_data: bytes,
    client_data: bytes,
    signature: bytes,
    public_key: bytes,
    enrolled: tuple[str, int],
) -> dict[str, Json]:
    """An assertion. ``verified``: user verification was demanded. ``public_key``: COSE_Key in CBOR, as enrolled.

    ``credential_id``: base64url. ``enrolled``: chain and sequence number of the row that enrolled the key.
    """
    return {
        "kind": "fido2",
        **_bound(bound),
        "rp_id": rp_id,
        "origin": origin,
        "user_verification": verified,
        "credential_id": credential_id,
        "authenticator_data": b64u(authenticator_data),
        "client_data": b64u(client_data),
        "signature": b64u(signature),
        "public_key": b64u(public_key),
        "enrolled": _row(enrolled),
    }


def of_piv(
    bound: BoundChallenge,
    *,
    slot: str,
    signature: bytes,
    path: tuple[x509.Certificate, ...],
    enrolled: tuple[str, int],
    anchored: tuple[str, int],
) -> dict[str, Json]:
    """A PIV signature over ``binding.piv_message``. ``path``: card's certificate first, trusted CA last.

    ``enrolled``: the row that bound the card; ``anchored``: the row by which the CA came to be trusted.
    """
    return {
        "kind": "piv",
        **_bound(bound),
        "slot": slot,
        "signature": b64u(signature),
        "path": [b64u(certificate.public_bytes(Encoding.DER)) for certificate in path],
        "enrolled": _row(enrolled),
        "anchored": _row(anchored),
    }


def of_pkoc(
    bound: BoundChallenge, *, public_key: bytes, signature: bytes, identifier_bytes: int, enrolled: tuple[str, int]
) -> dict[str, Json]:
    """A PKOC badge's signature over the first ``identifier_bytes`` of the challenge; ``signature`` is r and s."""
    return {
        "kind": "pkoc",
        **_bound(bound),
        "public_key": b64u(public_key),
        "signature": b64u(signature),
        "identifier_bytes": identifier_bytes,
        "enrolled": _row(enrolled),
    }


def of_code(bound: BoundChallenge, *, method: str) -> dict[str, Json]:
    """A PIN or a one-time code: what was approved, and that nothing was signed."""
    return {"kind": "code", **_bound(bound), "method": method, "signed": False}


def digest(data: bytes) -> str:
    """SHA-256, lower-case hex: how enrolment rows name keys and certificates."""
    return hashlib.sha256(data).hexdigest()
