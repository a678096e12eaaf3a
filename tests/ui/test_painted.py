"""What the style sheet names is there, and a bar's ground is the theme's: text stands on what it was chosen for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6 import QtWidgets
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

import kiosk.ui
from kiosk.session.facts.screens import Active
from kiosk.ui.gallery import picture
from kiosk.ui.measure import measure_for
from kiosk.ui.samples import SAMPLES
from kiosk.ui.theme import THEMES, style_sheet, theme

SIZE = QSize(1024, 768)
BARS = sorted(name for name, screen in SAMPLES.items() if isinstance(screen, Active))


def ours() -> set[str]:
    """Every class of the screens."""
    files = Path(kiosk.ui.__file__).parent.rglob("*.py")
    found = (node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return {node.name for node in found if isinstance(node, ast.ClassDef)}


def test_whatever_the_style_sheet_paints_is_a_class_that_there_is() -> None:
    """A class that was renamed loses its ground without a word."""
    sheet = style_sheet(theme("light"), measure_for(1024, 768, 96))
    heads = re.findall(r"([^{}]+)\{", sheet)
    named = {word for head in heads for word in re.findall(r"(?<![\w\"=\[:])[A-Z]\w+", head)}
    assert {"Page", "QPushButton"} <= named
    assert {name for name in named if not hasattr(QtWidgets, name)} - ours() == set()


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("theme_name", THEMES)
def test_the_bar_stands_on_its_own_ground(qapp: QApplication, theme_name: str, name: str) -> None:
    screen = SAMPLES[name]
    assert isinstance(screen, Active)
    chosen = theme(theme_name)
    ground = chosen.ground if screen.emergency is None else chosen.refuse
    assert picture(screen, SIZE, theme_name).toImage().pixelColor(QPoint(2, 8)) == QColor(ground)


@pytest.mark.parametrize("theme_name", THEMES)
def test_the_large_sign_stands_on_its_own_ground(qapp: QApplication, theme_name: str) -> None:
    drawn = picture(SAMPLES["active-sign"], SIZE, theme_name).toImage()
    bar = measure_for(SIZE.width(), SIZE.height(), 96).bar
    assert drawn.pixelColor(QPoint(4, bar + 20)) == QColor(theme(theme_name).soft)
