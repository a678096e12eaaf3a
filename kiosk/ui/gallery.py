"""``python -m kiosk.ui.gallery OUTDIR``: every screen as a picture, in every theme, some in every language.

Files are ``THEME/NAME.png`` in English, else ``LANGUAGE/NAME.png`` (light) and ``LANGUAGE-THEME/NAME.png``; with
``--sheets`` each folder also as one small picture. Needs no display.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.model.counted import counted
from kiosk.session.facts.screens import Active, Fading, Screen
from kiosk.ui.contact_sheet import ContactSheet
from kiosk.ui.measure import measure_for
from kiosk.ui.parts.clock import Clock
from kiosk.ui.parts.kit import Kit
from kiosk.ui.samples import SAMPLES
from kiosk.ui.screens.active import SessionBar
from kiosk.ui.screens.fading import FadingPage
from kiosk.ui.theme import THEMES, load_fonts, style_sheet, theme
from kiosk.ui.views import Views, draw
from kiosk.ui.words import LANGUAGES, Words

_FEW = (
    "locked",
    "second-factor-wrong",
    "second-factor-key-pin",
    "step-up-pin",
    "active",
    "downtime",
    "downtime-reopen",
    "second-factor-offline",
    "active-offline",
    "locked-storage-low",
    "locked-clock",
    "downtime-clock",
)
TRANSLATED = (
    *_FEW,
    *(
        name
        for name in SAMPLES
        if name.startswith(("enrol-", "my-keys", "emergency", "owed-text", "step-up-second", "step-up-phone"))
        or "-emergency" in name
    ),
)


def picture(
    screen: Screen,
    size: QSize,
    theme_name: str = "light",
    language: str = "en",
    clock: str | None = None,
    dpi: float = 96,
) -> QPixmap:
    """``screen`` as it looks on a display of ``size`` and ``dpi``; ``clock``: the time on it, if not now.

    Needs a ``QApplication``.
    """
    load_fonts()
    measure = measure_for(size.width(), size.height(), dpi)
    kit = Kit(lambda _: None, Words(language), theme(theme_name), measure)
    stage = QWidget()
    stage.setStyleSheet(style_sheet(kit.theme, measure))
    stage.resize(size)
    view = Views(stage, kit, measure.bar).of(type(screen))
    view.resize(size)
    draw(view, screen)
    view.show()
    stage.show()
    view.focus_act()
    high = size.height()
    if isinstance(view, SessionBar) and isinstance(screen, Active):
        high = view.height_for(screen, size.width())
    view.resize(size.width(), high)
    QCoreApplication.sendPostedEvents()
    QCoreApplication.processEvents()
    for there in view.findChildren(Clock):
        there.setText(clock or there.text())
    shown = _over_a_workspace(view, size) if isinstance(screen, Active | Fading) else view.grab()
    stage.close()
    stage.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return shown


def _over_a_workspace(view: object, size: QSize) -> QPixmap:
    """The bar or the fading panel, with something behind it."""
    whole = QPixmap(size)
    whole.fill(QColor("#FFFFFF"))
    painter = QPainter(whole)
    painter.setPen(QColor("#8A97A0"))
    for line in range(4, size.height() // 36):
        painter.fillRect(40, line * 36, (size.width() - 80) * (3 + line * 7 % 5) // 8, 14, QColor("#E3E9ED"))
    if isinstance(view, FadingPage):
        view.render(painter, QPoint(), view.dimmed())
    elif isinstance(view, SessionBar):
        painter.drawPixmap(0, 0, view.grab())
    painter.end()
    return whole


def pictures(size: QSize, dpi: float) -> Iterator[tuple[str, QPixmap]]:
    """Every picture of the gallery with its file's name."""
    for theme_name in THEMES:
        for name, screen in SAMPLES.items():
            yield f"{theme_name}/{name}.png", picture(screen, size, theme_name, dpi=dpi)
    for language, theme_name in product(LANGUAGES[1:], THEMES):
        folder = language if theme_name == "light" else f"{language}-{theme_name}"
        for name in TRANSLATED:
            yield f"{folder}/{name}.png", picture(SAMPLES[name], size, theme_name, language, dpi=dpi)


def main(arguments: list[str]) -> int:
    """Write the pictures; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.ui.gallery", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="1280x800", help="WIDTHxHEIGHT, 1280x800 if not given")
    parser.add_argument("--sheets", type=Path, help="a folder for one contact sheet a theme and language")
    parser.add_argument("--dpi", type=int, default=96, help="dots per inch of the display, 96 if not given")
    options = parser.parse_args(arguments)
    wide, _, high = options.size.partition("x")
    if not (wide.isdigit() and high.isdigit()):
        parser.error("--size is WIDTHxHEIGHT, e.g. 1920x1080")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    count = 0
    sheets: dict[str, ContactSheet] = {}
    for name, pixmap in pictures(QSize(int(wide), int(high)), options.dpi):
        file = options.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pixmap.save(str(file))
        count += 1
        if options.sheets:
            sheets.setdefault(file.parent.name, ContactSheet()).add(file.stem, pixmap)
    for name, sheet in sheets.items():
        sheet.write(options.sheets / f"{name}-{options.size}.png")
    print(f"{counted(count, 'picture')} in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
