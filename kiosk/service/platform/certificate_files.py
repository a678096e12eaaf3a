"""Certificates and revocation lists out of the files that administrators have.

PEM (RFC 7468: text around it is allowed), several in one file, DER, also one behind the other, PKCS #7. Every part of a
file is read, or what was left is named. The library reads; here a file is only cut into its parts, because the library
leaves out in silence what it does not look for, and gives up the whole file for one part that is damaged.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from kiosk.model.counted import counted
from kiosk.service.platform import carriers, certificate_reading, der_values, file_kinds, pem_parts
from kiosk.service.platform.certificate_reading import quiet

MAX_BYTES = 64 * 2**20
MAX_PARTS = 1000
_TOO_MANY = f"This file has more than {MAX_PARTS} parts. Give those that are wanted, alone."
_TOO_MANY_INSIDE = f"it is PKCS #7 with more than {MAX_PARTS} parts. Give those that are wanted, alone."
NAMED = 20
"""How many parts that were left are named."""
_NO_BASE64 = "it is damaged: it is no base64."
_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE")
_PKCS7 = ("PKCS7", "CMS", "PKCS #7 SIGNED DATA")
_LISTS = ("X509 CRL", "CRL")
_LIST_TAKEN_BY = "taken in by: crl add FILE"
_WIDE = (
    ("utf-32-le", codecs.BOM_UTF32_LE, 4),  # before UTF-16, whose mark it begins with
    ("utf-32-be", codecs.BOM_UTF32_BE, 4),
    ("utf-16-le", codecs.BOM_UTF16_LE, 2),
    ("utf-16-be", codecs.BOM_UTF16_BE, 2),
)
"""Encodings of more than a byte a letter, their marks, and bytes of a letter."""
_CONTROL = frozenset(range(0x20)) - set(b"\t\n\v\f\r\x1a\x1b")
"""Bytes that text does not have."""
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
    """``where``: in words, empty for the whole file. ``der``: its bytes; none where ``why`` says why it is not read."""

    where: str
    der: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Read(Generic[Item]):
    """What one part has. ``beside``: what it has that was not asked for, behind "also has"."""

    items: list[Item]
    beside: str = ""


def certificates(data: bytes) -> FileContents[x509.Certificate]:
    """Every certificate in ``data``. Raises ``CertificateFileError`` if there is none."""
    return _found(data, "certificate", _CERTIFICATES, _certificates_in)


def lists(data: bytes) -> FileContents[x509.CertificateRevocationList]:
    """Every certificate revocation list in ``data``. Raises ``CertificateFileError`` if there is none."""
    return _found(data, "certificate revocation list", _LISTS, _lists_in)


def plain(data: bytes) -> bytes:
    """PowerShell and Notepad write UTF-16, other programs UTF-32; other bytes stay what they are."""
    for encoding, mark, width in _WIDE:
        at = data.find("-----BEGIN".encode(encoding))
        if data.startswith(mark) or (at >= 0 and at % width == 0):
            return data.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def _found(data: bytes, what: str, labels: tuple[str, ...], read: Callable[[bytes], _Read[Item]]) -> FileContents[Item]:
    if len(data) > MAX_BYTES:
        raise CertificateFileError(f"This file is larger than {MAX_BYTES // 2**20} MiB, which no {what} is.")
    data = plain(data)
    if not data.strip(der_values.PADDING):
        raise CertificateFileError("This file is empty.")
    parts = _parts(data, what, labels)
    with quiet():
        return _sorted_out(parts, what, read)


def _sorted_out(parts: list[_Part], what: str, read: Callable[[bytes], _Read[Item]]) -> FileContents[Item]:
    items: dict[bytes, Item] = {}
    left: list[str] = []
    for part in parts:
        try:
            found = _read(part, read)
        except CertificateFileError as error:
            if not part.where:
                raise CertificateFileError(f"This{str(error).removeprefix('it')}") from None
            left.append(f"{part.where} was left: {error}")
            continue
        if found.beside:
            left.append(f"{part.where or 'The file'} also has {found.beside}")
        for item in found.items:
            if _der(item) in items:
                left.append(f"{part.where or 'A part'} was left: it is the same {what} as one before it.")
            items[_der(item)] = item
        if len(items) > MAX_PARTS:  # of several parts with many in each
            raise CertificateFileError(_TOO_MANY)
    if not items:
        raise CertificateFileError(f"There is no {what} in this file that can be used. {' '.join(left[:NAMED])}")
    if len(left) > NAMED:
        left[NAMED:] = [f"{counted(len(left) - NAMED, 'more part was', 'more parts were')} left."]
    return FileContents(tuple(items.values()), tuple(left))


def _read(part: _Part, read: Callable[[bytes], _Read[Item]]) -> _Read[Item]:
    if part.why:
        raise CertificateFileError(part.why)
    return read(part.der)


def _der(one: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return one.public_bytes(Encoding.DER)


def _parts(data: bytes, what: str, labels: tuple[str, ...]) -> list[_Part]:
    """Raises ``CertificateFileError`` where it is a file of another kind."""
    cut = pem_parts.cut(data, MAX_PARTS)
    if cut is None:
        raise CertificateFileError(_TOO_MANY)
    front, found = cut
    if not found:
        return _binary(data, what)
    parts = _between(front, "What is in front of part 1")
    for number, part in enumerate(found, 1):
        parts += [_of_pem(part, labels), *_between(part.behind, f"What is behind part {number}")]
        if len(parts) > MAX_PARTS:
            raise CertificateFileError(_TOO_MANY)
    return parts


def _of_pem(part: pem_parts.PemPart, labels: tuple[str, ...]) -> _Part:
    """Some programs call PKCS #7 a certificate or a list."""
    if part.label not in (*labels, *_PKCS7):
        return _Part(part.where, why=_another(part.label))
    if part.text is None:
        return _Part(part.where, why="its end is missing, so the file was cut off or damaged there.")
    der = pem_parts.decoded(part.text)
    return _Part(part.where, der) if der else _Part(part.where, why=_NO_BASE64)


def _between(data: bytes, where: str) -> list[_Part]:
    """What is in front of PEM parts and behind them is text, or somebody has put files one behind the other."""
    if _CONTROL.isdisjoint(data.strip(der_values.PADDING)):
        return []
    values, rest = der_values.split(data, MAX_PARTS)
    strange = [_Part(where, why="it is no text, and nothing that is read here.")] if rest else []
    return [*(_Part(where, der) for der in values), *strange]


def _binary(data: bytes, what: str) -> list[_Part]:
    """A file without PEM markers: DER, or the base64 that is left where somebody cut the markers off."""
    carried = list(islice(carriers.values(data), MAX_PARTS + 1))
    values, rest = der_values.split(data, MAX_PARTS)
    if max(len(values), len(carried)) > MAX_PARTS:
        raise CertificateFileError(_TOO_MANY)
    if carried:
        return [_Part(value.where, value.der or b"", "" if value.der else _NO_BASE64) for value in carried]
    if not values:
        # Nothing says where a value of the indefinite form ends.
        whole = data if data.startswith(b"0\x80") else pem_parts.decoded(data)
        values, rest = ([whole], b"") if whole and whole.startswith(b"0") else ([], b"")
    if not values or file_kinds.is_another(data):
        raise CertificateFileError(file_kinds.sentence(data, what))
    if len(values) == 1 and not rest:
        return [_Part("", values[0])]
    parts = [_Part(f"Part {number}", der) for number, der in enumerate(values, 1)]
    return [*parts, *([_Part("What is behind it", why="it is nothing that is read here.")] if rest else [])]


def _another(label: str) -> str:
    if label in _LISTS:
        return f"it is a revocation list, which is {_LIST_TAKEN_BY}"
    if label in _CERTIFICATES:
        return "it is a certificate, and no revocation list."
    if label.endswith("PRIVATE KEY"):
        return "it is a private key. It does not belong in this file, nor on this machine: keep it where its CA is."
    if label == "TRUSTED CERTIFICATE":
        return "it is in OpenSSL's own form. Make it a plain one: openssl x509 -in FILE -out NEW.pem"
    if label.endswith("CERTIFICATE REQUEST"):
        return "it is a request for a certificate, which no CA has signed."
    return "nothing of that kind is read here."


def _certificates_in(der: bytes) -> _Read[x509.Certificate]:
    """Raises ``CertificateFileError``, which goes on after a colon."""
    try:
        return _Read([x509.load_der_x509_certificate(der)])
    except _REFUSED:
        pass
    parts = _signed_parts(der)
    lists_there = counted(len(parts.lists), "revocation list") if parts is not None and parts.lists else ""
    try:
        found = pkcs7.load_der_pkcs7_certificates(der)
    except _REFUSED:
        found = []
    if len(found) > MAX_PARTS:  # of the indefinite form, which is not counted before
        raise CertificateFileError(_TOO_MANY_INSIDE)
    if found:
        return _Read(found, f"{lists_there}, {_LIST_TAKEN_BY}" if lists_there else "")
    if parts is not None:
        what = f"{lists_there}, which is {_LIST_TAKEN_BY}" if lists_there else "no certificate in it."
        raise CertificateFileError(f"it is PKCS #7 with {what}")
    if _loads(x509.load_der_x509_crl, der):
        raise CertificateFileError(_another(_LISTS[0]))
    raise CertificateFileError(
        _unread(der) or "it is damaged, and can be read neither as a certificate nor as PKCS #7."
    )


def _lists_in(der: bytes) -> _Read[x509.CertificateRevocationList]:
    """Raises ``CertificateFileError``, which goes on after a colon."""
    try:
        return _Read([x509.load_der_x509_crl(der)])
    except _REFUSED:
        pass
    parts = _signed_parts(der)
    if parts is not None:
        try:
            found = [x509.load_der_x509_crl(crl) for crl in parts.lists]
        except _REFUSED:
            raise CertificateFileError("it is PKCS #7 with a damaged revocation list in it.") from None
        if found:
            return _Read(found, counted(len(parts.certificates), "certificate") + "." if parts.certificates else "")
        raise CertificateFileError("it is PKCS #7 without a revocation list in it.")
    if _loads(x509.load_der_x509_certificate, der):
        raise CertificateFileError(_another(_CERTIFICATES[0]))
    raise CertificateFileError(
        _unread(der) or "it is damaged, and can be read neither as a revocation list nor as PKCS #7."
    )


def _unread(der: bytes) -> str:
    fault = certificate_reading.why(der)
    return f"it cannot be read, for {fault}. Its CA must issue it anew." if fault else ""


def _signed_parts(der: bytes) -> der_values.SignedParts | None:
    """What is in PKCS #7, counted before any of it is read. Raises ``CertificateFileError``."""
    parts = der_values.signed_parts(der, MAX_PARTS)
    if parts is not None and len(parts.certificates) + len(parts.lists) > MAX_PARTS:
        raise CertificateFileError(_TOO_MANY_INSIDE)
    return parts


def _loads(load: Callable[[bytes], object], der: bytes) -> bool:
    try:
        load(der)
    except _REFUSED:
        return False
    return True
