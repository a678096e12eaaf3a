"""Where fonts, icons, sounds, translations and default policy lie: in the checkout, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).parent / "_resources"
_CHECKOUT = Path(__file__).parent.parent / "resources"


def resource(*parts: str) -> Path:
    """The path of one resource, e.g. ``resource("fonts", "x.ttf")``. It need not exist."""
    base = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return base.joinpath(*parts)
