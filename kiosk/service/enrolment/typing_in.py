"""What code apps and recovery codes have in common: they are read from a screen and typed."""

from __future__ import annotations

_DROPPED = str.maketrans("", "", " -–—\u00a0")


def plain(typed: str) -> str:
    """``typed`` without the spaces and hyphens by which a code is easier to read."""
    return typed.translate(_DROPPED)


def grouped(text: str) -> str:
    """``text`` in groups of four characters."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
