"""Whoever made a key: a root and a batch certificate, for attestation that can be trusted (WebAuthn section 8.2.1)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from kiosk.simulator.tlv import tlv

AAGUID_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
OCTET_STRING = 0x04
YEARS = datetime.timedelta(days=3652)


@dataclass(frozen=True, slots=True)
class KeyManufacturer:
    """``root``: what a hospital trusts. ``batch``: the certificate that all keys of one model share."""

    root: x509.Certificate
    batch: x509.Certificate
    _batch_key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def new(cls, aaguid: bytes, name: str = "Simulated Key Maker") -> KeyManufacturer:
        """A maker of keys of the model ``aaguid`` (16 bytes)."""
        root_key, batch_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = _name(name, "Authenticator Root", f"{name} Root")
        builder = _builder(root_name, root_name, root_key.public_key())
        root = builder.add_extension(x509.BasicConstraints(True, 0), critical=True).sign(root_key, hashes.SHA256())
        batch_name = _name(name, "Authenticator Attestation", f"{name} Batch 1")
        batch = (
            _builder(batch_name, root_name, batch_key.public_key())
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(x509.UnrecognizedExtension(AAGUID_EXTENSION, tlv(OCTET_STRING, aaguid)), critical=False)
            .sign(root_key, hashes.SHA256())
        )
        return cls(root, batch, batch_key)

    def sign(self, message: bytes) -> bytes:
        """ES256 with the batch key."""
        return self._batch_key.sign(message, ec.ECDSA(hashes.SHA256()))

    @property
    def chain(self) -> list[bytes]:
        """``x5c``: DER, the batch certificate alone."""
        return [self.batch.public_bytes(serialization.Encoding.DER)]


def _name(organisation: str, unit: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + YEARS)
    )
