"""``kiosk admin``: key, piv, piv-ca, crl."""

from __future__ import annotations

from kiosk.cli.admin_leaf import Things


def configure(things: Things) -> None:
    """Declare the words."""
