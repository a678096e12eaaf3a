"""The service's CA for Kerberos: what a hospital's KDC trusts to say who a person is (PKINIT, RFC 4556).

One file holds key and certificate, so that they change in one step. RSA, because Active Directory and MIT's client
before 1.22 know nothing else everywhere.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from kiosk.service.platform.key_errors import KeyFileError
from kiosk.service.platform.own_certificates import moment, usage

RSA_BITS = 3072
DAYS = 3653
EARLY = 300
"""Seconds by which a certificate is valid before it was made: other clocks are not ours."""


@dataclass(frozen=True, slots=True)
class KerberosAuthority:
    """One CA: its certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")


def make(number: int, host: str, now: int) -> bytes:
    """A new CA of the service at ``host``: key and certificate, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"kiosk Kerberos CA {number} of {host}"[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment(now - EARLY))
        .not_valid_after(moment(now) + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(ca=True), critical=True)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + certificate.public_bytes(Encoding.PEM)


def read(data: bytes, path: Path) -> KerberosAuthority:
    """What ``make`` made. Raises ``KeyFileError``."""
    try:
        # Not examined, as the other RSA key is not: whoever can write here has every key.
        key = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        certificate = x509.load_pem_x509_certificate(data[data.index(b"-----BEGIN CERTIFICATE-----") :])
    except (ValueError, TypeError):
        raise KeyFileError(f"{path} is damaged. Restore it from the backup.") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise KeyFileError(f"{path} holds no RSA key with its own certificate. Restore it from the backup.")
    return KerberosAuthority(certificate, key)
