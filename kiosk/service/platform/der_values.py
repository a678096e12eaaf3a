"""Where one DER value ends and the next begins (X.690 section 8.1), and what PKCS #7 holds (RFC 5652 section 5.1).

The library reads certificates and lists. It does not say where one of several ends, nor that PKCS #7 has lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

PADDING = b"\0\t\r\n \x1a"
"""Stands behind a value in files that an editor, a terminal or a block device has had."""
_PADDED = re.compile(rb"[\0\t\r\n \x1a]*")
_SEQUENCE, _SET, _NAME = 0x30, 0x31, 0x06
_CERTIFICATES, _LISTS, _CONTENT = 0xA0, 0xA1, 0xA0
_SIGNED_DATA = bytes.fromhex("2A864886F70D010702")
_MAX_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class SignedParts:
    """The certificates and lists of a PKCS #7 file, each as DER, in their order."""

    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]


def split(data: bytes, most: int) -> tuple[list[bytes], bytes]:
    """The sequences that stand one behind the other in ``data``, without padding, and the rest that is none.

    One more than ``most`` at most.
    """
    found: list[bytes] = []
    at = _behind_padding(data, 0)
    while len(found) <= most and data[at : at + 1] == b"0":
        end = _end(data, at)
        if end is None:
            break
        found.append(data[at:end])
        at = _behind_padding(data, end)
    return found, data[at:]


def _behind_padding(data: bytes, at: int) -> int:
    found = _PADDED.match(data, at)
    return at if found is None else found.end()


def signed_parts(der: bytes, most: int) -> SignedParts | None:
    """What is in PKCS #7 of signed data; None for anything else, and for the indefinite form.

    One more than ``most`` at most of each kind.
    """
    outer = _inside(der, _SEQUENCE)
    if len(outer) != 2 or outer[0] != bytes((_NAME, len(_SIGNED_DATA))) + _SIGNED_DATA:
        return None
    content = _inside(outer[1], _CONTENT)
    parts = _inside(content[0], _SEQUENCE) if content else []
    if len(parts) < 4 or parts[1][0] != _SET:
        return None
    return SignedParts(_of(parts, _CERTIFICATES, most), _of(parts, _LISTS, most))


def _of(parts: list[bytes], tag: int, most: int) -> tuple[bytes, ...]:
    mine = (value for part in parts[3:] if part[0] == tag for value in _inside(part, tag, most))
    return tuple(islice((value for value in mine if value[0] == _SEQUENCE), most + 1))


_FEW = 16
"""Values of a frame: PKCS #7 has six at most."""


def _inside(value: bytes, tag: int, most: int = _FEW) -> list[bytes]:
    """The values in one value, one more than ``most`` at most; none where it is another's tag or is cut off."""
    if not value or value[0] != tag or _end(value) != len(value):
        return []
    return list(islice(_values(value[_head(value) :]), most + 1))


def _values(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = _end(data, at)
        if end is None:
            return
        yield data[at:end]
        at = end


def _head(value: bytes, at: int = 0) -> int:
    """Bytes of tag and length."""
    return 2 if value[at + 1] < 0x80 else 2 + (value[at + 1] & 0x7F)


def _end(data: bytes, at: int = 0) -> int | None:
    """Where the value at ``at`` ends; None where that is not said, or beyond the end of ``data``."""
    if len(data) < at + 2 or data[at] & 0x1F == 0x1F:
        return None
    said = data[at + 1]
    if said == 0x80 or said > 0x80 + _MAX_LENGTH_BYTES:
        return None
    begin = at + _head(data, at)
    end = begin + (said if said < 0x80 else int.from_bytes(data[at + 2 : begin], "big"))
    return end if begin <= len(data) and end <= len(data) else None


def children(value: bytes, most: int = 4096) -> list[bytes]:
    """The values in a constructed one, ``most`` of them; none where it is cut off or not constructed."""
    if not value or not value[0] & 0x20 or _end(value) != len(value):
        return []
    return list(islice(_values(content(value)), most))


def content(value: bytes) -> bytes:
    """What is behind tag and length; empty for what has none."""
    return value[_head(value) :] if len(value) >= 2 else b""


def wrapped(tag: int, inside: bytes) -> bytes:
    """One DER value."""
    size = len(inside)
    if size < 0x80:
        return bytes((tag, size)) + inside
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + inside
