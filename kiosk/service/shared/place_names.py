"""Which place a workstation's text names."""

from __future__ import annotations

import re

_WITHIN = re.compile("[,/]")


def place_of(text: str) -> str:
    """Which place a station's text names: what stands before the first comma or stroke, whatever the case and spaces.

    “Ward 3, bed 12” and “ward 3 / corridor” are one place; a station with nothing there is a place by itself.
    """
    return " ".join(_WITHIN.split(text, maxsplit=1)[0].casefold().split())
