"""What a check of a PIN took is given back to the machine (mallopt(3)).

glibc asks the system for a block as large as Argon2id's 19 MiB and gives it back when it is freed. But with the first
such block it raises the limit from which it does so. From then on every thread keeps its own. A fixed limit stays.
"""

from __future__ import annotations

import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
THRESHOLD = 1 << 20
ARENAS = 2


def give_back() -> bool:
    """For this process, from now on. False where the C library has no such settings."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all(mallopt(what, value) == 1 for what, value in ((M_MMAP_THRESHOLD, THRESHOLD), (M_ARENA_MAX, ARENAS)))
