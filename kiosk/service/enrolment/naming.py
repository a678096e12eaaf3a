"""Names of new keys and cards: what it is, and a number where they have another such one."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count


def fresh(base: str, taken: Collection[str]) -> str:
    """``base``, else ``base 2``, ``base 3``, …: the first that is not ``taken``."""
    return next(name for name in (base if n == 1 else f"{base} {n}" for n in count(1)) if name not in taken)
