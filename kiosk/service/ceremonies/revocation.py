"""Is a certificate revoked? By the CA's CRL as an administrator imported it (RFC 5280 section 5 and 6.3).

A CRL is required where the rule ``piv_crl`` says so; else as soon as its CA has ever published one here, or the
certificate says where there would be one (CRL distribution points). A CRL that is past its ``nextUpdate``, not signed
by the CA, indirect, partial or a delta is no answer: the certificate is refused as ``stale_crl`` until a fresh one is
imported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from kiosk.model.ceremony import RefusalCode
from kiosk.service.ceremonies.paths import Path
from kiosk.service.ceremonies.refused import ProofRefused

CLOCK_SKEW = 300


def check(path: Path, der: bytes | None, now: int, *, required: bool) -> None:
    """Refuse ``path``'s certificate if it is revoked, or if that cannot be known.

    ``der``: the CRL stored for its CA, None if there never was one. ``required``: there must be one.
    Raises ``ProofRefused``.
    """
    if der is None:
        if required or _names_a_crl(path.certificate):
            raise ProofRefused(RefusalCode.STALE_CRL, "no CRL was imported")
        return
    crl = _usable(_Key(der, path.ca.pem))
    if crl is None:
        raise ProofRefused(RefusalCode.STALE_CRL, "the CRL is not usable")
    at = datetime.fromtimestamp(now, UTC)
    if crl.next_update_utc is None or at > crl.next_update_utc:
        raise ProofRefused(RefusalCode.STALE_CRL, "the CRL is stale")
    if crl.last_update_utc.timestamp() > now + CLOCK_SKEW:
        raise ProofRefused(RefusalCode.STALE_CRL, "the CRL is of the future")
    entry = crl.get_revoked_certificate_by_serial_number(path.certificate.serial_number)
    if entry is not None and not _removed(entry):
        raise ProofRefused(RefusalCode.REVOKED_CERTIFICATE, "revoked")


def _names_a_crl(certificate: x509.Certificate) -> bool:
    try:
        certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return False
    return True


def _removed(entry: x509.RevokedCertificate) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, ValueError):
        return False
    return reason is x509.ReasonFlags.remove_from_crl


@dataclass(frozen=True, slots=True)
class _Key:
    """What a checked CRL is remembered by; hashing a megabyte costs a millisecond, checking its signature fifty."""

    der: bytes
    pem: str

    def __hash__(self) -> int:
        return hash((hashlib.sha256(self.der).digest(), self.pem))


@lru_cache(maxsize=16)
def _usable(key: _Key) -> x509.CertificateRevocationList | None:
    """The parsed CRL, if it is complete and the CA signed it; signatures are checked once."""
    try:
        crl = x509.load_der_x509_crl(key.der)
        ca = x509.load_pem_x509_certificate(key.pem.encode())
        # The stub wants one of three key types; any other makes it raise TypeError, which is caught.
        signed = crl.issuer == ca.subject and crl.is_signature_valid(ca.public_key())  # type: ignore[arg-type]
        # Every critical extension limits what the list covers; a full, direct CRL has none (section 5.2).
        return crl if signed and not any(extension.critical for extension in crl.extensions) else None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
