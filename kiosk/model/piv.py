"""The keys of PIV cards that are taken: one list for the workstation, which asks, and the service, which verifies.

Algorithm identifiers are those of NIST SP 800-78-5 table 6-2; RSA 4096 (16) is not in it, but is what cards that have
such keys use for it.
"""

from __future__ import annotations

RSA_ALGORITHMS = {2048: 0x07, 3072: 0x05, 4096: 0x16}
"""Bits of the modulus, and the identifier."""
CURVE_ALGORITHMS = {"secp256r1": 0x11, "secp384r1": 0x14}
"""SEC 2 name of the curve, and the identifier."""
