"""Our own path and revocation checks against an independent implementation, on the same certificates."""

from __future__ import annotations

import datetime
import itertools
import uuid
from typing import Any

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from kiosk.service.proofs import certificate_paths, revocation
from kiosk.simulator.piv_ca import PIV_CARD_AUTH, CardAuthority, Validity
from kiosk.verification.refused import ProofRefusedError
from tests.fakes.keys import der

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
"""When this file was read, which may be minutes before a test of it runs."""


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def ours(leaf: x509.Certificate, ca: CardAuthority, *crls: x509.CertificateRevocationList) -> bool:
    pem = ca.certificate.public_bytes(Encoding.PEM).decode()
    try:
        path = certificate_paths.validate(der(leaf), [certificate_paths.Ca("f", pem, False)], int(now().timestamp()))
        lists = [crl.public_bytes(Encoding.DER) for crl in crls]
        revocation.check(path, lists, int(now().timestamp()), required=False)
    except ProofRefusedError:
        return False
    return True


async def theirs(leaf: x509.Certificate, ca: CardAuthority, *crls: x509.CertificateRevocationList) -> bool:
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(der(ca.certificate))],
        crls=[asn1_crl.CertificateList.load(crl.public_bytes(Encoding.DER)) for crl in crls],
        revocation_mode="require",
        allow_fetching=False,
        moment=now(),
    )
    validator: Any = CertificateValidator(asn1_x509.Certificate.load(der(leaf)), validation_context=context)
    try:
        await validator.async_validate_usage({"digital_signature"}, {"piv_card_authentication"})
    except (PathBuildingError, PathValidationError, ValidationError):
        return False
    return True


WHEN = {
    "valid": Validity.days(30),
    "over": Validity.past(),
    "future": Validity.days(9, NOW + datetime.timedelta(days=2)),
}


@pytest.mark.parametrize(
    ("when", "revoked", "stale", "impostor"), list(itertools.product(WHEN, (False, True), (False, True), (False, True)))
)
async def test_we_accept_what_the_oracle_accepts(when: str, revoked: bool, stale: bool, impostor: bool) -> None:
    ca, other = CardAuthority.new(), CardAuthority.new()
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    leaf = (other if impostor else ca).issue_card_auth(key, uuid.uuid4(), WHEN[when])
    crl = ca.crl([leaf] if revoked else [], Validity.past() if stale else None)
    wanted = when == "valid" and not (revoked or stale or impostor)
    assert ours(leaf, ca, crl) is wanted
    assert await theirs(leaf, ca, crl) is wanted


Extra = tuple[x509.ExtensionType, bool]


def a_list(
    ca: CardAuthority,
    *revoked: x509.Certificate,
    extra: Extra | None = None,
    number: int = 1,
    base: int | None = None,
    reason: x509.ReasonFlags | None = None,
    until: datetime.timedelta = datetime.timedelta(days=1),
) -> x509.CertificateRevocationList:
    """A list with one more extension, and whether that is critical."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(NOW - datetime.timedelta(days=2))
        .next_update(NOW + until)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if extra is not None:
        builder = builder.add_extension(extra[0], critical=extra[1])
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        entry = entry.revocation_date(NOW - datetime.timedelta(days=2))
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(ca.key, hashes.SHA256())


def a_leaf(
    ca: CardAuthority,
    *,
    ca_bit: bool = False,
    sign: bool = True,
    unknown: bool = False,
    points: list[x509.DistributionPoint] | None = None,
) -> x509.Certificate:
    """A certificate with one thing wrong."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    usage = x509.KeyUsage(sign, False, not sign, False, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .add_extension(usage, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier("urn:x")]), critical=True)
        .add_extension(x509.ExtendedKeyUsage([PIV_CARD_AUTH]), critical=False)
    )
    if points is not None:
        builder = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
    if ca_bit:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if unknown:
        oid = x509.ObjectIdentifier("1.2.3.4.5")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, b"\x05\x00"), critical=True)
    return builder.sign(ca.key, hashes.SHA256())


def test_a_plain_certificate_passes_and_each_flaw_alone_is_refused() -> None:
    ca = CardAuthority.new()
    crl = ca.crl()
    assert ours(a_leaf(ca), ca, crl)
    assert not ours(a_leaf(ca, ca_bit=True), ca, crl)
    assert not ours(a_leaf(ca, sign=False), ca, crl)
    assert not ours(a_leaf(ca, unknown=True), ca, crl)


def test_a_cas_own_certificate_is_no_cards() -> None:
    ca = CardAuthority.new()
    assert not ours(ca.certificate, ca, ca.crl())


def test_a_list_with_a_critical_extension_that_nobody_knows_is_no_answer() -> None:
    ca = CardAuthority.new()
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    assert not ours(a_leaf(ca), ca, a_list(ca, extra=(strange, True)))
    assert ours(a_leaf(ca), ca, a_list(ca, extra=(strange, False)))
