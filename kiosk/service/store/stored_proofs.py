"""A proof as the rows of ceremonies and enrolments remember it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.proof import Method


@dataclass(frozen=True, slots=True)
class StoredProof:
    """One verified proof. ``at``: epoch seconds. ``user``: how a key verified its user. ``hardware``: known to be such.

    ``factor``: mark of what it was given with; None in rows of versions that did not say so.
    """

    method: Method
    at: int
    user: Literal["pin", "builtin"]
    hardware: bool
    factor: str | None = None
