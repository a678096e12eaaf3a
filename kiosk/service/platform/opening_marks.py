"""By what a patient or resource is found again: a keyed hash of how it reads, beside each opening of the trail.

HMAC-SHA-256 (RFC 2104) under the keys of badge numbers, which are not in the database, with a label of its own: an
index of marks says nothing to whoever copies the database, and goes with the opening when that is erased.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping

LABEL = b"kiosk/opening-mark/v1\x00"


def folded(value: str) -> str:
    """How ``value`` reads: compatibility forms, case, blanks, characters that nobody sees and the script of its digits
    make no difference (Unicode Standard Annex 15, NFKC; Unicode 3.13, caseless matching)."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    seen = (_digit(character) for character in plain if unicodedata.category(character) != "Cf")
    return " ".join("".join(seen).split())


def _digit(one: str) -> str:
    number = unicodedata.decimal(one, None)
    return one if number is None else str(number)


class OpeningMarks:
    """``by_id``: keys by id; new marks are made under ``current``."""

    def __init__(self, current: str, by_id: Mapping[str, bytes]) -> None:
        self._current = current
        self._keys = dict(by_id)

    def __repr__(self) -> str:
        return f"OpeningMarks({self._current})"

    def mark(self, value: str) -> bytes:
        """The mark of ``value``, 32 bytes."""
        return self._under(self._current, folded(value))

    def marks(self, value: str) -> list[bytes]:
        """Its mark under every key: an opening has one of them."""
        plain = folded(value)
        return [self._under(key_id, plain) for key_id in self._keys]

    def _under(self, key_id: str, plain: str) -> bytes:
        return hmac.digest(self._keys[key_id], LABEL + plain.encode("utf-8", "surrogatepass"), "sha256")
