"""A phone's camera before the workstation's screen: what a QR code on it says (ISO/IEC 18004:2015).

The picture comes from the screen itself, so nothing is bent, blurred or torn: every module is a whole number of pixels,
pure black or pure white, and no error has to be corrected. A real camera has to do more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import cast

from PySide6.QtGui import QImage
from segno import consts

FINDER = 7
"""Modules of a finder pattern's side (section 5.3.3)."""
MIN_MODULE = 3
"""Pixels; smaller ones no phone would read either."""
BYTES = 0b0100
"""The mode of our addresses (table 2)."""
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0,
    lambda i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)
"""By their number, whether a module of row ``i`` and column ``j`` is turned over (table 10)."""
_FORMAT_MASK = 0b101010000010010
_FORMAT_PLACES = (*((8, j) for j in (0, 1, 2, 3, 4, 5, 7, 8)), *((i, 8) for i in (7, 5, 4, 3, 2, 1, 0)))
"""Of the format's fifteen bits, the highest first (section 7.9.1)."""
_LEVELS = {
    0b01: consts.ERROR_LEVEL_L,
    0b00: consts.ERROR_LEVEL_M,
    0b11: consts.ERROR_LEVEL_Q,
    0b10: consts.ERROR_LEVEL_H,
}

Modules = Sequence[Sequence[bool]]


def scanned(picture: Path) -> str:
    """What the QR code in ``picture`` says; empty where there is none that can be read."""
    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_Grayscale8)
    lines = [bytes(cast(memoryview, image.constScanLine(y)))[: image.width()] for y in range(image.height())]
    for modules in _codes(lines):
        if said := read_modules(modules):
            return said
    return ""


def _codes(lines: Sequence[bytes]) -> Iterator[list[list[bool]]]:
    """Whatever stands between two finder patterns side by side: true where it is dark."""
    for y, line in enumerate(lines):
        runs = [match.span() for match in re.finditer(rb"\x00{%d,}" % (FINDER * MIN_MODULE), line)]
        for left, right in combinations(runs, 2):
            wide, whole = left[1] - left[0], right[1] - left[0]
            module = wide // FINDER
            side = whole // module
            fits = wide == right[1] - right[0] == module * FINDER and whole == side * module
            if fits and side >= 21 and (side - 17) % 4 == 0 and y + whole <= len(lines):
                middles = [module * n + module // 2 for n in range(side)]
                yield [[lines[y + down][left[0] + across] == 0 for across in middles] for down in middles]


def read_modules(modules: Modules) -> str:
    """What a whole code says, row by row from the top; empty where it is none of ours."""
    bits = 0
    for i, j in _FORMAT_PLACES:
        bits = bits << 1 | modules[i][j]
    kind = (bits ^ _FORMAT_MASK) >> 10
    version = (len(modules) - 17) // 4
    words = _codewords(modules, version, kind & 0b111)
    data = _in_order(words, _blocks(version, kind >> 3))
    return _text(data, 8 if version < 10 else 16)


def _codewords(modules: Modules, version: int, mask: int) -> bytes:
    """From the lower right corner, two columns at a time, up and down (section 7.7.3)."""
    side = len(modules)
    turned, taken = _MASKS[mask], _patterns(version)
    bits: list[bool] = []
    columns = [column if column > 6 else column - 1 for column in range(side - 1, 0, -2)]
    for number, right in enumerate(columns):
        rows = range(side) if number % 2 else range(side - 1, -1, -1)
        bits += [modules[i][j] != turned(i, j) for i in rows for j in (right, right - 1) if (i, j) not in taken]
    whole = len(bits) // 8 * 8
    return bytes(int("".join("01"[bit] for bit in bits[at : at + 8]), 2) for at in range(0, whole, 8))


def _patterns(version: int) -> set[tuple[int, int]]:
    """Where no data stands: finders with format and version, timing, alignment."""
    side = version * 4 + 17
    taken = {(i, j) for i in range(9) for j in (*range(9), *range(side - 8, side))}
    taken |= {(i, j) for i in range(side - 8, side) for j in range(9)}
    taken |= {(6, n) for n in range(side)} | {(n, 6) for n in range(side)}
    if version >= 7:
        taken |= {(i, j) for i in range(6) for j in range(side - 11, side - 8)}
        taken |= {(j, i) for i in range(6) for j in range(side - 11, side - 8)}
    middles = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    corners = {(6, 6), (6, side - 7), (side - 7, 6)}
    for y, x in {(y, x) for y in middles for x in middles} - corners:
        taken |= {(i, j) for i in range(y - 2, y + 3) for j in range(x - 2, x + 3)}
    return taken


def _blocks(version: int, level: int) -> list[int]:
    """How many bytes of data each block has (table 9)."""
    tables = cast(Mapping[int, Mapping[int, Sequence[tuple[int, int, int]]]], consts.ECC)
    return [data for blocks, _, data in tables[version][_LEVELS[level]] for _ in range(blocks)]


def _in_order(words: bytes, lengths: Sequence[int]) -> bytes:
    """The data of the blocks one after another, as they were before they were mixed (section 7.6)."""
    blocks: list[list[int]] = [[] for _ in lengths]
    coming = iter(words)
    for at in range(max(lengths)):
        for block, length in zip(blocks, lengths, strict=True):
            if at < length:
                block.append(next(coming))
    return bytes(word for block in blocks for word in block)


def _text(data: bytes, counts: int) -> str:
    """The first part, where it is bytes; ``counts``: bits that say how many (table 3)."""
    whole, bits = int.from_bytes(data), len(data) * 8
    if whole >> (bits - 4) != BYTES:
        return ""
    length = whole >> (bits - 4 - counts) & (1 << counts) - 1
    rest = bits - 4 - counts - length * 8
    if rest < 0:
        return ""
    return (whole >> rest & (1 << length * 8) - 1).to_bytes(length).decode(errors="replace")
