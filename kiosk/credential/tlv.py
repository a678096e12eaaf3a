"""BER-TLV as PIV data objects use it (ISO/IEC 7816-4 section 5.2.2, X.690 section 8.1)."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.credential.errors import GarbledCardError

MAX_TAG_BYTES = 3
MAX_LENGTH_BYTES = 3


def parse(data: bytes) -> list[tuple[int, bytes]]:
    """The data objects of ``data`` in order, as (tag, value); tags with their class bits, e.g. 0x5FC101.

    Raises ``GarbledCardError`` for anything that is cut off or left over, for lengths of more than three bytes and
    for the indefinite form.
    """
    return list(_objects(data))


def value(data: bytes, tag: int) -> bytes | None:
    """The value of the first object of ``data`` with ``tag``, None if there is none. Raises ``GarbledCardError``.

    What stands behind it is not looked at: some issuers pad their containers.
    """
    return next((content for found, content in _objects(data) if found == tag), None)


def first(data: bytes) -> bytes:
    """The first object of ``data`` whole, tag and length included, without what is behind it. Raises
    ``GarbledCardError``."""
    _, at = _tag(data, 0)
    length, at = _length(data, at)
    if at + length > len(data):
        raise GarbledCardError("a TLV that is cut off")
    return data[: at + length]


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        tag, at = _tag(data, at)
        length, at = _length(data, at)
        if at + length > len(data):
            raise GarbledCardError("a TLV that is cut off")
        yield tag, data[at : at + length]
        at += length


def encode(tag: int, content: bytes) -> bytes:
    """One data object, its length in the shortest form."""
    size = len(content)
    if size < 0x80:
        length = bytes((size,))
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes((0x80 | len(digits),)) + digits
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + content


def _tag(data: bytes, at: int) -> tuple[int, int]:
    start = at
    more = data[at] & 0x1F == 0x1F
    at += 1
    while more:
        if at >= len(data) or at - start >= MAX_TAG_BYTES:
            raise GarbledCardError("a TLV tag without end")
        more = data[at] & 0x80 != 0
        at += 1
    return int.from_bytes(data[start:at], "big"), at


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise GarbledCardError("a TLV without length")
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if not 1 <= count <= MAX_LENGTH_BYTES or at + count > len(data):
        raise GarbledCardError("a TLV length that cannot be")
    return int.from_bytes(data[at : at + count], "big"), at + count
