"""The certificate by which a person's workspace proves to a KDC who they are (RFC 4556 section 3.2.1 and 3.2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID, ObjectIdentifier

from kiosk.model.kerberos import MAX_CSR
from kiosk.service.platform.kerberos_ca import EARLY, KerberosAuthority
from kiosk.service.platform.own_certificates import moment, usage

PKINIT_SAN = ObjectIdentifier("1.3.6.1.5.2.2")
"""id-pkinit-san (RFC 4556 section 3.2.2)."""
UPN_SAN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""Active Directory's name of a person (MS-PKCA section 3.1.5.2.1.4)."""
CLIENT_AUTH = ObjectIdentifier("1.3.6.1.5.2.3.4")
"""id-pkinit-KPClientAuth (RFC 4556 section 3.2.2)."""
SMARTCARD_LOGON = ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
NT_PRINCIPAL = 1
"""KRB_NT_PRINCIPAL (RFC 4120 section 6.2)."""
_INTEGER, _UTF8, _GENERAL, _SEQUENCE, _TAGGED = 0x02, 0x0C, 0x1B, 0x30, 0xA0
_BITS = range(2048, 4097)


class BadRequestKeyError(Exception):
    """What was sent is no request for a certificate that can be issued; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Subject:
    """``parts`` of the principal, in ``realm``. ``upn``: empty for none."""

    parts: tuple[str, ...]
    realm: str
    upn: str = ""

    @property
    def principal(self) -> str:
        """As people type it."""
        return f"{'/'.join(self.parts)}@{self.realm}"


def requested_key(csr: str) -> rsa.RSAPublicKey:
    """The key in a request, whose holder signed it. Raises ``BadRequestKeyError``."""
    if len(csr) > MAX_CSR:
        raise BadRequestKeyError("The request for a certificate is too long.")
    try:
        found = x509.load_pem_x509_csr(csr.encode("ascii"))
        key = found.public_key()
        signed = isinstance(key, rsa.RSAPublicKey) and _fits(key) and found.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        raise BadRequestKeyError("That is no request for a certificate (PKCS #10, PEM).") from None
    if not isinstance(key, rsa.RSAPublicKey) or not signed:
        raise BadRequestKeyError("The request is not signed by an RSA key of 2048 to 4096 bits.")
    return key


def _fits(key: rsa.RSAPublicKey) -> bool:
    """Before its signature is counted out: a long key, or a long exponent, would take seconds."""
    return key.key_size in _BITS and key.public_numbers().e == 65537


def issue(ca: KerberosAuthority, key: rsa.RSAPublicKey, subject: Subject, now: int, seconds: int) -> x509.Certificate:
    """One for ``key``, in the name of ``subject``, for ``seconds``."""
    names: list[x509.GeneralName] = [x509.OtherName(PKINIT_SAN, principal_der(subject))]
    if subject.upn:
        names.append(x509.OtherName(UPN_SAN, _der(_UTF8, subject.upn.encode("ascii"))))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject.principal[:64])]))
        .issuer_name(ca.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment(now - EARLY))
        .not_valid_after(moment(now + seconds))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([CLIENT_AUTH, SMARTCARD_LOGON]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
        .sign(ca.key, SHA256())
    )


def principal_der(subject: Subject) -> bytes:
    """KRB5PrincipalName (RFC 4556 section 3.2.2), DER; KerberosString is a GeneralString (RFC 4120 section 5.2.1)."""
    parts = b"".join(_der(_GENERAL, part.encode("ascii")) for part in subject.parts)
    kind = _tagged(0, _der(_INTEGER, bytes([NT_PRINCIPAL])))
    name = _der(_SEQUENCE, kind + _tagged(1, _der(_SEQUENCE, parts)))
    return _der(_SEQUENCE, _tagged(0, _der(_GENERAL, subject.realm.encode("ascii"))) + _tagged(1, name))


def _tagged(number: int, value: bytes) -> bytes:
    return _der(_TAGGED + number, value)


def _der(tag: int, value: bytes) -> bytes:
    """Tag, length, value (X.690 section 8.1)."""
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + value
