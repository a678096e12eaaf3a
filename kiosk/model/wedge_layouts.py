"""Where the bits of a card's number are, and the styles in which manuals say that it is typed.

Bits are counted from 1, the first one sent. The layouts H103xx are HID's open Wiegand formats, C1000 its Corporate 1000
of 35 and 48 bits, whose facility code is a company's. Names such as 8H10D are those of 125 kHz readers' manuals: so
many hex digits of the card's ten (EM4100), written with so many decimal digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.badge import MAX_BYTES

MAX_BITS = 8 * MAX_BYTES


@dataclass(frozen=True, slots=True)
class Named:
    """A style of the manuals. ``parts``: bits of each decimal number in it. ``length``: digits in all."""

    base: Literal["hex", "decimal", "parts"]
    bytes: int
    length: int
    parts: tuple[int, ...] = ()


NAMED = {
    "10H": Named("hex", 5, 10),
    "10H13D": Named("decimal", 5, 13),
    "8H10D": Named("decimal", 4, 10),
    "6H8D": Named("decimal", 3, 8),
    "2H4H5D": Named("parts", 3, 8, (8, 16)),
    "4H5D4H5D": Named("parts", 4, 10, (16, 16)),
}


@dataclass(frozen=True, slots=True)
class Parity:
    """Bit ``at`` makes the ones among it and ``over`` even, or odd."""

    odd: bool
    at: int
    over: tuple[int, ...]

    def wanted(self, bits: str) -> str:
        """What bit ``at`` must be."""
        ones = sum(bits[bit - 1] == "1" for bit in self.over)
        return str((ones + self.odd) % 2)


@dataclass(frozen=True, slots=True)
class BitLayout:
    """Where a card's bits are. ``facility``, ``card``: first and last bit."""

    bits: int
    card: tuple[int, int]
    facility: tuple[int, int] | None = None
    parity: tuple[Parity, ...] = ()

    @property
    def data(self) -> tuple[int, ...]:
        """The bits that are no parity."""
        kept = {parity.at for parity in self.parity}
        return tuple(bit for bit in range(1, self.bits + 1) if bit not in kept)


def _halves(bits: int, last_of_first: int, first_of_second: int) -> tuple[Parity, ...]:
    """Even over the first half by the first bit, odd over the second by the last."""
    first, second = range(2, last_of_first + 1), range(first_of_second, bits)
    return Parity(False, 1, tuple(first)), Parity(True, bits, tuple(second))


def _corporate(bits: int, even_from: int, odd_from: int) -> tuple[Parity, ...]:
    """Corporate 1000: pairs of bits of every three by the second bit and the last; then all others by the first."""

    def pairs(begin: int, end: int) -> tuple[int, ...]:
        return tuple(bit for at in range(begin, end, 3) for bit in (at, at + 1))

    second = Parity(False, 2, pairs(even_from, bits - 1))
    last = Parity(True, bits, pairs(odd_from, bits - 2))
    return second, last, Parity(True, 1, tuple(range(2, bits + 1)))


LAYOUTS = {
    "H10301": BitLayout(26, (10, 25), (2, 9), _halves(26, 13, 14)),
    "H10302": BitLayout(37, (2, 36), None, _halves(37, 19, 19)),
    "H10304": BitLayout(37, (18, 36), (2, 17), _halves(37, 19, 19)),
    "C1000-35": BitLayout(35, (15, 34), (3, 14), _corporate(35, 3, 2)),
    "C1000-48": BitLayout(48, (25, 47), (3, 24), _corporate(48, 4, 3)),
    "H10306": BitLayout(34, (18, 33), (2, 17), _halves(34, 17, 18)),
}
