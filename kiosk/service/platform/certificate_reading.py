"""Why the library cannot read a certificate or list, as a field and a rule; and what it has for all that.

The library reads a certificate's extensions all or none, and says of what it cannot read where it was, for programmers.
Here the values are looked at one by one. Nothing is judged by it: a signature is verified on the bytes as they came.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from kiosk.service.platform import der_values

Kind = TypeVar("Kind", bound=x509.ExtensionType)
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)
NEEDED = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.FRESHEST_CRL,
    }
)
"""Extensions that are looked at here, or by the verifier: what cannot be read of them counts."""
_SEQUENCE, _SET, _UTC, _GENERALIZED, _EXTENSIONS = 0x30, 0x31, 0x17, 0x18, 0xA3
_ASCII = bytes(range(0x80))
_TEXTS = {
    0x0C: ("UTF8String", None, "is UTF-8 (X.690 section 8.23.10)"),
    0x12: ("NumericString", b"0123456789 ", "has digits and spaces alone (X.680 section 41.2)"),
    0x13: (
        "PrintableString",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?",
        "has letters of ASCII, digits, spaces and '()+,-./:=? alone (X.680 section 41.4)",
    ),
    0x14: (
        "TeletexString",
        None,
        "is read here as UTF-8 alone (RFC 5280 section 4.1.2.4 has UTF8String in its place)",
    ),
    0x16: ("IA5String", _ASCII, "has ASCII alone (X.680 section 41.2)"),
    0x1A: ("VisibleString", bytes(range(0x20, 0x7F)), "has visible ASCII alone (X.680 section 41.2)"),
}
"""By tag: what it is called, its characters (None: UTF-8), and its rule."""
MAX_DEPTH = 16
"""Values in one another that are looked into; policies have eight."""
_OTHER_NAMES = {0x81: "rfc822Name", 0x82: "dNSName", 0x86: "uniformResourceIdentifier"}


@dataclass(frozen=True, slots=True)
class NamedExtension:
    """One extension as it stands there. ``oid``: dotted. ``der``: the whole of it."""

    oid: str
    critical: bool
    der: bytes


@contextmanager
def quiet() -> Iterator[None]:
    """Without what the library tells programmers of other people's certificates (BER, a serial number of zero)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def why(der: bytes) -> str | None:
    """Why a certificate or list cannot be read or used, a clause that begins with its field; None if that is not known.

    No library's words are in it.
    """
    fields = _fields(der)
    if not fields:
        return None
    return next(_faults(der, fields), None)


def extensions(certificate: x509.Certificate) -> list[NamedExtension]:
    """All of them, whether or not the library reads what they say. Raises ``ValueError`` where they are cut off."""
    wrapper = next((field for field in _fields(certificate.public_bytes(Encoding.DER)) if field[0] == _EXTENSIONS), b"")
    found = [_extension(extension) for extension in der_values.children(_only(wrapper))] if wrapper else []
    if len({extension.oid for extension in found}) != len(found):
        raise ValueError("an extension stands there twice")
    return found


def readable(certificate: x509.Certificate) -> x509.Certificate:
    """``certificate``, or to read it by a copy without the extensions that nobody needs and that cannot be read.

    The copy's signature is worth nothing. Raises ``ValueError`` and the like where more cannot be read than that.
    """
    try:
        list(certificate.extensions)
    except UNREADABLE:
        der = certificate.public_bytes(Encoding.DER)
        idle = [extension for extension in extensions(certificate) if _idle(extension) and not _reads(der, extension)]
        kept = [extension.der for extension in extensions(certificate) if extension not in idle]
        certificate = x509.load_der_x509_certificate(_with(der, kept))
        list(certificate.extensions)
    return certificate


def value(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    """What its extension of ``kind`` says; None if it has none. Raises as ``readable``."""
    try:
        return readable(certificate).extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _idle(one: NamedExtension) -> bool:
    return not one.critical and x509.ObjectIdentifier(one.oid) not in NEEDED


def _reads(der: bytes, one: NamedExtension) -> bool:
    try:
        with quiet():
            list(x509.load_der_x509_certificate(_with(der, [one.der])).extensions)
    except UNREADABLE:
        return False
    return True


def _with(der: bytes, kept: list[bytes]) -> bytes:
    """The certificate with these extensions alone."""
    tbs, *rest = der_values.children(der)
    fields = [field for field in der_values.children(tbs) if field[0] != _EXTENSIONS]
    if kept:
        fields.append(der_values.wrapped(_EXTENSIONS, der_values.wrapped(_SEQUENCE, b"".join(kept))))
    return der_values.wrapped(_SEQUENCE, b"".join([der_values.wrapped(_SEQUENCE, b"".join(fields)), *rest]))


def _extension(der: bytes) -> NamedExtension:
    parts = der_values.children(der)
    if len(parts) < 2 or parts[0][0] != 0x06:
        raise ValueError("no extension")
    critical = parts[1][0] == 0x01 and der_values.content(parts[1]) != b"\0"
    return NamedExtension(_dotted(der_values.content(parts[0])), critical, der)


def _dotted(content: bytes) -> str:
    """X.690 section 8.19."""
    numbers, number = list[int](), 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        raise ValueError("an object identifier of nothing")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _only(wrapper: bytes) -> bytes:
    return next(iter(der_values.children(wrapper)), b"")


def _fields(der: bytes) -> list[bytes]:
    """What is signed, field by field; none where it is no certificate and no list."""
    outer = der_values.children(der)
    return der_values.children(outer[0]) if len(outer) == 3 and outer[0][0] == _SEQUENCE else []


def _faults(der: bytes, fields: list[bytes]) -> Iterator[str]:
    names = [field for field in fields if _is_name(field)]
    for called, name in zip(("issuer", "subject"), names, strict=False):
        yield from _of_texts(f"its {called}", name)
    times = [*(field for field in fields if field[0] in (_UTC, _GENERALIZED)), *_validity(fields)]
    for time in times:
        yield from _of_time(time)
    yield from _of_algorithms(der, fields)
    for wrapper in (field for field in fields if field[0] == _EXTENSIONS):
        yield from _of_extensions(der, wrapper)


def _is_name(field: bytes) -> bool:
    inside = der_values.children(field) if field[0] == _SEQUENCE else []
    return bool(inside) and all(value[0] == _SET for value in inside)


def _validity(fields: list[bytes]) -> list[bytes]:
    for field in fields:
        inside = der_values.children(field) if field[0] == _SEQUENCE else []
        if len(inside) == 2 and all(value[0] in (_UTC, _GENERALIZED) for value in inside):
            return inside
    return []


def _of_texts(where: str, whole: bytes, depth: int = MAX_DEPTH) -> Iterator[str]:
    for inner in der_values.children(whole) if depth else ():
        yield from _of_texts(where, inner, depth - 1)
    if whole[0] not in _TEXTS:
        return
    name, allowed, rule = _TEXTS[whole[0]]
    strange = _strange(der_values.content(whole), allowed)
    if strange is not None:
        yield f"{where} has {'an' if name[0] == 'I' else 'a'} {name} with {strange}: such a text {rule}"


def _strange(content: bytes, allowed: bytes | None) -> str | None:
    """The first byte that does not belong there, as a letter where it is one of ASCII."""
    if allowed is None:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            return f"the byte {content[error.start]:02X}"
        return None
    byte = next((byte for byte in content if byte not in allowed), None)
    if byte is None:
        return None
    return f"“{chr(byte)}”" if 0x20 < byte < 0x7F else f"the byte {byte:02X}"


def _of_time(time: bytes) -> Iterator[str]:
    text = der_values.content(time)
    if time[0] == _UTC and not re.fullmatch(rb"\d{12}Z", text):
        yield "a date of it is no UTCTime of the form YYMMDDHHMMSSZ (RFC 5280 section 4.1.2.5.1)"
    elif time[0] == _GENERALIZED and not re.fullmatch(rb"\d{14}Z", text):
        yield "a date of it is no GeneralizedTime of the form YYYYMMDDHHMMSSZ (RFC 5280 section 4.1.2.5.2)"
    elif time[0] == _GENERALIZED and text < b"2050":
        yield "a date of it before 2050 is a GeneralizedTime, where RFC 5280 section 4.1.2.5 demands UTCTime"


def _of_algorithms(der: bytes, fields: list[bytes]) -> Iterator[str]:
    outside = der_values.children(der)[1]
    if not any(field == outside for field in fields):
        yield "its two fields of the signature's algorithm differ, which RFC 5280 section 4.1.1.2 forbids"


def _of_extensions(der: bytes, wrapper: bytes) -> Iterator[str]:
    seen = set[str]()
    for extension in der_values.children(_only(wrapper)):
        try:
            found = _extension(extension)
        except ValueError:
            return
        if found.oid in seen:
            yield f"it has its extension {_called(found.oid)} twice, which RFC 5280 section 4.2 forbids"
        seen.add(found.oid)
        if not _idle(found) and not _reads(der, found):
            yield _of_extension(found)


def _of_extension(found: NamedExtension) -> str:
    where = f"its extension {_called(found.oid)}"
    inside = der_values.content(der_values.children(found.der)[-1])
    for name in der_values.children(inside):
        said = _OTHER_NAMES.get(name[0]) if found.oid == ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string else None
        strange = _strange(der_values.content(name), _ASCII) if said else None
        if strange:
            return f"{where} has an {said} with {strange}, and such a name has ASCII alone (RFC 5280 section 4.2.1.6)"
    told = next(_of_texts(where, inside), None) if inside else None
    return told or f"{where} is not made as its definition says"


def _called(oid: str) -> str:
    name = next((name for name, known in vars(ExtensionOID).items() if getattr(known, "dotted_string", "") == oid), "")
    return f"{name} ({oid})" if name else oid
