"""Keeps the kernel's keyrings from a workspace: the words of a seccomp filter for bubblewrap.

No namespace holds them. Every program of this user finds the user's keyring by its serial, reads what the station keeps
there, and leaves in it what another workspace then reads. [keyrings(7), seccomp(2), bwrap(1) --seccomp]
"""

from __future__ import annotations

import errno
import os
import struct

_FIRST_OF = {0xC000003E: 248, 0x40000003: 286, 0xC00000B7: 217, 0x40000028: 309}
"""AUDIT_ARCH_X86_64, _I386, _AARCH64, _ARM → number of add_key; request_key and keyctl follow it."""
_LOAD, _EQUAL, _AT_LEAST, _MORE, _RETURN = 0x20, 0x15, 0x35, 0x25, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_ALLOW, _NO_SUCH_CALL = 0x7FFF0000, 0x00050000 | errno.ENOSYS
_X32 = 0x40000000
"""The same calls once more, under other numbers; nobody uses them."""


def descriptor() -> int:
    """To be read once, and closed. Raises ``OSError``."""
    ours, theirs = os.pipe2(os.O_CLOEXEC)
    try:
        os.write(theirs, program())
    finally:
        os.close(theirs)
    return ours


def program() -> bytes:
    """As of ``struct sock_filter``: the three calls are answered as by a kernel that has none of them."""
    words = [_word(_LOAD, _ARCHITECTURE)]
    for architecture, first in _FIRST_OF.items():
        words += [
            _word(_EQUAL, architecture, 0, 6),
            _word(_LOAD, _NUMBER),
            _word(_AT_LEAST, _X32, 2, 0),
            _word(_AT_LEAST, first, 0, 2),
            _word(_MORE, first + 2, 1, 0),
            _word(_RETURN, _NO_SUCH_CALL),
            _word(_RETURN, _ALLOW),
        ]
    return b"".join([*words, _word(_RETURN, _ALLOW)])


def _word(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)
