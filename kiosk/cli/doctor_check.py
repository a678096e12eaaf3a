"""One line of ``kiosk doctor``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """``detail``: what was found. ``do``: the next step, empty if there is none; a check may be ok and still advise."""

    name: str
    ok: bool
    detail: str
    do: str = ""
