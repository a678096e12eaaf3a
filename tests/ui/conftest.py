"""Screens drawn without a display, and what they post."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import PageShown
from kiosk.session.facts.screens import Active, Screen
from kiosk.ui.measure import measure_for
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.active import SessionBar
from kiosk.ui.theme import load_fonts, style_sheet, theme
from kiosk.ui.views import Views, draw
from kiosk.ui.window import Window
from kiosk.ui.words import Words
from tests.fakes.live import Live
from tests.fakes.screens import Drawn, Show, Shown, settle

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


MAX_DRAWN = 4
"""Screens that stay: more than any test holds beside one another. Each costs every one that is drawn after it."""


class Drawing:
    """Draws a screen as the window would; the last few stay until ``done``."""

    def __init__(self) -> None:
        self._stages: list[QWidget] = []

    def __call__(
        self,
        screen: Screen,
        size: tuple[int, int] = (1280, 800),
        theme_name: str = "light",
        language: str = "en",
        dpi: int = 96,
    ) -> Shown:
        load_fonts()
        while len(self._stages) >= MAX_DRAWN:
            self._let_go(self._stages.pop(0))
        events: list[Event] = []
        told: list[PageShown] = []

        def post(event: Event) -> None:
            if isinstance(event, PageShown):
                told.append(event)
            else:
                events.append(event)

        kit = Kit(post, Words(language), theme(theme_name), measure_for(*size, dpi))
        stage = QWidget()
        self._stages.append(stage)
        stage.setStyleSheet(style_sheet(kit.theme, kit.measure))
        stage.resize(*size)
        view = Views(stage, kit, kit.measure.bar).of(type(screen))
        view.resize(*size)
        draw(view, screen)
        view.show()
        stage.show()
        stage.activateWindow()
        view.focus_act()
        if isinstance(view, SessionBar) and isinstance(screen, Active):
            view.resize(size[0], view.height_for(screen, size[0]))
        settle()
        return Shown(view, kit, events, told)

    def done(self) -> None:
        """All that was drawn so far goes: where there are many, each costs those that follow."""
        for stage in self._stages:
            self._let_go(stage)
        self._stages.clear()
        settle()

    def _let_go(self, stage: QWidget) -> None:
        stage.close()
        stage.deleteLater()


@pytest.fixture
def show(qapp: QApplication) -> Iterator[Show]:
    """``show(screen, size=…, theme_name=…, language=…)``."""
    drawing = Drawing()
    yield drawing
    drawing.done()


@pytest.fixture
def live(qapp: QApplication) -> Iterator[Live]:
    """A silent full-screen window, and the session behind it."""
    made = Live()
    yield made
    made.close()


@pytest.fixture
def drawn(qapp: QApplication) -> Iterator[Drawn]:
    """A silent full-screen window."""
    events: list[Event] = []
    window = Window(events.append, sounds=False)
    made = Drawn(window, events)
    window.painted.connect(lambda name: made.painted.append(name))
    yield made
    window.close()
    window.deleteLater()
    settle()
