"""Certificates and revocation lists out of the files that administrators have.

PEM (RFC 7468: text around it is allowed), several in one file, DER, PKCS #7. Every part of a file is read, or what was
left is named. The library reads; here a file is only cut at its PEM markers, because the library leaves out in silence
what it does not look for, and gives up the whole file for one part that is damaged.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from kiosk.model.counted import counted

MAX_BYTES = 64 * 2**20
MAX_PARTS = 1000
NAMED = 20
"""How many parts that were left are named."""
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9#. ]{1,60})-----")
_LINE = re.compile(rb"\r\n|\r|\n")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+=?\s*=?\s*")
_PADDING = b"\0\r\n \x1a"
_MAX_PADDING = 64
_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE")
_PKCS7 = ("PKCS7", "CMS", "PKCS #7 SIGNED DATA")
_LISTS = ("X509 CRL", "CRL")
_TAKE_OUT = "openssl pkcs7 -print_certs -inform DER -in FILE -out NEW.pem (PEM: without -inform DER)"
_REFUSED = (ValueError, TypeError, UnsupportedAlgorithm)

Item = TypeVar("Item", x509.Certificate, x509.CertificateRevocationList)


class CertificateFileError(Exception):
    """Nothing in the file can be used; ``str()`` says what it is, and what to do."""


@dataclass(frozen=True, slots=True)
class FileContents(Generic[Item]):
    """What was read of a file, in its order, and a sentence for each part that was left."""

    items: tuple[Item, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One PEM part. ``where``: in words. ``pem``: None where its end is missing."""

    where: str
    label: str
    pem: bytes | None


def certificates(data: bytes) -> FileContents[x509.Certificate]:
    """Every certificate in ``data``. Raises ``CertificateFileError`` if there is none."""
    return _found(data, "certificate", _certificates_of, _der_certificates)


def lists(data: bytes) -> FileContents[x509.CertificateRevocationList]:
    """Every certificate revocation list in ``data``. Raises ``CertificateFileError`` if there is none."""
    return _found(data, "certificate revocation list", _lists_of, _der_lists)


def _found(
    data: bytes, what: str, read: Callable[[_Part], list[Item]], read_der: Callable[[bytes], list[Item]]
) -> FileContents[Item]:
    if len(data) > MAX_BYTES:
        raise CertificateFileError(f"This file is larger than {MAX_BYTES // 2**20} MiB, which no {what} is.")
    with quiet():
        return _sorted_out(plain(data), what, read, read_der)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what the library tells programmers of other people's certificates (BER, a serial number of zero)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _sorted_out(
    data: bytes, what: str, read: Callable[[_Part], list[Item]], read_der: Callable[[bytes], list[Item]]
) -> FileContents[Item]:
    items: dict[bytes, Item] = {}
    left: list[str] = []
    parts = list(_parts(data))
    if not parts:
        return FileContents(tuple({_der(item): item for item in _binary(data, what, read_der)}.values()))
    for part in parts:
        try:
            found = read(part)
        except CertificateFileError as error:
            left.append(f"{part.where} was left: {error}")
            continue
        for item in found:
            if _der(item) in items:
                left.append(f"{part.where} was left: it is the same {what} as one before it.")
            items[_der(item)] = item
    if not items:
        raise CertificateFileError(f"There is no {what} in this file that can be used. {' '.join(left[:NAMED])}")
    if len(left) > NAMED:
        left[NAMED:] = [f"{counted(len(left) - NAMED, 'more part was', 'more parts were')} left."]
    return FileContents(tuple(items.values()), tuple(left))


def _der(one: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return one.public_bytes(Encoding.DER)


def plain(data: bytes) -> bytes:
    """PowerShell and Notepad write UTF-16; other bytes stay what they are."""
    for encoding, mark in (("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)):
        at = data.find("-----BEGIN".encode(encoding))
        if data.startswith(mark) or (at >= 0 and at % 2 == 0):
            return data.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def _parts(data: bytes) -> Iterator[_Part]:
    found = list(_BEGIN.finditer(data))
    if len(found) > MAX_PARTS:
        raise CertificateFileError(f"This file has more than {MAX_PARTS} parts. Give those that are wanted, alone.")
    line, counted = 1, 0
    for number, begin in enumerate(found, 1):
        label = begin[1].decode("ascii")
        following = found[number].start() if number < len(found) else len(data)
        mark = b"-----END " + begin[1] + b"-----"
        end = data.find(mark, begin.end(), following)
        line += len(_LINE.findall(data, counted, begin.start()))
        counted = begin.start()
        where = f"Part {number} (line {line}, {label.lower()})"
        yield _Part(where, label, None if end < 0 else data[begin.start() : end + len(mark)] + b"\n")


def _whole(part: _Part) -> bytes:
    if part.pem is None:
        raise CertificateFileError("its end is missing, so the file was cut off or damaged there.")
    return part.pem


def _certificates_of(part: _Part) -> list[x509.Certificate]:
    """Raises ``CertificateFileError``, which goes on after a colon."""
    if part.label in _PKCS7:
        return _pkcs7(_whole(part).replace(part.label.encode(), b"PKCS7"), pkcs7.load_pem_pkcs7_certificates)
    if part.label not in _CERTIFICATES:
        raise CertificateFileError(_another(part.label, lists_wanted=False))
    pem = _whole(part)
    try:
        return x509.load_pem_x509_certificates(pem)
    except _REFUSED:
        pass
    try:  # Some programs call PKCS #7 a certificate.
        return _pkcs7(pem.replace(part.label.encode(), b"PKCS7"), pkcs7.load_pem_pkcs7_certificates)
    except CertificateFileError:
        raise CertificateFileError("it is damaged, and cannot be read as a certificate.") from None


def _lists_of(part: _Part) -> list[x509.CertificateRevocationList]:
    if part.label not in _LISTS:
        raise CertificateFileError(_another(part.label, lists_wanted=True))
    try:
        return [x509.load_pem_x509_crl(_whole(part).replace(f" {part.label}-".encode(), b" X509 CRL-"))]
    except _REFUSED:
        raise CertificateFileError("it is damaged, and cannot be read as a revocation list.") from None


def _another(label: str, *, lists_wanted: bool) -> str:
    if label in _LISTS:
        return "it is a revocation list, which is taken in by: crl add FILE"
    if label in _CERTIFICATES:
        return "it is a certificate, and no revocation list."
    if label in _PKCS7 and lists_wanted:
        return f"lists inside PKCS #7 are not read. Take them out: {_TAKE_OUT}"
    if label.endswith("PRIVATE KEY"):
        return "it is a private key. It does not belong in this file, nor on this machine: keep it where its CA is."
    if label == "TRUSTED CERTIFICATE":
        return "it is in OpenSSL's own form. Make it a plain one: openssl x509 -in FILE -out NEW.pem"
    if label.endswith("CERTIFICATE REQUEST"):
        return "it is a request for a certificate, which no CA has signed."
    return "nothing of that kind is read here."


def _pkcs7(data: bytes, load: Callable[[bytes], list[x509.Certificate]]) -> list[x509.Certificate]:
    try:
        found = load(data)
    except _REFUSED:
        raise CertificateFileError("it cannot be read as PKCS #7.") from None
    if not found:
        raise CertificateFileError("it is PKCS #7 without a certificate in it.")
    return found


def _binary(data: bytes, what: str, read: Callable[[bytes], list[Item]]) -> list[Item]:
    """A file without PEM markers. Raises ``CertificateFileError``, a sentence of its own."""
    found = read(data) or read(_bare_base64(data))
    cut = 1
    while not found and cut <= _MAX_PADDING and data[-cut:][:1] and data[-cut] in _PADDING:
        found = read(data[:-cut])
        cut += 1
    if found:
        return found
    raise CertificateFileError(_what_it_is(data, what))


def _bare_base64(data: bytes) -> bytes:
    """What is left where somebody cut the PEM markers off."""
    try:
        return base64.b64decode(b"".join(data.split()), validate=True) if _BASE64.fullmatch(data) else b""
    except (binascii.Error, ValueError):
        return b""


def _der_certificates(data: bytes) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(data)]
    except _REFUSED:
        pass
    try:
        return _pkcs7(data, pkcs7.load_der_pkcs7_certificates)
    except CertificateFileError:
        return []


def _der_lists(data: bytes) -> list[x509.CertificateRevocationList]:
    try:
        return [x509.load_der_x509_crl(data)]
    except _REFUSED:
        return []


def _what_it_is(data: bytes, what: str) -> str:
    if not data.strip():
        return "This file is empty."
    if data.lstrip()[:1] == b"<":
        return f"This is a web page or XML, and no {what}. Fetch the file itself."
    if data.startswith(b"\xfe\xed\xfe\xed"):
        return "This is a Java key store. Take the certificate out of it: keytool -exportcert -rfc -file NEW.pem …"
    if _is_pkcs12(data):
        return (
            "This is a PKCS #12 file (.p12, .pfx), which is made to hold private keys and is not read here. Where it"
            " came from, take the certificates alone out of it: openssl pkcs12 -nokeys -in FILE -out NEW.pem"
        )
    if _is_pkcs7(data):
        kind = "without a certificate in it" if what == "certificate" else f"of which no {what} is read"
        return f"This is PKCS #7 {kind}. Take out what is in it: {_TAKE_OUT}"
    if _der_certificates(data):
        return f"This is a certificate, and no {what}."
    if _der_lists(data):
        return f"This is a certificate revocation list, and no {what}. It is taken in by: crl add FILE"
    forms = "PEM, DER or PKCS #7" if what == "certificate" else "PEM or DER"
    return f"The file is not a {what} in {forms}, or it is damaged."


def _is_pkcs7(data: bytes) -> bool:
    try:
        pkcs7.load_der_pkcs7_certificates(data)
    except _REFUSED as error:
        # Only its words tell one that holds lists alone from what is no PKCS #7.
        return "no certificate data" in str(error)
    return True


def _is_pkcs12(data: bytes) -> bool:
    try:
        pkcs12.load_pkcs12(data, None)
    except _REFUSED as error:
        # The library says by its words alone whether it was the password, which a file that is none does not have.
        return "password" in str(error)
    return True
