"""``python -m tools.drawn_alike``: writes which characters the shipped typeface draws identically (``kiosk.model``).

Outlines are those of what stands on a consent screen: shaped as its values are, in both weights, and as other screens
draw them. To be run after a change of the typeface, of its features in use, or of the characters that are taken.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtGui import QFont, QPainterPath, QTextLayout
from PySide6.QtWidgets import QApplication

from kiosk.model.drawable import broken_rule
from kiosk.model.letters import script_of
from kiosk.ui.parts.asked import distinct
from kiosk.ui.theme import FONT, load_fonts

FILE = Path(__file__).parents[1] / "kiosk" / "model" / "drawn_alike.py"
EM = 2048
"""Pixels: one for a unit of the typeface."""
GRID = 4
"""Of them: what is nearer together than this counts as the same."""
WIDE = 100
"""Letters in a row of the module."""
WEIGHTS = (QFont.Weight.Normal, QFont.Weight.DemiBold)

Outline = tuple[tuple[tuple[int, int], ...], ...]


def characters() -> list[str]:
    """All that any text on a consent screen may have, but the space."""
    everything = map(chr, range(0x21, 0x2200))
    return [letter for letter in everything if broken_rule(letter, "sentence", 1) in (None, "lookalike")]


def fonts(*, told_apart: bool) -> list[QFont]:
    """Of each weight. ``told_apart``: with the features of values on a consent screen."""
    load_fonts()
    made = []
    for weight in WEIGHTS:
        font = QFont(FONT)
        font.setPixelSize(EM)
        font.setWeight(weight)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        made.append(distinct(font) if told_apart else font)
    return made


def outline(text: str, font: QFont) -> Outline:
    """The contours of ``text`` as it is shaped and drawn, each where it stands. Raises ``ValueError`` where another
    typeface would have to draw a part of it."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine().setLineWidth(EM * (len(text) + 1) * 2)
    layout.endLayout()
    found: list[tuple[tuple[int, int], ...]] = []
    for run in layout.glyphRuns():
        raw = run.rawFont()
        if raw.familyName() != FONT:
            raise ValueError(f"{FONT} does not draw all of {text!r}.")
        for glyph, at in zip(run.glyphIndexes(), run.positions(), strict=True):
            found += _contours(raw.pathForGlyph(glyph), at.x(), at.y())
    return tuple(sorted(found))


def _contours(path: QPainterPath, x: float, y: float) -> list[tuple[tuple[int, int], ...]]:
    found: list[list[tuple[int, int]]] = []
    for number in range(path.elementCount()):
        element = path.elementAt(number)
        if element.isMoveTo():
            found.append([])
        found[-1].append((round((element.x + x) / GRID), round((element.y + y) / GRID)))
    return [tuple(contour) for contour in found]


def groups(font: QFont) -> list[list[str]]:
    """Characters that are drawn identically, in order."""
    seen: dict[Outline, list[str]] = {}
    for letter in characters():
        seen.setdefault(outline(letter, font), []).append(letter)
    return [alike for alike in seen.values() if len(alike) > 1]


def same(alike: Iterable[str]) -> list[str]:
    """Of one group what one text may have beside each other: letters of one script, and signs and digits."""
    by_script: dict[str, list[str]] = {}
    for letter in alike:
        by_script.setdefault(script_of(letter) or "", []).append(letter)
    common = by_script.pop("", [])
    found = [common + letters for letters in by_script.values()] or [common]
    return ["".join(group) for group in found if len(group) > 1]


def text() -> str:
    """The module as it should be."""
    told_apart = [alike for font in fonts(told_apart=True) for alike in groups(font)]
    everywhere = told_apart + [alike for font in fonts(told_apart=False) for alike in groups(font)]
    others = [(letter, alike) for alike in everywhere for letter in alike if script_of(letter) in ("Greek", "Cyrillic")]
    latin = {letter for letter, alike in others if any(script_of(o) == "Latin" or o.isdigit() for o in alike)}
    greek = {
        letter for letter, alike in others if script_of(letter) == "Greek" and {*map(script_of, alike)} - {"Greek"}
    }
    made = {group for alike in told_apart for group in same(alike)}
    return _MODULE.format(
        same=", ".join(f'"{group}"' for group in sorted(made)) + ("," if len(made) == 1 else ""),
        latin=_rows(latin),
        greek=_rows(greek),
    )


def _rows(letters: set[str]) -> str:
    """As a string of Python, in as many lines as the formatter leaves alone."""
    row = "".join(sorted(letters))
    parts = [f'"{row[at : at + WIDE]}"' for at in range(0, len(row), WIDE)]
    return parts[0] if len(parts) == 1 else "(\n    " + "\n    ".join(parts) + "\n)"


_MODULE = '''"""Characters that the shipped typeface draws identically.

Made by ``python -m tools.drawn_alike``; not to be edited.
"""

from __future__ import annotations

SAME = ({same})
"""Of one script, or signs, as values on a consent screen are drawn."""
LATIN = {latin}
"""Greek and Cyrillic letters that are drawn like a Latin one or a digit, on any screen."""
GREEK = {greek}
"""Greek letters that are drawn like one of another script, a digit or a sign, on any screen."""
'''


def main() -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    FILE.write_text(text(), encoding="utf-8")
    application.shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
