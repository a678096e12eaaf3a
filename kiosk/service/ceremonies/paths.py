"""Is a PIV certificate issued by a trusted CA, in time, for signing? RFC 5280 path validation by ``cryptography``.

Its defaults are those of the web (a subject alternative name, serverAuth or clientAuth), which PIV card
authentication certificates do not have (SP 800-73-5 part 1 section 3.3; FIPS 201 section 4.2.3), so the leaf has our
own extension policy: key usage is required explicitly, extended key usage is looked at if it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from kiosk.model.ceremony import RefusalCode
from kiosk.service.ceremonies.refused import ProofRefused

MAX_CERTIFICATE = 6144
PURPOSES = frozenset(
    {
        "2.16.840.1.101.3.6.8",  # id-PIV-cardAuth
        "1.3.6.1.5.5.7.3.2",  # clientAuth
        "1.3.6.1.4.1.311.20.2.2",  # smart card logon
        "2.5.29.37.0",  # any
    }
)
UNDERSTOOD = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
    }
)


@dataclass(frozen=True, slots=True)
class Ca:
    """A trusted CA. ``fingerprint``: SHA-256 of its DER in hex; ``hardware``: its cards' keys are in hardware."""

    fingerprint: str
    pem: str
    hardware: bool


@dataclass(frozen=True, slots=True)
class Path:
    """A certificate that passed, and the CA that issued it."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    ca: Ca


def fingerprint(der: bytes) -> str:
    """Lower-case hex of SHA-256."""
    return hashlib.sha256(der).hexdigest()


def validate(der: bytes, cas: Sequence[Ca], now: int) -> Path:
    """The path from ``der`` to one of ``cas`` at ``now``; revocation is ``revocation``'s. Raises ``ProofRefused``."""
    certificate = _parsed(der)
    at = datetime.fromtimestamp(now, UTC)
    if at > certificate.not_valid_after_utc or at < certificate.not_valid_before_utc:
        raise ProofRefused(RefusalCode.EXPIRED_CERTIFICATE, "dates")
    _check_unknown_extensions(certificate)
    anchors = [(ca, _ca_certificate(ca.pem)) for ca in cas]
    if not anchors:
        raise _untrusted("no CA is trusted")
    verifier = (
        PolicyBuilder()
        .store(Store([anchor for _, anchor in anchors]))
        .time(at)
        .max_chain_depth(1)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_leaf_policy())
        .build_client_verifier()
    )
    try:
        chain = verifier.verify(certificate, []).chain
    except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
        raise _untrusted("chain") from error
    issuer = chain[1]
    for ca, anchor in anchors:
        if anchor == issuer:
            return Path(certificate, issuer, ca)
    raise _untrusted("issuer")


def _untrusted(why: str) -> ProofRefused:
    return ProofRefused(RefusalCode.UNTRUSTED_CERTIFICATE, why)


def _parsed(der: bytes) -> x509.Certificate:
    if len(der) > MAX_CERTIFICATE:
        raise _untrusted("too long")
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        list(certificate.extensions)
        usable = (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in ("secp256r1", "secp384r1")) or (
            isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise _untrusted("malformed") from error
    if not usable:
        raise _untrusted("key")
    return certificate


def _check_unknown_extensions(certificate: x509.Certificate) -> None:
    """``permit_all`` lets a critical extension pass that nobody here understands (RFC 5280 section 4.2)."""
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in UNDERSTOOD:
            raise _untrusted("critical extension")


def _leaf_policy() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_cards)
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_ca)
    )


def _may_sign(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("the key may not sign")


def _for_cards(_policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and not any(purpose.dotted_string in PURPOSES for purpose in usage):
        raise ValueError("the certificate is for another purpose")


def _is_no_ca(_policy: Policy, _certificate: x509.Certificate, basic: x509.BasicConstraints | None) -> None:
    if basic is not None and basic.ca:
        raise ValueError("a CA's certificate is no card's")


@lru_cache(maxsize=64)
def _ca_certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())
