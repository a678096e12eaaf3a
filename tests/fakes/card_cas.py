"""CAs of cards as hospitals have them, right and wrong, and cards of theirs."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Extension = tuple[x509.ExtensionType, bool]
DAY = timedelta(days=1)
IS_CA: Extension = (x509.BasicConstraints(True, None), True)


def usage(**flags: bool) -> x509.KeyUsage:
    """Key usage with these flags alone."""
    names: tuple[str, ...] = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
    )
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: flags.get(name, False) for name in names})


USED: Extension = (usage(digital_signature=True), True)
SIGNS: Extension = (usage(key_cert_sign=True, crl_sign=True), True)


def name(common: str) -> x509.Name:
    """A name, empty for an empty text."""
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)] if common else [])


@dataclass(frozen=True)
class CardCa:
    """A CA and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    def card(
        self,
        *extensions: Extension,
        key: Any = None,
        begins: timedelta = -DAY,
        ends: timedelta = 30 * DAY,
        may_sign: Extension | None = USED,
        at: datetime | None = None,
        named: CardCa | None = None,
        digest: hashes.HashAlgorithm | None = None,
        pss: padding.PSS | None = None,
    ) -> x509.Certificate:
        """A certificate of a card. ``named``: whose key identifier it bears, if another one's.

        ``digest``, ``pss``: how it is signed, if not as usual.
        """
        public = (key or ec.generate_private_key(ec.SECP256R1())).public_key()
        builder = _builder(name("card"), self.certificate.subject, public, begins, ends, at)
        for value, critical in (*((may_sign,) if may_sign else ()), *extensions):
            builder = builder.add_extension(value, critical=critical)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((named or self).key.public_key()), False
        )
        return builder.sign(self.key, digest or _hash(self.key), rsa_padding=pss)  # type: ignore[arg-type]


def card_ca(
    *extensions: Extension,
    common: str = "Card CA",
    key: Key | None = None,
    under: CardCa | None = None,
    basic: Extension | None = IS_CA,
    may_sign: Extension | None = SIGNS,
    begins: timedelta = -DAY,
    ends: timedelta = 100 * DAY,
) -> CardCa:
    """A CA; ``under`` another one, or by itself."""
    mine = key or ec.generate_private_key(ec.SECP256R1())
    by = under.key if under else mine
    issuer = under.certificate.subject if under else name(common)
    builder = _builder(name(common), issuer, mine.public_key(), begins, ends)
    for value, critical in (*(extension for extension in (basic, may_sign) if extension is not None), *extensions):
        builder = builder.add_extension(value, critical=critical)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(mine.public_key()), False)
    return CardCa(builder.sign(by, _hash(by)), mine)


def old_ca(version: str = "v3", digest: str = "sha256") -> CardCa:
    """What the library reads and does not make: version 1, or a signature with SHA-1."""
    made = card_ca(key=rsa.generate_private_key(65537, 2048))
    loaded = asn1_x509.Certificate.load(made.der)
    body = loaded["tbs_certificate"]
    if version == "v1":
        body["version"] = "v1"
        body["extensions"] = None
    return CardCa(_signed(loaded, body, made.key, digest), made.key)


def pss_ca() -> CardCa:
    """A CA whose key says that it is for RSASSA-PSS alone (RFC 4055 section 1.2)."""
    made = card_ca(key=rsa.generate_private_key(65537, 2048))
    loaded = asn1_x509.Certificate.load(made.der)
    body = loaded["tbs_certificate"]
    body["subject_public_key_info"]["algorithm"] = {"algorithm": "rsassa_pss"}
    return CardCa(_signed(loaded, body, made.key, "sha256"), made.key)


def sha1_signed(ca: CardCa, certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, signed anew with SHA-1 by an RSA key."""
    loaded = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    return _signed(loaded, loaded["tbs_certificate"], ca.key, "sha1")


def _signed(loaded: Any, body: Any, key: Key, digest: str) -> x509.Certificate:
    assert isinstance(key, rsa.RSAPrivateKey)
    algorithm = algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"})
    body["signature"] = algorithm
    made = hashes.SHA1() if digest == "sha1" else hashes.SHA256()  # noqa: S303  # what must be refused
    signature = key.sign(body.dump(force=True), padding.PKCS1v15(), made)
    whole = asn1_x509.Certificate(
        {"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": signature}
    )
    return x509.load_der_x509_certificate(whole.dump(force=True))


def sha1_list(ca: CardCa, crl: x509.CertificateRevocationList) -> x509.CertificateRevocationList:
    """The list, signed anew with SHA-1 by an RSA key."""
    assert isinstance(ca.key, rsa.RSAPrivateKey)
    loaded = asn1_crl.CertificateList.load(crl.public_bytes(Encoding.DER))
    algorithm, body = algos.SignedDigestAlgorithm({"algorithm": "sha1_rsa"}), loaded["tbs_cert_list"]
    body["signature"] = algorithm
    signature = ca.key.sign(body.dump(force=True), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # as above
    whole = asn1_crl.CertificateList({"tbs_cert_list": body, "signature_algorithm": algorithm, "signature": signature})
    return x509.load_der_x509_crl(whole.dump(force=True))


def without_number(ca: CardCa) -> CardCa:
    """The CA with the serial number 0."""
    loaded = asn1_x509.Certificate.load(ca.der)
    loaded["tbs_certificate"]["serial_number"] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CardCa(_signed(loaded, loaded["tbs_certificate"], ca.key, "sha256"), ca.key)


def _hash(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _builder(
    subject: x509.Name, issuer: x509.Name, public: Any, begins: timedelta, ends: timedelta, at: datetime | None = None
) -> x509.CertificateBuilder:
    now = (at or datetime.now(UTC)).replace(microsecond=0)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now + begins).not_valid_after(now + ends)


def joined(cas: Sequence[CardCa]) -> bytes:
    """A bundle."""
    return b"".join(ca.pem for ca in cas)
