"""From what a keyboard-wedge reader typed to the badge's number, step by step, by the format in the settings.

The number is what ``model.badge`` makes of it, so that a badge is one at every kind of reader. Of a Wiegand number it
is all bits with their parity, or the part that the format names, zeros in front up to whole bytes and to four of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.model import badge
from kiosk.model.badge import MIN_BYTES, NumberFault, NumberSource
from kiosk.model.counted import counted
from kiosk.model.wedge import MAX_TYPED, SEPARATORS, WedgeFormat
from kiosk.model.wedge_layouts import BitLayout, Named

_DIGITS = {"hex": "0123456789abcdefABCDEF", "decimal": "0123456789", "binary": "01"}
_BASES = {"hex": 16, "decimal": 10, "binary": 2}
_BY = {"hex": "hexadecimal", "decimal": "decimal", "binary": "binary"}
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Step:
    """``what`` was done, and what it gave."""

    what: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decoded:
    """``number``: upper-case hex, as ``UidPresented``; empty where ``fault`` says, in a sentence, what failed.

    ``final``: it is in this format, and can be no badge; by another it would be somebody else's. ``source``: by the
    format.
    """

    steps: tuple[Step, ...]
    number: str = field(default="", repr=False)
    fault: str = ""
    final: bool = False
    source: NumberSource = "uid"


class _DecodeError(Exception):
    """The message is a sentence; it repeats nothing that was typed."""

    final = False


class _NoBadgeError(_DecodeError):
    final = True


def decode(made: WedgeFormat, text: str) -> Decoded:
    """What ``text``, typed without its Enter, is by ``made``. Raises nothing."""
    steps = [Step("typed", text)]
    source: NumberSource = "uid" if made.layout is None else "layout"
    try:
        number = _number(made, _bare(made, text), steps)
        kept = badge.canonical(number)
        if kept != number:
            steps.append(Step("the byte E0 of ISO 15693 to the front", kept.hex().upper()))
        _usable(kept, source)
    except _DecodeError as failed:
        return Decoded(tuple(steps), fault=str(failed), final=failed.final, source=source)
    steps.append(Step("badge number", kept.hex().upper()))
    return Decoded(tuple(steps), kept.hex().upper(), source=source)


def decode_first(formats: Sequence[WedgeFormat], text: str) -> Decoded | None:
    """By the first of ``formats`` that it is possible by; None if by none."""
    first = next((found for found in (decode(made, text) for made in formats) if found.number or found.final), None)
    return first if first is not None and first.number else None


def alphabet(formats: Sequence[WedgeFormat]) -> frozenset[str]:
    """The characters that readers of ``formats`` type."""
    return frozenset("".join(made.before + made.after + SEPARATORS + _DIGITS[_base(made)] for made in formats))


def _base(made: WedgeFormat) -> str:
    named = made.named
    base = named.base if named is not None else made.typed
    return "decimal" if base in ("parts", "facility_card", "card") else base


def _bare(made: WedgeFormat, text: str) -> str:
    """Without what is typed around it."""
    if len(text) > MAX_TYPED:
        raise _DecodeError(f"More than {MAX_TYPED} characters were typed.")
    if not text.startswith(made.before):
        raise _DecodeError(f"It does not begin with “{made.before}”, as “before” says.")
    rest = text[len(made.before) :]
    if not rest.endswith(made.after):
        raise _DecodeError(f"It does not end with “{made.after}”, as “after” says.")
    rest = rest[: len(rest) - len(made.after)].strip(" ")
    if made.length and len(rest) != made.length:
        raise _DecodeError(
            f"{counted(len(rest), 'character is', 'characters are')} left, not {made.length}, as “length” says."
        )
    return rest


def _number(made: WedgeFormat, text: str, steps: list[Step]) -> bytes:
    layout, named = made.layout, made.named
    if layout is not None:
        return _part(made, layout, _wiegand(made, layout, text, steps), steps)
    if named is not None and named.base == "parts":
        bits = _joined(_numbers(text, named.parts), named.parts, ("first number", "second number"))
        number = int(bits, 2).to_bytes(len(bits) // 8, "big")
    else:
        number = _bytes(made, named, text)
    steps.append(Step(f"{counted(len(number), 'byte')}", number.hex().upper()))
    number = _turned(made, number, steps)
    if made.front:
        number = bytes.fromhex(made.front) + number
        steps.append(Step(f"{made.front.upper()} in front", number.hex().upper()))
    return number


def _bytes(made: WedgeFormat, named: Named | None, text: str) -> bytes:
    """The bytes that a chip's number is typed as."""
    digits, value = _digits(_base(made), text)
    if named is not None and len(digits) != named.length:
        raise _DecodeError(f"“{made.typed}” has {named.length} digits; there are {len(digits)}.")
    per_byte = {"hex": 2, "binary": 8}.get(_base(made), 0)
    if not made.width and len(digits) % per_byte:
        are = counted(len(digits), "digit is", "digits are")
        raise _DecodeError(f"{are} no whole bytes: a zero in front may be missing. Give “bytes”.")
    size = made.width or len(digits) // per_byte
    if value >= 1 << 8 * size:
        raise _DecodeError(f"The number is too large for {counted(size, 'byte')}.")
    return value.to_bytes(size, "big")


def _digits(base: str, text: str) -> tuple[str, int]:
    digits = "".join(character for character in text if character not in SEPARATORS)
    if not digits or not set(digits) <= set(_DIGITS[base]):
        raise _DecodeError(f"Not all of it is {_BY[base]} digits." if digits else "There is no digit in it.")
    return digits, int(digits, _BASES[base])


def _turned(made: WedgeFormat, number: bytes, steps: list[Step]) -> bytes:
    """In the card's own order."""
    if made.reversed == "no":
        return number
    if made.reversed in ("bits", "both"):
        number = number.translate(_MIRRORED)
    if made.reversed in ("bytes", "both"):
        number = number[::-1]
    what = {"bytes": "bytes", "bits": "bits of each byte", "both": "all bits"}[made.reversed]
    steps.append(Step(f"order of the {what} turned round", number.hex().upper()))
    return number


def _wiegand(made: WedgeFormat, layout: BitLayout, text: str, steps: list[Step]) -> str:
    """All bits, parity good."""
    if made.typed in ("facility_card", "card"):
        bits = _with_parity(layout, _of_fields(made, layout, text, steps))
        steps.append(Step(f"{layout.bits} bits, parity made", bits))
        return bits
    width = layout.bits if made.parity else len(layout.data)
    bits = _raw(made, width, text, steps)
    steps.append(Step(f"{width} bits", bits))
    if not made.parity:
        bits = _with_parity(layout, bits)
        steps.append(Step(f"{layout.bits} bits, parity made", bits))
    for parity in layout.parity:
        if bits[parity.at - 1] != parity.wanted(bits):
            kind = "odd" if parity.odd else "even"
            raise _DecodeError(
                f"The parity is wrong: bit {parity.at} makes its bits not {kind}. Misread, or another format."
            )
    if layout.parity and made.parity:
        steps.append(Step("parity", "good"))
    return bits


def _raw(made: WedgeFormat, width: int, text: str, steps: list[Step]) -> str:
    """The typed number as ``width`` bits, in the card's own order."""
    digits, value = _digits(_base(made), text)
    if made.typed == "binary" and len(digits) != width:
        raise _DecodeError(f"{counted(len(digits), 'bit was', 'bits were')} typed; a “{made.card}” has {width}.")
    if made.reversed in ("bytes", "bits"):
        size = max(-(-width // 8), -(-value.bit_length() // 8))
        value = int.from_bytes(_turned(made, value.to_bytes(size, "big"), steps), "big")
    if value >> width:
        raise _DecodeError(f"The number has {counted(value.bit_length(), 'bit')}; a “{made.card}” has {width}.")
    bits = f"{value:0{width}b}"
    if made.reversed == "both":
        bits = bits[::-1]
        steps.append(Step("order of all bits turned round", bits))
    return bits


def _of_fields(made: WedgeFormat, layout: BitLayout, text: str, steps: list[Step]) -> dict[int, str]:
    """The bits of facility code and card number, by their place."""
    parts = [layout.card] if made.typed == "card" else [layout.facility or (1, 0), layout.card]
    widths = tuple(last - first + 1 for first, last in parts)
    typed = _numbers(text, widths)
    if made.typed == "card" and layout.facility is not None:
        parts, typed = [layout.facility, *parts], [int(made.facility or 0), *typed]
        widths = (layout.facility[1] - layout.facility[0] + 1, *widths)
    names = ("card number",) if len(parts) == 1 else ("facility code", "card number")
    steps.append(Step(" and ".join(names), ", ".join(map(str, typed))))
    bits = _joined(typed, widths, names)
    places = [bit for first, last in parts for bit in range(first, last + 1)]
    return dict(zip(places, bits, strict=True))


def _numbers(text: str, widths: tuple[int, ...]) -> list[int]:
    """The decimal numbers in ``text``; without anything between them, all but the first have all their digits."""
    found = [part for part in re.split(f"[{re.escape(SEPARATORS)}]+", text) if part]
    if not found or not all(part.isascii() and part.isdigit() for part in found):
        raise _DecodeError("Not all of it is decimal digits.")
    if len(found) == 1 and len(widths) == 2:
        digits = len(str(2 ** widths[1] - 1))
        found = [found[0][:-digits], found[0][-digits:]]
    if len(found) != len(widths) or not all(found):
        raise _DecodeError(f"There must be {counted(len(widths), 'number')}; they cannot be told apart.")
    return [int(part) for part in found]


def _joined(numbers: Sequence[int], widths: Sequence[int], names: Sequence[str]) -> str:
    for number, width, name in zip(numbers, widths, names, strict=True):
        if number >> width:
            raise _DecodeError(f"The {name} is more than {2**width - 1}.")
    return "".join(f"{number:0{width}b}" for number, width in zip(numbers, widths, strict=True))


def _with_parity(layout: BitLayout, data: str | dict[int, str]) -> str:
    """All bits of a card, of which those that are no parity are given."""
    places = dict(zip(layout.data, data, strict=True)) if isinstance(data, str) else data
    bits = [places.get(bit, "0") for bit in range(1, layout.bits + 1)]
    for parity in layout.parity:
        bits[parity.at - 1] = parity.wanted("".join(bits))
    return "".join(bits)


def _part(made: WedgeFormat, layout: BitLayout, bits: str, steps: list[Step]) -> bytes:
    """The part that is the badge's number, in bytes; the facility code is looked at first."""
    card, facility = _cut(bits, layout.card), _cut(bits, layout.facility) if layout.facility else ""
    if made.typed not in ("facility_card", "card"):
        said = f"{int(facility, 2)}, {int(card, 2)}" if facility else str(int(card, 2))
        steps.append(Step("facility code and card number" if facility else "card number", said))
    if facility and made.facility and int(facility, 2) != int(made.facility):
        raise _DecodeError(f"Its facility code is not {int(made.facility)}: a card of somebody else's.")
    part = {"whole": bits, "card": card, "facility_card": facility + card}[made.number]
    number = int(part, 2).to_bytes(max(MIN_BYTES, -(-len(part) // 8)), "big")
    steps.append(Step(f"{made.number.replace('_', ' and ')} in {counted(len(number), 'byte')}", number.hex().upper()))
    return number


def _cut(bits: str, part: tuple[int, int]) -> str:
    return bits[part[0] - 1 : part[1]]


def _usable(number: bytes, source: NumberSource) -> None:
    match badge.fault(number, source):
        case NumberFault.SIZE:
            least, most = badge.MIN_BYTES, badge.MAX_BYTES
            raise _DecodeError(f"A badge's number has {least} to {most} bytes; this one has {len(number)}.")
        case NumberFault.RANDOM:
            raise _NoBadgeError("The card makes up a new number at every tap: it can be no badge.")
        case NumberFault.BLANK if source == "layout":
            raise _NoBadgeError("All its bits are 0, as of a card that nobody has programmed.")
        case NumberFault.BLANK:
            raise _NoBadgeError("All its bytes are 00 or FF: the reader has read nothing.")
        case None:  # pragma: no branch - every fault is named above, as the type checker sees
            pass
