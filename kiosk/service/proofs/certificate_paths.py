"""Is a PIV certificate issued by a trusted CA, in time, for signing? RFC 5280 path validation by ``cryptography``.

Its defaults are those of the web (a subject alternative name, serverAuth or clientAuth), which PIV card
authentication certificates do not have (SP 800-73-5 part 1 section 3.3; FIPS 201 section 4.2.3), so the leaf has our
own extension policy: key usage is required explicitly, extended key usage is looked at if it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError

from kiosk.model.piv import CURVE_ALGORITHMS, RSA_ALGORITHMS
from kiosk.model.refusal import RefusalCode
from kiosk.service.platform import ca_fitness, certificate_reading
from kiosk.service.proofs import certificate_authority
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification.refused import ProofRefusedError

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
    """A certificate of a trusted CA. ``fingerprint``: SHA-256 of its DER in hex.

    ``hardware``: the CA's cards' keys are in hardware.
    """

    fingerprint: str
    pem: str
    hardware: bool

    @property
    def identity(self) -> str:
        """Which CA it is: the same for every certificate of that name and key."""
        return certificate_authority.identity_of(self.pem)


@dataclass(frozen=True, slots=True)
class Path:
    """A certificate that passed, and the CA that issued it."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    ca: Ca


def trusted(rows: Iterable[StoredRow]) -> list[Ca]:
    """Of rows of ``piv_ca``. What is said of a CA is said of its name and key: it must be so of each certificate."""
    all_of = list(rows)
    soft = {certificate_authority.identity_of(row.pem) for row in all_of if not row.hardware}
    return [Ca(row.fingerprint, row.pem, certificate_authority.identity_of(row.pem) not in soft) for row in all_of]


def fingerprint(der: bytes) -> str:
    """Lower-case hex of SHA-256."""
    return hashlib.sha256(der).hexdigest()


def validate(der: bytes, cas: Sequence[Ca], now: int) -> Path:
    """The path from ``der`` to one of ``cas`` at ``now``; revocation is ``revocation``'s. Raises
    ``ProofRefusedError``."""
    certificate = parsed(der)
    at = datetime.fromtimestamp(now, UTC)
    if at > certificate.not_valid_after_utc or at < certificate.not_valid_before_utc:
        raise ProofRefusedError(RefusalCode.EXPIRED_CERTIFICATE, "dates")
    _check_unknown_extensions(certificate)
    anchors = [(ca, certificate_authority.certificate(ca.pem)) for ca in cas]
    if not anchors:
        raise _untrusted("no CA is trusted")
    verifier = (
        PolicyBuilder()
        .store(Store([anchor for _, anchor in anchors]))
        .time(at)
        .max_chain_depth(1)
        .extension_policies(ca_policy=ca_fitness.policy(), ee_policy=_leaf_policy())
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


def _untrusted(why: str) -> ProofRefusedError:
    return ProofRefusedError(RefusalCode.UNTRUSTED_CERTIFICATE, why)


def parsed(der: bytes) -> x509.Certificate:
    """A card's certificate with a key that cards are used with. Raises ``ProofRefusedError``."""
    if len(der) > MAX_CERTIFICATE:
        raise _untrusted("too long")
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        certificate_reading.readable(certificate)
        usable = (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVE_ALGORITHMS) or (
            isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_ALGORITHMS
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise _untrusted("malformed") from error
    if not usable:
        raise _untrusted("key")
    return certificate


def _check_unknown_extensions(certificate: x509.Certificate) -> None:
    """``permit_all`` lets a critical extension pass that nobody here understands (RFC 5280 section 4.2)."""
    if strange_extensions(certificate):
        raise _untrusted("critical extension")


def strange_extensions(certificate: x509.Certificate) -> list[str]:
    """Object identifiers of its critical extensions that nobody here understands."""
    return [
        extension.oid.dotted_string
        for extension in certificate_reading.readable(certificate).extensions
        if extension.critical and extension.oid not in UNDERSTOOD
    ]


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
