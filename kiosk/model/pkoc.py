"""PKOC, the PSIA's public key open credential: what the workstation asks for, the service and the auditor verify.

A card signs its transaction identifier and nothing else (PSIA PKOC NFC Card Specification 1.1): no label, no reader, no
time. So our challenge goes in as the identifier, whole where the card takes that (it has room for 16 to 65 bytes), else
its first 16 bytes: cards exist that take no others.
"""

from __future__ import annotations

from typing import Literal

POINT_BYTES = 65
"""An uncompressed point of P-256 (SEC 1 section 2.3.3): 04, x, y."""
POINT_FORM = 0x04
SIGNATURE_BYTES = 64
"""r and s, 32 bytes each."""
IdentifierBytes = Literal[32, 16]
SIZES: tuple[IdentifierBytes, ...] = (32, 16)
"""Bytes of a transaction identifier, in the order in which they are tried."""


def identifier(challenge: bytes, size: IdentifierBytes) -> bytes:
    """The transaction identifier that stands for a ceremony's ``challenge`` (32 bytes)."""
    return challenge[:size]
