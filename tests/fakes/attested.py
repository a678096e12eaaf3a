"""Makers of keys, right and wrong; registrations as such keys answer them; metadata files that tell of them.

Everything is made by code when a test runs: nothing here is trusted by anybody.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from fido2 import cbor
from fido2.webauthn import CollectedClientData
from joserfc import jws
from joserfc.jwk import ECKey

from kiosk.service.proofs.registration import Begun

DAY = timedelta(days=1)
AAGUID_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
MODEL = bytes.fromhex("a1" * 16)
UP, UV, AT, BE, BS = 0x01, 0x04, 0x40, 0x08, 0x10
Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def name(common: str, unit: str = "Root") -> x509.Name:
    parts = {NameOID.COUNTRY_NAME: "XX", NameOID.ORGANIZATION_NAME: "Test Maker"}
    parts |= {NameOID.ORGANIZATIONAL_UNIT_NAME: unit, NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])


@dataclass
class Issuer:
    """A certificate with its key. ``issue`` makes another below it."""

    certificate: x509.Certificate
    key: Key

    @classmethod
    def root(cls, common: str, now: int, **more: Any) -> Issuer:
        """Self-signed, of a CA, good for some years unless told otherwise; see ``issue``."""
        key = new_key()
        return cls(_certificate(name(common), name(common), key, key, now, ca=more.pop("ca", True), **more), key)

    def issue(self, subject: x509.Name, now: int, **more: Any) -> Issuer:
        """``ca``, ``begins``, ``ends`` (days from ``now``), ``extensions`` (with criticality)."""
        key = new_key()
        ca = more.pop("ca", False)
        return Issuer(_certificate(subject, self.certificate.subject, key, self.key, now, ca=ca, **more), key)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    by: Key,
    now: int,
    *,
    ca: bool,
    begins: int = -400,
    ends: int = 400,
    length: int | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> x509.Certificate:
    at = datetime.fromtimestamp(now, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at + begins * DAY)
        .not_valid_after(at + ends * DAY)
        .add_extension(x509.BasicConstraints(ca, length if ca else None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if ca:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), False
        )
        usage |= dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False)
        builder = builder.add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(by, hashes.SHA256())


@dataclass
class KeyMaker:
    """``root``: as in the metadata; ``path``: as a key shows it, its own first; ``batch``: that one's key."""

    aaguid: bytes
    root: x509.Certificate
    path: list[x509.Certificate]
    batch: Key

    @property
    def chain(self) -> list[bytes]:
        """``x5c``."""
        return [der(certificate) for certificate in self.path]


def maker(
    now: int,
    aaguid: bytes = MODEL,
    *,
    root: Mapping[str, Any] | None = None,
    middle: Mapping[str, Any] | None = None,
    batch: Mapping[str, Any] | None = None,
    certified_for: bytes | None = None,
) -> KeyMaker:
    """Certificates as asked for: see ``Issuer.issue``. ``certified_for``: an AAGUID in the certificate, if another."""
    top = Issuer.root(f"Root {uuid.uuid4()}", now, **(root or {}))
    issuer = top.issue(name("Middle"), now, **{"ca": True, **middle}) if middle is not None else top
    extensions = [(x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + (certified_for or aaguid)), False)]
    more = dict(batch or {})
    extensions += more.pop("extensions", [])
    made = issuer.issue(name("Batch 1", "Authenticator Attestation"), now, extensions=extensions, **more)
    path = [made.certificate] + ([issuer.certificate] if middle is not None else [])
    return KeyMaker(aaguid, top.certificate, path, made.key)


@dataclass
class NewKey:
    """A key about to be enrolled."""

    made_by: KeyMaker | None
    aaguid: bytes
    key: Key = field(default_factory=new_key)
    credential_id: bytes = field(default_factory=lambda: uuid.uuid4().bytes * 2)

    def answer(self, begun: Begun, fmt: str = "packed", **bent: Any) -> tuple[bytes, bytes]:
        """Client data and attestation object. ``bent``: ``flags``, ``signature``, ``statement``, ``x5c``."""
        client = CollectedClientData.create("webauthn.create", begun.options.challenge, begun.origin)
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        flags = bent.get("flags", UP | UV | AT)
        data = hashlib.sha256((begun.options.rp.id or "").encode()).digest() + bytes([flags]) + bytes(4)
        data += self.aaguid + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data += cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        message = data + client.hash
        if fmt == "fido-u2f":
            message = b"\0" + data[:32] + client.hash + self.credential_id + b"\x04" + x + y
        said = {"fmt": fmt, "authData": data, "attStmt": bent.get("statement", self._statement(fmt, message, bent))}
        return bytes(client), cbor.encode(said)

    def _statement(self, fmt: str, message: bytes, bent: Mapping[str, Any]) -> dict[str, Any]:
        if fmt == "none":
            return {}
        signer = self.made_by.batch if self.made_by else self.key
        signature = bent.get("signature", signer.sign(message, ec.ECDSA(hashes.SHA256())))
        statement: dict[str, Any] = {"sig": signature} | ({} if fmt == "fido-u2f" else {"alg": -7})
        if self.made_by:
            statement["x5c"] = bent.get("x5c", self.made_by.chain)
        return statement


def entry(made_by: KeyMaker, *statuses: Any, u2f: bool = False, **more: Any) -> dict[str, Any]:
    """One entry of the metadata. ``statuses``: names, or whole reports."""
    reports = [
        {"status": report, "effectiveDate": "2024-01-01"} if isinstance(report, str) else report for report in statuses
    ]
    ski = x509.SubjectKeyIdentifier.from_public_key(made_by.batch.public_key()).digest.hex()
    whose: dict[str, Any] = {"aaguid": str(uuid.UUID(bytes=made_by.aaguid))}
    statement = {
        "description": more.pop("description", "Test Key 5 NFC"),
        "attestationRootCertificates": [
            base64.b64encode(root).decode() for root in more.pop("roots", [der(made_by.root)])
        ],
        "icon": "data:image/png;base64,AAAA",
    }
    return {
        **({"attestationCertificateKeyIdentifiers": [ski]} if u2f else whose),
        "metadataStatement": statement,
        "statusReports": reports,
        "timeOfLastStatusChange": "2024-01-01",
        **more,
    }


@dataclass(frozen=True)
class MetadataService:
    """Signs metadata files. ``root`` is what an administrator gives."""

    root: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: Key
    now: int

    @classmethod
    def new(
        cls, now: int, host: str = "mds.fidoalliance.org", *, middle: Mapping[str, Any] | None = None
    ) -> MetadataService:
        """``middle``: how its issuer is bent, see ``Issuer.issue``."""
        top = Issuer.root("Test Metadata Root", now)
        issuer = top.issue(name("Test Metadata Issuer"), now, **{"ca": True, **(middle or {})})
        extensions = [
            (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        ]
        signer = issuer.issue(name(host), now, extensions=extensions, begins=-1, ends=300)
        return cls(top.certificate, (signer.certificate, issuer.certificate), signer.key, now)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def until(self, days: int) -> str:
        """An ISO date."""
        return (datetime.fromtimestamp(self.now, UTC) + days * DAY).date().isoformat()

    def blob(self, *entries: Any, no: int = 7, days: int = 20, **bent: Any) -> bytes:
        """A metadata file. ``bent`` replaces members of its payload."""
        payload = {"legalHeader": "Test", "no": no, "nextUpdate": self.until(days), "entries": list(entries), **bent}
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        header = {
            "alg": "ES256",
            "typ": "JWT",
            "x5c": [base64.b64encode(der(certificate)).decode() for certificate in self.chain],
        }
        return jws.serialize_compact(header, json.dumps(payload), ECKey.import_key(pem), registry=_Large()).encode()

    def with_key(self, key: Key) -> MetadataService:
        """The same certificates, another key."""
        return replace(self, key=key)


class _Large(jws.JWSRegistry):
    max_header_length = 2**16
    max_payload_length = 2**26
