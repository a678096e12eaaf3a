"""A PIV key's signature counts over this challenge, by the algorithms of SP 800-78-5 table 3-2."""

from __future__ import annotations

import datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from kiosk.model.binding import piv_message
from kiosk.model.refusal import RefusalCode
from kiosk.verification.piv import MAX_SIGNATURE, verify
from kiosk.verification.refused import ProofRefusedError

CHALLENGE = bytes(range(32))
SHA256, SHA384 = hashes.SHA256(), hashes.SHA384()
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@cache
def key_of(kind: str) -> Key:
    """One of each kind: RSA's takes a while to make."""
    match kind:
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def certificate(key: Key) -> x509.Certificate:
    """Of ``key``, by itself: nobody looks at the path here."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ada")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + datetime.timedelta(1))
    return built.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256)


def signed(key: Key, algorithm: hashes.HashAlgorithm, challenge: bytes = CHALLENGE) -> bytes:
    message = piv_message(challenge)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), algorithm)
    return key.sign(message, ec.ECDSA(algorithm)) if isinstance(key, ec.EllipticCurvePrivateKey) else key.sign(message)


def why(key: Key, signature: bytes) -> str:
    with pytest.raises(ProofRefusedError) as caught:
        verify(certificate(key), signature, CHALLENGE)
    assert caught.value.code == RefusalCode.BAD_SIGNATURE
    return caught.value.why


@pytest.mark.parametrize(
    ("kind", "right", "wrong"), [("p256", SHA256, SHA384), ("p384", SHA384, SHA256), ("rsa", SHA256, SHA384)]
)
def test_each_kind_of_key_signs_with_its_own_hash(
    kind: str, right: hashes.HashAlgorithm, wrong: hashes.HashAlgorithm
) -> None:
    key = key_of(kind)
    verify(certificate(key), signed(key, right), CHALLENGE)
    assert why(key, signed(key, wrong)) == "signature"
    assert why(key, signed(key, right, CHALLENGE[::-1])) == "signature"
    assert why(key, b"") == "signature"


def test_a_key_of_no_kind_that_the_standard_has_is_refused_as_that() -> None:
    key = key_of("ed25519")
    assert why(key, signed(key, SHA256)) == "key"


def test_a_signature_has_a_greatest_length() -> None:
    key = key_of("rsa")
    assert why(key, b"\0" * (MAX_SIGNATURE + 1)) == "too long"
    assert why(key, b"\0" * MAX_SIGNATURE) == "signature"
