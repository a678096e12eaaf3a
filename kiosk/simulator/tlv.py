"""BER-TLV as PIV data objects use it (ISO/IEC 7816-4 section 5.2.2). Errors: ``TlvSyntaxError``."""

from __future__ import annotations


class TlvSyntaxError(Exception):
    """The bytes are no sequence of data objects."""


def tlv(tag: int, value: bytes = b"") -> bytes:
    """One data object; ``tag`` as it is written, of one to three bytes."""
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    else:
        length = b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value


def parse(data: bytes) -> dict[int, bytes]:
    """The data objects in ``data``, by tag. Raises ``TlvSyntaxError``, also for a tag that comes twice."""
    found: dict[int, bytes] = {}
    position = 0
    try:
        while position < len(data):
            tag, position = _tag(data, position)
            length, position = _length(data, position)
            if position + length > len(data) or tag in found:
                raise TlvSyntaxError
            found[tag] = data[position : position + length]
            position += length
    except IndexError as error:
        raise TlvSyntaxError from error
    return found


def _tag(data: bytes, position: int) -> tuple[int, int]:
    tag = data[position]
    position += 1
    if tag & 0x1F == 0x1F:
        more = True
        while more:
            more = bool(data[position] & 0x80)
            tag = tag << 8 | data[position]
            position += 1
    return tag, position


def _length(data: bytes, position: int) -> tuple[int, int]:
    first = data[position]
    position += 1
    if first < 0x80:
        return first, position
    count = first & 0x7F
    if count not in (1, 2, 3) or position + count > len(data):
        raise TlvSyntaxError
    return int.from_bytes(data[position : position + count], "big"), position + count
