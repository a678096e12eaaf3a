"""An IPP message as bytes, and back. [RFC 8010, section 3]

A collection's parts stand flat among its attribute's values, as they do on the wire: nobody here looks into one.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MAX_COUNT = 65_536
"""Bytes of a message without its document that are read of a program."""
MAX_VALUES = 20_000
OPERATION, JOB, END, PRINTER, UNSUPPORTED = 1, 2, 3, 4, 5
"""Tags of groups (RFC 8010, section 3.5.1)."""
INTEGER, BOOLEAN, ENUM, RESOLUTION, RANGE, COLLECTION, END_COLLECTION = 0x21, 0x22, 0x23, 0x32, 0x33, 0x34, 0x37
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME, MEMBER = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49, 0x4A
"""Tags of values (section 3.5.2)."""
_FIRST_VALUE_TAG = 0x10
_HEAD = struct.Struct(">2sHI")


class BadMessageError(Exception):
    """These bytes are no IPP message, or one that is larger than any printer needs."""


class Attribute(NamedTuple):
    """``values``: each a tag and its bytes."""

    name: str
    values: tuple[tuple[int, bytes], ...]

    @property
    def text(self) -> str:
        """The first value, as text."""
        return self.values[0][1].decode("utf-8", "replace")

    @property
    def number(self) -> int:
        """The first value where that is an integer or enum, else -1."""
        value = self.values[0][1]
        return int.from_bytes(value, "big", signed=True) if len(value) == 4 else -1


class Group(NamedTuple):
    """``tag``: of what: the operation, a job, a printer."""

    tag: int
    attributes: tuple[Attribute, ...]

    def find(self, name: str) -> Attribute | None:
        """The first of that name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


class IppMessage(NamedTuple):
    """``code``: of the operation that is asked for, or of how it went."""

    code: int
    request: int
    groups: tuple[Group, ...]
    version: bytes = b"\x02\x00"

    def find(self, tag: int, name: str) -> Attribute | None:
        """The first attribute of that name in the first group of that tag."""
        group = next((group for group in self.groups if group.tag == tag), None)
        return group.find(name) if group is not None else None


def read(data: bytes) -> tuple[IppMessage, int]:
    """The message that ``data`` begins with, and its length. Raises ``BadMessageError``."""
    if len(data) < _HEAD.size:
        raise BadMessageError
    version, code, request = _HEAD.unpack_from(data)
    groups: list[tuple[int, list[tuple[str, list[tuple[int, bytes]]]]]] = []
    at, count = _HEAD.size, 0
    while True:
        tag = data[at] if at < len(data) else -1
        at += 1
        if tag == END:
            break
        if 0 <= tag < _FIRST_VALUE_TAG:
            groups.append((tag, []))
            continue
        count += 1
        name, at = _piece(data, at)
        value, at = _piece(data, at)
        if tag < 0 or not groups or count > MAX_VALUES:
            raise BadMessageError
        attributes = groups[-1][1]
        if name:
            attributes.append((name.decode("latin-1"), [(tag, value)]))
        elif attributes:
            attributes[-1][1].append((tag, value))
        else:
            raise BadMessageError
    made = tuple(Group(tag, tuple(Attribute(name, tuple(v)) for name, v in found)) for tag, found in groups)
    return IppMessage(code, request, made, version), at


def _piece(data: bytes, at: int) -> tuple[bytes, int]:
    """What a length of two bytes at ``at`` goes before, and where that ends. Raises ``BadMessageError``."""
    begin = at + 2
    end = begin + int.from_bytes(data[at:begin], "big")
    if end > len(data):
        raise BadMessageError
    return data[begin:end], end


def write(message: IppMessage) -> bytes:
    """Its bytes, up to where a document would begin."""
    parts = [_HEAD.pack(message.version, message.code, message.request)]
    for group in message.groups:
        parts.append(bytes([group.tag]))
        for attribute in group.attributes:
            name = attribute.name.encode("latin-1")
            for tag, value in attribute.values:
                parts += [struct.pack(">BH", tag, len(name)), name, struct.pack(">H", len(value)), value]
                name = b""
    return b"".join([*parts, bytes([END])])


def text(name: str, value: str, tag: int = KEYWORD) -> Attribute:
    """An attribute of one text."""
    return Attribute(name, ((tag, value.encode()),))


def yes(name: str, value: bool = True) -> Attribute:
    """An attribute that is true, or false."""
    return Attribute(name, ((BOOLEAN, bytes([value])),))


def integer(name: str, value: int) -> Attribute:
    """An attribute of one number."""
    return Attribute(name, ((INTEGER, value.to_bytes(4, "big", signed=True)),))
