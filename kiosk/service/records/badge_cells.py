"""The badge's number in a cell of a list: what spreadsheets and readers' programs put around it, and do to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kiosk.model.wedge import WedgeFormat
from kiosk.service.store import badge_number
from kiosk.service.store.badge_number import InvalidBadgeNumberError

_MARK = "'"
"""A spreadsheet's own mark for what is text."""
_LOST = re.compile(r"[0-9]([.,][0-9]+)?[Ee][+]?[0-9]+")
"""A large decimal number as spreadsheets write it: ``1.2E+13``, or without the sign by other programs.

Without a point and a plus it may be hex (``4E05``).
"""

_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
"""What programs make of a hyphen."""


def bare(text: str) -> str:
    """The number alone, empty for none."""
    return re.sub("^0[xX]", "", text.removeprefix(_MARK).translate(_HYPHENS))


def read(text: str, formats: Sequence[WedgeFormat]) -> bytes:
    """``text`` by ``formats``, or in hex. Raises ``InvalidBadgeNumberError``."""
    plain = "".join(c for c in text if c not in ":- ") if not formats else ""
    if len(plain) % 2 and re.fullmatch("[0-9A-Fa-f]+", plain):
        raise InvalidBadgeNumberError(
            "This has an odd number of hex digits: a spreadsheet may have dropped a zero in front. Mark it as text."
        )
    if _LOST.fullmatch(text) and not text.isalnum():
        raise InvalidBadgeNumberError(
            "A spreadsheet has made a decimal number of this, and its digits are lost. Mark the column as text."
        )
    return badge_number.parse_as(text, formats)
