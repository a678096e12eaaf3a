"""A certificate authority for simulated PIV cards: profiles of FPKI X.509 cert profiles, worksheets for 9A and 9E.

For tests it can also issue what a hospital must refuse: certificates that are expired or not yet valid, and
lists that revoke them or are stale.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from kiosk.simulator import store
from kiosk.simulator.tlv import tlv

KIND = "PIV card authority"
PIV_CARD_AUTH = ObjectIdentifier("2.16.840.1.101.3.6.8")
SMARTCARD_LOGON = ExtendedKeyUsageOID.SMARTCARD_LOGON
UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
FASC_N_NAME = ObjectIdentifier("2.16.840.1.101.3.6.6")
FASC_N = bytes.fromhex("D4E739DA739CED39CE739D836858210842108421C84210C3EB")
"""A card number of no federal agency (9999), as non-federal cards carry (SP 800-73-4 part 1 section 3.1.2)."""
UTF8_STRING = 0x0C
OCTET_STRING = 0x04

CardPublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when, both in UTC."""

    start: datetime.datetime
    end: datetime.datetime

    @classmethod
    def days(cls, count: int, start: datetime.datetime | None = None) -> Validity:
        """``count`` days from ``start``, by default from a minute ago."""
        begin = start or datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)
        return cls(begin, begin + datetime.timedelta(days=count))

    @classmethod
    def past(cls) -> Validity:
        """Over since yesterday."""
        return cls.days(30, datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=31))


@dataclass(frozen=True, slots=True)
class CardAuthority:
    """A CA and its key. ``chain``: its own issuers, nearest first. ``crl_url``: written into what it issues."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()
    crl_url: str | None = None

    @classmethod
    def new(cls, name: str = "Simulated Hospital Card CA", crl_url: str | None = None) -> CardAuthority:
        """A self-signed root, valid for ten years."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _ca_builder(name, key.public_key(), _name(name), Validity.days(3652), path_length=1)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        return cls(builder.sign(key, hashes.SHA256()), key, (), crl_url)

    def subordinate(self, name: str = "Simulated Ward Card CA", validity: Validity | None = None) -> CardAuthority:
        """An intermediate CA under this one."""
        key = ec.generate_private_key(ec.SECP256R1())
        when = validity or Validity.days(1826)
        builder = _ca_builder(name, key.public_key(), self.certificate.subject, when, path_length=0)
        signed = self._finish(builder)
        return CardAuthority(signed, key, (self.certificate, *self.chain), self.crl_url)

    def issue_card_auth(
        self, public: CardPublicKey, guid: uuid.UUID, validity: Validity | None = None
    ) -> x509.Certificate:
        """For key 9E: names the card alone, and may be used for nothing but card authentication."""
        builder = _leaf_builder(f"{guid}", public, self.certificate.subject, validity or Validity.days(1095))
        builder = builder.add_extension(x509.ExtendedKeyUsage([PIV_CARD_AUTH]), critical=True)
        names = [_fasc_n(), x509.UniformResourceIdentifier(guid.urn)]
        return self._finish(builder.add_extension(x509.SubjectAlternativeName(names), critical=False))

    def issue_piv_auth(
        self,
        public: CardPublicKey,
        name: str,
        guid: uuid.UUID,
        upn: str | None = None,
        validity: Validity | None = None,
    ) -> x509.Certificate:
        """For key 9A: names the person."""
        builder = _leaf_builder(name, public, self.certificate.subject, validity or Validity.days(1095))
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, SMARTCARD_LOGON]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        names: list[x509.GeneralName] = [_fasc_n(), x509.UniformResourceIdentifier(guid.urn)]
        if upn is not None:
            names.append(x509.OtherName(UPN, tlv(UTF8_STRING, upn.encode())))
        return self._finish(builder.add_extension(x509.SubjectAlternativeName(names), critical=False))

    def crl(
        self, revoked: Iterable[x509.Certificate] = (), validity: Validity | None = None, number: int = 1
    ) -> x509.CertificateRevocationList:
        """A signed list. ``validity``: thisUpdate and nextUpdate, by default a week; ``Validity.past()`` is stale."""
        when = validity or Validity.days(7)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(when.start)
            .next_update(when.end)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for certificate in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(when.start).build())
        return builder.sign(self.key, hashes.SHA256())

    def pem(self) -> bytes:
        """This CA and its issuers, the root last."""
        everyone = (self.certificate, *self.chain)
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in everyone)

    def _finish(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        if self.crl_url is not None:
            place = x509.DistributionPoint([x509.UniformResourceIdentifier(self.crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def open_authority(path: Path) -> CardAuthority:
    """The root CA kept in ``path``; a new one if there is no such file. Raises ``store.CardMemoryError``."""
    content = store.read(path, KIND)
    if content is None:
        made = CardAuthority.new()
        store.write(path, KIND, {"key": _key_pem(made.key), "certificate": made.pem().decode()})
        return made
    try:
        key = serialization.load_pem_private_key(content["key"].encode(), None)
        certificate = x509.load_pem_x509_certificate(content["certificate"].encode())
    except (KeyError, AttributeError, ValueError, TypeError) as error:
        raise store.CardMemoryError(f"{path} is damaged. Delete it to start with a fresh card authority.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise store.CardMemoryError(f"{path} is damaged. Delete it to start with a fresh card authority.")
    return CardAuthority(certificate, key)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Simulated Hospital"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _fasc_n() -> x509.GeneralName:
    return x509.OtherName(FASC_N_NAME, tlv(OCTET_STRING, FASC_N))


def _builder(name: str, public: CardPublicKey, issuer: x509.Name, when: Validity) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(when.start)
        .not_valid_after(when.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _ca_builder(
    name: str, public: CardPublicKey, issuer: x509.Name, when: Validity, path_length: int
) -> x509.CertificateBuilder:
    return (
        _builder(name, public, issuer, when)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )


def _leaf_builder(name: str, public: CardPublicKey, issuer: x509.Name, when: Validity) -> x509.CertificateBuilder:
    return _builder(name, public, issuer, when).add_extension(_key_usage(signs_certificates=False), critical=True)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
