"""Where the members of a CBOR map begin and end (RFC 8949 section 3), so that one need not make sense to read another.

A library decodes a whole map or nothing: a date that is none, in a member that nobody asks for, would hide the others.
"""

from __future__ import annotations

MAX_DEPTH = 32
"""CTAP's own messages are nested four deep at most (CTAP 2.2 section 8)."""
_UNSIGNED, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = 0, 2, 3, 4, 5, 6
_OPEN = 31
"""Additional information of what has no length and ends with a break."""
_BREAK = 0xFF


class _MalformedError(ValueError):
    """It is not CBOR."""


def members(data: bytes) -> dict[int, bytes] | None:
    """The members of the map that ``data`` begins with whose keys are small numbers, each value as CBOR.

    None if it is no map. The first of two members of one key counts; what is behind the map is not looked at.
    """
    try:
        major, count, at = _head(data, 0)
        if major != _MAP:
            return None
        found: dict[int, bytes] = {}
        while data[at] != _BREAK if count is None else count > 0:
            key, value = at, _end(data, at)
            at = _end(data, value)
            kind, number, _ = _head(data, key)
            if kind == _UNSIGNED and number is not None:
                found.setdefault(number, data[value:at])
            count = None if count is None else count - 1
    except (_MalformedError, IndexError):
        return None
    return found


def _head(data: bytes, at: int) -> tuple[int, int | None, int]:
    """Major type, argument (None for what has no length), and where the rest begins."""
    major, told = data[at] >> 5, data[at] & 0x1F
    if told < 24:
        return major, told, at + 1
    if told == _OPEN and _BYTES <= major <= _MAP:
        return major, None, at + 1
    if told > 27:
        raise _MalformedError
    end = at + 1 + (1 << (told - 24))
    if end > len(data):
        raise _MalformedError
    return major, int.from_bytes(data[at + 1 : end], "big"), end


def _end(data: bytes, at: int, depth: int = 0) -> int:
    """Where the item at ``at`` ends."""
    if depth > MAX_DEPTH:
        raise _MalformedError
    major, count, at = _head(data, at)
    if major in (_BYTES, _TEXT) and count is not None:
        if at + count > len(data):
            raise _MalformedError
        return at + count
    if count is None:
        while data[at] != _BREAK:
            at = _end(data, at, depth + 1)
        return at + 1
    inside = {_ARRAY: count, _MAP: 2 * count, _TAG: 1}.get(major, 0)
    for _ in range(inside):
        at = _end(data, at, depth + 1)
    return at
