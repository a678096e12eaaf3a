"""What a new key says of who made it (WebAuthn Level 3, section 6.5.2 and 8), and whether that leads to a root.

The statements' signatures are verified by python-fido2. Its own check of the certificates looks at signatures alone,
not at dates, nor at who may issue: that is ``cryptography``'s here (RFC 5280 section 6.1).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)
from fido2.attestation.apple import AppleAttestation
from fido2.attestation.base import Attestation, InvalidAttestation, NoneAttestation
from fido2.attestation.packed import PackedAttestation
from fido2.attestation.tpm import TpmAttestation
from fido2.attestation.u2f import FidoU2FAttestation
from fido2.webauthn import AttestationObject

FORMATS: dict[str, Attestation] = {
    "none": NoneAttestation(),
    "packed": PackedAttestation(),
    "fido-u2f": FidoU2FAttestation(),
    "tpm": TpmAttestation(),
    "apple": AppleAttestation(),
}
"""SafetyNet is left out: its service ended in January 2025."""
ZERO = "00" * 16
FIRMWARE = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.5")
"""id-fido-gen-ce-fw-version."""
MAX_PATH = 5
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
Kind = Literal["none", "self", "certified", "unknown"]


def firmware(path: Sequence[bytes]) -> int | None:
    """The version of its firmware that a key's maker put into its certificate (section 8.2.1); None if it did not."""
    try:
        said = x509.load_der_x509_certificate(path[0]).extensions.get_extension_for_oid(FIRMWARE).value
        version = asn1.decode_der(int, said.value) if isinstance(said, x509.UnrecognizedExtension) else -1
    except (IndexError, ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return None
    return version if 0 <= version < 2**63 else None


class AttestationError(Exception):
    """The statement is not what the format demands, or its signature is wrong: ``str()`` says which in a few words."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A verified statement. ``kind``: nothing said, vouched for by the key itself, by its maker, or in a format that
    nobody here knows. ``path``: the maker's certificates, DER, the attestation certificate first; no root is known yet.
    """

    kind: Kind
    path: tuple[bytes, ...] = ()


NOTHING_SAID = Statement("none")


def verify(attestation: AttestationObject, client_data_hash: bytes) -> Statement:
    """Verify the statement against the credential that it comes with. Raises ``AttestationError``."""
    verifier = FORMATS.get(attestation.fmt)
    if verifier is None:
        return Statement("unknown")
    try:
        result = verifier.verify(attestation.att_stmt, attestation.auth_data, client_data_hash)
        path = tuple(bytes(certificate) for certificate in result.trust_path)
        _check_format(attestation, path)
    except (InvalidAttestation, InvalidSignature, UnsupportedAlgorithm):
        raise AttestationError("its attestation does not verify") from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, NotImplementedError):
        # What python-fido2's verifiers raise for other people's bytes.
        raise AttestationError("its attestation is malformed") from None
    except (struct.error, x509.DuplicateExtension, RecursionError):
        raise AttestationError("its attestation is malformed") from None
    if attestation.fmt == "none":
        return Statement("none")
    return Statement("certified", path) if path else Statement("self")


def _check_format(attestation: AttestationObject, path: tuple[bytes, ...]) -> None:
    """What python-fido2 leaves out. Raises ``AttestationError``."""
    credential = attestation.auth_data.credential_data
    aaguid = bytes(credential.aaguid).hex() if credential else ZERO
    if len(path) > MAX_PATH:
        raise AttestationError("its attestation has too many certificates")
    if attestation.fmt == "fido-u2f":
        # WebAuthn section 8.6: one certificate, of a P-256 key; U2F has no model number.
        key = x509.load_der_x509_certificate(path[0]).public_key()
        if len(path) != 1 or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise AttestationError("its attestation is not of U2F's form")
        if aaguid != ZERO:
            raise AttestationError("its attestation is of U2F, which has no model number, but it has one")
    elif path and aaguid == ZERO:
        raise AttestationError("it is attested, but its model number (AAGUID) is all zero")


def key_identifiers(path: Sequence[bytes]) -> list[str]:
    """By which the metadata lists U2F models: SHA-1 of each certificate's key (RFC 5280 section 4.2.1.2), 40 digits."""
    found = []
    for der in path:
        try:
            key = x509.load_der_x509_certificate(der).public_key()
        except (ValueError, UnsupportedAlgorithm):
            continue
        found.append(x509.SubjectKeyIdentifier.from_public_key(key).digest.hex())
    return found


@lru_cache(maxsize=1024)  # each holds a path that was sent to us: a kilobyte or two, at most what a body may have
def leads_to(path: tuple[bytes, ...], roots: tuple[bytes, ...], at: int) -> bool:
    """Whether ``path`` leads to one of ``roots`` (DER) at ``at`` (epoch seconds), each certificate in time and each
    issuer a CA. A root may be the attestation certificate itself (FIDO Metadata Statement, section 3.10)."""
    try:
        certificates = [_certificate(der) for der in path]
        anchors = [_certificate(der) for der in roots]
    except ValueError:
        return False
    when = datetime.fromtimestamp(at, UTC)
    leaf = certificates[0] if certificates else None
    if leaf is None or not anchors or any(_unclear(certificate) for certificate in certificates):
        return False
    if leaf in anchors:
        return leaf.not_valid_before_utc <= when <= leaf.not_valid_after_utc
    verifier = (
        PolicyBuilder()
        .store(Store(anchors))
        .time(when)
        .max_chain_depth(MAX_PATH)
        .extension_policies(ca_policy=_issuers(), ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        verifier.verify(leaf, certificates[1:])
    except (VerificationError, ValueError, UnsupportedAlgorithm):
        return False
    return True


@lru_cache(maxsize=512)
def _certificate(der: bytes) -> x509.Certificate:
    """Raises ``ValueError`` for what cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        list(certificate.extensions)
    except (TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise ValueError("not a certificate that can be used") from None
    return certificate


def _unclear(certificate: x509.Certificate) -> bool:
    """Critical, and not understood here (RFC 5280 section 4.2)."""
    return any(extension.critical and extension.oid not in UNDERSTOOD for extension in certificate.extensions)


def _issuers() -> ExtensionPolicy:
    """Makers' roots are not those of the web: many name no key usage, and mark nothing critical."""
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_ca)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_issue)
    )


def _is_ca(_policy: Policy, _certificate: x509.Certificate, basic: x509.BasicConstraints) -> None:
    if not basic.ca:
        raise ValueError("not a CA")


def _may_issue(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("the key may not sign certificates")


def fingerprint(path: Sequence[bytes]) -> str | None:
    """SHA-256 of the attestation certificate, lower-case hex; None without one."""
    return hashlib.sha256(path[0]).hexdigest() if path else None
