"""Whether a keyboard-wedge reader's format is possible; what is not is named by the setting to mend."""

from __future__ import annotations

from typing import NoReturn

from kiosk.model.badge import MAX_BYTES, MIN_BYTES
from kiosk.model.wedge import MAX_TYPED, MIN_TYPED, WedgeFormat, WedgeFormatError
from kiosk.model.wedge_layouts import LAYOUTS, MAX_BITS, BitLayout, Parity

_OWN = ("bits", "facility_bits", "card_bits", "even", "odd")
_HEX = frozenset("0123456789abcdefABCDEF")


def check(made: WedgeFormat) -> None:
    """Raises ``WedgeFormatError`` with the first thing that is impossible."""
    _texts(made)
    layout = made.layout
    if layout is None:
        _uid(made)
    else:
        _bits(made, layout)
    if made.length and not MIN_TYPED <= made.length <= MAX_TYPED:
        _no(f"“length” must be from {MIN_TYPED} to {MAX_TYPED}, not {made.length}: fewer could be a person's typing.")
    if made.named is not None and made.length not in (0, made.named.length):
        _no(f"“{made.typed}” has {made.named.length} digits, not “length” = {made.length}.")


def _texts(made: WedgeFormat) -> None:
    for name in ("before", "after"):
        text: str = getattr(made, name)
        if not (text.isascii() and (not text or text.isprintable()) and len(text) <= 8):
            _no(f"“{name}” must be at most 8 characters of ASCII that a reader types.")
    if made.facility and not (made.facility.isascii() and made.facility.isdigit() and len(made.facility) <= 12):
        _no(f"“facility” must be a facility code in decimal, not “{made.facility}”.")
    if len(made.front) % 2 or not set(made.front) <= _HEX or len(made.front) > 2 * MAX_BYTES:
        _no(f"“front” must be hex of whole bytes, such as 0F, not “{made.front}”.")
    if made.card != "bits" and any(getattr(made, name) for name in _OWN):
        _no(f"{', '.join(_OWN)} describe a layout of your own: they go with card = “bits”, not “{made.card}”.")


def _uid(made: WedgeFormat) -> None:
    if made.typed in ("facility_card", "card"):
        _no(f"typed = “{made.typed}” needs a card with a facility code or card number: {', '.join(LAYOUTS)}, bits.")
    if made.number != "whole" or made.facility or not made.parity:
        _no("A “uid” has no parts and no parity: number, facility and parity go with a Wiegand layout as “card”.")
    if made.named is not None and made.bytes not in (0, made.named.bytes):
        _no(f"“{made.typed}” stands for {made.named.bytes} bytes, not “bytes” = {made.bytes}.")
    if made.bytes > MAX_BYTES:
        _no(f"“bytes” must be at most {MAX_BYTES}, not {made.bytes}.")
    if made.named is not None and made.named.base == "parts" and made.reversed != "no":
        _no(f"“{made.typed}” is two numbers: no order in it can be “reversed”.")
    front = len(made.front) // 2
    if made.width and not MIN_BYTES <= made.width + front <= MAX_BYTES:
        _no(
            f"A badge's number has {MIN_BYTES} to {MAX_BYTES} bytes; {made.width} are typed, {front} are in “front”. "
            "Give in “front” those that the reader leaves out, 00 where nobody knows them."
        )


def _bits(made: WedgeFormat, layout: BitLayout) -> None:
    if made.named is not None:
        _no(f"“{made.typed}” is how a chip's own number is typed: it goes with card = “uid”, not “{made.card}”.")
    if made.bytes or made.front:
        _no(f"“bytes” and “front” go with card = “uid”: a “{made.card}” has {layout.bits} bits.")
    if made.typed in ("facility_card", "card") and (made.reversed != "no" or not made.parity):
        _no(f"typed = “{made.typed}” has no bits: nothing in it can be “reversed”, and no parity is left out.")
    if layout.facility is None and (made.facility or made.typed == "facility_card" or made.number == "facility_card"):
        _no(f"A “{made.card}” has no facility code.")
    if layout.facility and made.typed == "card" and made.number != "card" and not made.facility:
        _no("Only the card number is typed: give the “facility” code, or number = “card” if numbers are never twice.")
    if layout.facility and made.facility and int(made.facility) >= 2 ** _width(layout.facility):
        most = 2 ** _width(layout.facility) - 1
        _no(f"The facility code of a “{made.card}” is at most {most}, not {made.facility}.")


def own_layout(made: WedgeFormat) -> BitLayout:
    """The layout that the settings describe. Raises ``WedgeFormatError``."""
    if not MIN_TYPED <= made.bits <= MAX_BITS:
        _no(f"“bits” must be from {MIN_TYPED} to {MAX_BITS}, not {made.bits}.")
    facility = _range("facility_bits", made.facility_bits, made.bits) if made.facility_bits else None
    parity = [_parity(name, text, made.bits) for name in ("even", "odd") for text in getattr(made, name)]
    if len({parity_bit.at for parity_bit in parity}) != len(parity):
        _no("Two parity bits are at the same place.")
    if any(parity_bit.at in parity_bit.over for parity_bit in parity):
        _no("A parity bit counts itself.")
    return BitLayout(made.bits, _range("card_bits", made.card_bits, made.bits), facility, _in_order(parity))


def _in_order(parity: list[Parity]) -> tuple[Parity, ...]:
    """Those first that count no other that is still to be made."""
    left, done = list(parity), list[Parity]()
    while left:
        open_ = {reading.at for reading in left}
        ready = next((reading for reading in left if not open_.intersection(reading.over)), None)
        if ready is None:
            _no("Two parity bits count each other.")
        left.remove(ready)
        done.append(ready)
    return tuple(done)


def _parity(name: str, text: str, bits: int) -> Parity:
    at, _, over = text.partition(":")
    counted = tuple(bit for part in over.split() for bit in range(*_ends(name, part, bits)))
    place, end = _ends(name, at.strip(), bits)
    if end - place != 1 or not counted:
        _no(f"“{name}” must be the parity bit and those that it counts, such as 1: 2-13, not “{text}”.")
    return Parity(name == "odd", place, counted)


def _range(name: str, text: str, bits: int) -> tuple[int, int]:
    first, end = _ends(name, text, bits)
    return first, end - 1


def _ends(name: str, text: str, bits: int) -> tuple[int, int]:
    """First bit, and the one after the last."""
    first, dash, last = text.partition("-")
    numbers = (first, last if dash else first)
    known = all(number.isascii() and number.isdigit() and len(number) <= 3 for number in numbers)
    low, high = (int(numbers[0]), int(numbers[1])) if known else (0, 0)
    if not 1 <= low <= high <= bits:
        _no(f"“{name}” must name bits from 1 to {bits}, such as 2-9, not “{text}”.")
    return low, high + 1


def _width(part: tuple[int, int]) -> int:
    return part[1] - part[0] + 1


def _no(sentence: str) -> NoReturn:
    raise WedgeFormatError(sentence)
