"""Which CA is it? A subject name and a public key (RFC 5280 section 6.1.1 (d)), whatever certificate says so.

A CA renews its certificate with the same key: what it has revoked stays revoked, and its cards stay its cards.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

STOPPED = "its CA is trusted no more: "
"""How the reason begins where a card was suspended with its CA; it counts again with it."""
Folded = tuple[tuple[tuple[str, str], ...], ...]
"""A name as it is compared: for each part its kinds and values, in one order."""


def folded(name: x509.Name) -> Folded:
    """``name`` without what RFC 5280 section 7.1 tells not to look at: case, runs of spaces, the kind of text."""
    return tuple(part(rdn) for rdn in name.rdns)


def part(rdn: x509.RelativeDistinguishedName) -> tuple[tuple[str, str], ...]:
    """One part of a name, as it is compared."""
    return tuple(sorted((attribute.oid.dotted_string, _value(attribute.value)) for attribute in rdn))


def _value(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def identity(ca: x509.Certificate) -> str:
    """SHA-256 in hex of a CA's name and key. Raises ``ValueError`` or ``UnsupportedAlgorithm`` for an unknown key."""
    key = ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(json.dumps(folded(ca.subject)).encode() + b"\0" + key).hexdigest()


@lru_cache(maxsize=64)
def certificate(pem: str) -> x509.Certificate:
    """The certificate, parsed once."""
    return x509.load_pem_x509_certificate(pem.encode())


@lru_cache(maxsize=64)
def identity_of(pem: str) -> str:
    """``identity`` of a stored CA."""
    return identity(certificate(pem))


@lru_cache(maxsize=4096)
def issued(der: bytes, pem: str) -> bool:
    """Whether the CA in ``pem`` issued the certificate, by name and key: another CA may bear the same name."""
    try:
        x509.load_der_x509_certificate(der).verify_directly_issued_by(certificate(pem))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def key_id(ca: x509.Certificate) -> str:
    """The key identifier that its certificates name it by (RFC 5280 section 4.2.1.2), in hex."""
    try:
        return ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return x509.SubjectKeyIdentifier.from_public_key(ca.public_key()).digest.hex()
