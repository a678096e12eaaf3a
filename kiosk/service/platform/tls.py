"""The service's own CA and the certificate that it serves, in ``DIR/tls`` (0700).

    ca-1.crt, ca-1.key   a CA for ten years, P-256
    current              the number of the CA that signs now
    server.pem           key, certificate and CA in one file, so that they change in one step

Workstations pin the CA's public key. To exchange it: ``next_ca`` makes and announces the one after it (stations then
trust both), ``switch`` lets it sign (the one before is still trusted, for a service that was not restarted yet),
``retire`` ends the overlap.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kiosk.files import write_private
from kiosk.service.platform.keys import KeyFileError, private_pem, refuse_open_mode
from kiosk.service.platform.own_certificates import moment, usage

DAY = 86_400
CA_DAYS = 3653
LEAF_DAYS = 365
RENEW_DAYS = 30
EARLY = 300
"""Seconds by which a certificate is valid before it was made: other clocks are not ours."""


class CaExchangeError(Exception):
    """The CA cannot be exchanged like this; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Authority:
    """One CA: its certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")


def spki_pin(certificate: x509.Certificate) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo, 32 bytes: what a workstation's one-time code pins."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


class Tls:
    """The folder ``DIR/tls``. Raises ``KeyFileError`` where a file is missing, damaged or open to others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._serving = ""

    @property
    def server_pem(self) -> Path:
        """For ``ssl.SSLContext.load_cert_chain``: private key, certificate, CA."""
        return self._folder / "server.pem"

    @classmethod
    def make(cls, folder: Path, name: str, now: int) -> Tls:
        """A new folder with its first CA, named after the service's host ``name``."""
        folder.mkdir(mode=0o700)
        tls = cls(folder)
        tls._make_ca(1, name, now)
        write_private(folder / "current", b"1\n")
        return tls

    def current(self) -> Authority:
        """The CA that signs now."""
        return self._load(self._number())

    def announced(self) -> Authority | None:
        """The CA that will sign next, if ``next_ca`` made one."""
        number = self._number() + 1
        return self._load(number) if (self._folder / f"ca-{number}.crt").exists() else None

    def previous(self) -> Authority | None:
        """The CA that signed before, until ``retire``."""
        number = self._number() - 1
        return self._load(number) if (self._folder / f"ca-{number}.crt").exists() else None

    def trust(self) -> tuple[str, ...]:
        """PEM of every CA that workstations are to trust, the present one first; in an overlap, its neighbours too.

        A process that still serves a certificate of an older one says so until it is restarted: workstations drop what
        is not named here, and would not find it any more.
        """
        several = [ca.pem() for ca in (self.current(), self.announced(), self.previous()) if ca is not None]
        return tuple(dict.fromkeys([*several, *filter(None, [self._serving])]))

    def next_ca(self, name: str, now: int) -> Authority:
        """Make the next CA, to be announced. Raises ``CaExchangeError`` if there is one already."""
        number = self._number() + 1
        if (self._folder / f"ca-{number}.crt").exists():
            raise CaExchangeError("The next CA is made and announced already. Make it the present one with: ca switch")
        if self.previous() is not None:
            raise CaExchangeError("The exchange before is not over. End it with: ca retire")
        return self._make_ca(number, name, now)

    def switch(self) -> Authority:
        """Let the announced CA sign from the service's next start on. Raises ``CaExchangeError`` if there is none."""
        announced = self.announced()
        if announced is None:
            raise CaExchangeError("There is no next CA yet. Make and announce one with: ca next")
        write_private(self._folder / "current", f"{self._number() + 1}\n".encode())
        return announced

    def retire(self) -> Authority:
        """Forget the CA that signed before, with its key. Raises ``CaExchangeError`` if there is none."""
        previous = self.previous()
        if previous is None:
            raise CaExchangeError("There is no CA from before that is still trusted.")
        for ending in ("crt", "key"):
            (self._folder / f"ca-{self._number() - 1}.{ending}").unlink()
        return previous

    def ensure_server(self, hosts: Iterable[str], now: int) -> bool:
        """Issue the server's certificate for ``hosts`` if it is missing, ends within 30 days, is not from the present
        CA, or names other hosts. Whether it was issued."""
        wanted = _names(hosts)
        ca = self.current()
        self._serving = ca.pem()
        if self._serves(wanted, ca, now):
            return False
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _leaf(wanted, key, ca, now)
        write_private(self.server_pem, private_pem(key) + certificate.public_bytes(Encoding.PEM) + ca.pem().encode())
        return True

    def _serves(self, wanted: list[x509.GeneralName], ca: Authority, now: int) -> bool:
        try:
            refuse_open_mode(self.server_pem)
            leaf = x509.load_pem_x509_certificates(self.server_pem.read_bytes())[0]
            names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            leaf.verify_directly_issued_by(ca.certificate)
        except (OSError, ValueError, TypeError, IndexError, InvalidSignature, x509.ExtensionNotFound):
            return False
        fresh = leaf.not_valid_after_utc.timestamp() - now > RENEW_DAYS * DAY
        return fresh and list(names) == wanted

    def _number(self) -> int:
        try:
            return int((self._folder / "current").read_text(encoding="ascii"))
        except (OSError, ValueError):
            raise KeyFileError(
                f"{self._folder / 'current'} is missing or damaged. Restore it from the backup."
            ) from None

    def _load(self, number: int) -> Authority:
        certificate, key = self._folder / f"ca-{number}.crt", self._folder / f"ca-{number}.key"
        try:
            refuse_open_mode(self._folder)
            refuse_open_mode(key)
            private = load_pem_private_key(key.read_bytes(), None)
            public = x509.load_pem_x509_certificate(certificate.read_bytes())
        except (OSError, ValueError, TypeError):
            raise KeyFileError(f"{key} or its certificate is missing or damaged. Restore it from the backup.") from None
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != public.public_key():
            raise KeyFileError(f"{key} does not belong to {certificate}. Restore both from the backup.")
        return Authority(public, private)

    def _make_ca(self, number: int, name: str, now: int) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _ca(f"kiosk CA {number} of {name}", key, now)
        write_private(self._folder / f"ca-{number}.key", private_pem(key))
        write_private(self._folder / f"ca-{number}.crt", certificate.public_bytes(Encoding.PEM))
        return Authority(certificate, key)


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(h.strip("[]").lower() for h in hosts):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePublicKey, now: int, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject[:64])]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer[:64])]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment(now - EARLY))
        .not_valid_after(moment(now + days * DAY))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _ca(name: str, key: ec.EllipticCurvePrivateKey, now: int) -> x509.Certificate:
    return (
        _builder(name, name, key.public_key(), now, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(ca=True), critical=True)
        .sign(key, SHA256())
    )


def _leaf(names: list[x509.GeneralName], key: ec.EllipticCurvePrivateKey, ca: Authority, now: int) -> x509.Certificate:
    issuer = ca.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    public = ca.key.public_key()
    return (
        _builder("kiosk service", str(issuer), key.public_key(), now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(ca.key, SHA256())
    )
