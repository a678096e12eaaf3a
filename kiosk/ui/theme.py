"""Colours and type: tokens from ``resources/theme/themes.json``, and the style sheet made of them.

A token says what a colour is for; no screen names a colour. The pairs that must be told apart are in ``TEXT_PAIRS``
and ``EDGE_PAIRS``, so that a test can hold every theme to WCAG 2.2 AA (1.4.3 contrast 4.5:1, 1.4.11 boundaries 3:1).
"""

from __future__ import annotations

import json
from functools import cache
from string import Template
from typing import NamedTuple

from PySide6.QtGui import QColor, QFontDatabase

from kiosk.resources import resource
from kiosk.ui.measure import Measure

FONT = "Inter"
THEMES = ("light", "dark", "contrast")

TEXT_PAIRS = (
    ("text", "ground"),
    ("text", "surface"),
    ("text", "soft"),
    ("muted", "ground"),
    ("muted", "surface"),
    ("accent", "ground"),
    ("accent", "surface"),
    ("accent", "soft"),
    ("on_accent", "accent"),
    ("on_accent", "pressed"),
    ("refuse", "surface"),
    ("surface", "refuse"),
    ("refuse", "ground"),
    ("refuse", "refuse_soft"),
    ("warn", "warn_soft"),
    ("good", "good_soft"),
    ("good", "surface"),
)
EDGE_PAIRS = (
    ("edge", "ground"),
    ("edge", "surface"),
    ("accent", "surface"),
    ("focus", "ground"),
    ("focus", "surface"),
    ("good", "ground"),
    ("warn", "ground"),
)


class Theme(NamedTuple):
    """One theme's tokens, each ``#RRGGBB``.

    ``ground``, ``surface``: the screen, and a panel on it. ``text``, ``muted``: what is read. ``line``: a rule that
    carries no meaning. ``edge``: the boundary of something that can be pressed or typed into. ``accent``,
    ``on_accent``: the one main act. ``soft``: a quiet filling for what is chosen, and for pictures. ``refuse``,
    ``warn``, ``good``: a text, and the filling that it stands on. ``focus``: the ring around what the keyboard acts on.
    ``shade``: the stripes that dim a workspace.
    """

    name: str
    ground: str
    surface: str
    text: str
    muted: str
    line: str
    edge: str
    accent: str
    on_accent: str
    pressed: str
    soft: str
    refuse: str
    refuse_soft: str
    warn: str
    warn_soft: str
    good: str
    good_soft: str
    focus: str
    shade: str

    def colour(self, token: str) -> QColor:
        """The colour of ``token``. Raises ``AttributeError`` for a token that no theme has."""
        return QColor(getattr(self, token))


@cache
def theme(name: str) -> Theme:
    """The theme ``name`` (one of ``THEMES``). Raises ``KeyError`` for another."""
    table = json.loads(resource("theme", "themes.json").read_text(encoding="utf-8"))[name]
    return Theme(name=name, **table)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def load_fonts() -> None:
    """Make the shipped typeface known to this program. Needs a ``QGuiApplication``; harmless twice."""
    for weight in ("Regular", "SemiBold"):
        QFontDatabase.addApplicationFont(str(resource("fonts", f"Inter-{weight}.otf")))


def style_sheet(theme: Theme, measure: Measure) -> str:
    """The one style sheet, for ``theme`` at the sizes of ``measure``."""
    border = 3 if theme.name == "contrast" else 2
    sizes = {f"s{n}": measure.px(n) for n in (18, 20, 22, 24, 26, 28, 30, 34, 40, 44, 56, 60, 72)}
    return Template(_SHEET).substitute(
        theme._asdict(),
        **sizes,
        font=FONT,
        border=border,
        ring=measure.px(4),
        target=measure.target,
        radius=measure.px(12),
        round=measure.px(18),
        pad=measure.px(16),
        gap=measure.px(10),
    )


_SHEET = """
* { font-family: "$font"; color: $text; font-size: ${s22}px; }
FadingPage { background: $shade; }
Page, SessionBar { background: $ground; }
SessionBar { border-bottom: ${border}px solid $edge; }
Panel { background: $surface; border: ${border}px solid $line; border-radius: ${round}px; }
FadingPage Panel { border-color: $edge; }
Panel[bare="true"] { background: transparent; border: none; }
Banner { background: $warn_soft; border: none; }
Banner QLabel { color: $warn; }
IdentitySign { background: $soft; }
EmergencyStrip { background: $refuse; }
EmergencyStrip QLabel { color: $surface; }
FadingPage EmergencyStrip { border: none; }

QLabel[kind="display"] { font-size: ${s60}px; font-weight: 600; }
QLabel[kind="title"] { font-size: ${s40}px; font-weight: 600; }
QLabel[kind="heading"] { font-size: ${s28}px; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="lead"] { font-size: ${s26}px; color: $muted; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="small"] { font-size: ${s20}px; color: $muted; }
QLabel[kind="clock"] { font-size: ${s34}px; font-weight: 600; }
QLabel[kind="numbered"] { font-size: ${s30}px; font-weight: 600; }
QLabel[kind="code"] { font-size: ${s44}px; font-weight: 600; letter-spacing: 2px; }

QPushButton {
    min-height: ${target}px; min-width: ${target}px; padding: 0 ${pad}px; text-align: center;
    background: $surface; border: ${border}px solid $edge; border-radius: ${radius}px; font-weight: 600;
}
QPushButton:pressed { background: $soft; border-color: $accent; }
QPushButton:focus { outline: none; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[kind="primary"]:pressed { background: $pressed; border-color: $pressed; }
QPushButton[kind="refuse"] { color: $refuse; border-color: $refuse; }
QPushButton[kind="refuse"]:pressed { background: $refuse_soft; }
QPushButton[kind="key"] { font-size: ${s30}px; padding: 0; }
QPushButton[off="true"], QPushButton[kind="primary"][off="true"] {
    background: $ground; color: $muted; border: ${border}px dashed $edge;
}
QPushButton[front="true"] { background: $soft; border-color: $accent; }
QPushButton[kind="bar"] { min-height: 0; padding: 0 ${pad}px; border-radius: ${gap}px; }

QLineEdit {
    min-height: ${s60}px; padding: 0 ${pad}px; background: $surface; border: ${border}px solid $edge;
    border-radius: ${radius}px; font-size: ${s30}px; selection-background-color: $accent;
    selection-color: $on_accent;
}
QLineEdit:focus { border: ${ring}px solid $focus; padding: 0 ${pad}px; }
"""
