"""X authority files, made without a program that would show the cookie among its arguments. [Xsecurity(7)]"""

from __future__ import annotations

import os
import struct

NAME = b"MIT-MAGIC-COOKIE-1"
_ANY, _LOCAL = 0xFFFF, 256
"""Families of an entry: FamilyWild holds for every display, FamilyLocal for one host name's."""


def new() -> bytes:
    """128 bits that nobody can guess."""
    return os.urandom(16)


def write(path: str, cookie: bytes, host: str, display: int) -> None:
    """An authority file with ``cookie`` for ``display`` on ``host``, for its owner's eyes. Raises ``OSError``.

    The entry for any display comes second: not every client's library knows what it means.
    """
    entries = _entry(_LOCAL, host.encode(), str(display).encode(), cookie) + _entry(_ANY, b"", b"", cookie)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, entries)
    finally:
        os.close(descriptor)


def _entry(family: int, *parts: bytes) -> bytes:
    address, number, data = parts
    return struct.pack(">H", family) + b"".join(
        struct.pack(">H", len(part)) + part for part in (address, number, NAME, data)
    )
