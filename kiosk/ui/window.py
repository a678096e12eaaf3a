"""The window: draws the screen it is given, returns touches as events, and covers the display.

On every screen but the session bar it covers all monitors; on the session bar it is a strip at the top and leaves
the keyboard to the workspace. Without a window manager it takes the keyboard by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent, QWindow
from PySide6.QtWidgets import QWidget

from kiosk.session.facts.buttons import KeyPress
from kiosk.ui import monitors
from kiosk.ui.covers import COVERING, MonitorCovers
from kiosk.ui.keyboard_taker import HeldKeyboard
from kiosk.ui.parts import event_kinds
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.struck import Struck
from kiosk.ui.parts.voice import Voice
from kiosk.ui.placement import Placement
from kiosk.ui.sound import Speaker
from kiosk.ui.theme import load_fonts, style_sheet, theme
from kiosk.ui.views import Views, draw, is_bar, is_fading, lay_out, leave
from kiosk.ui.words import Words, languages

if TYPE_CHECKING:  # 25 ms of events, 15 ms of screens, and pages: after the lock screen has been painted
    from kiosk.session.facts.events import Event
    from kiosk.session.facts.screens import Screen
    from kiosk.ui.views import View


class Window(QWidget):
    """``post`` receives what is touched and typed. ``fullscreen`` False: an ordinary window, for demonstrations."""

    painted = Signal(str)
    """A newly shown screen has been painted and flushed; carries its ``name``."""
    bar_changed = Signal(int)
    """The session bar has another height from now on: ``bar_pixels``."""

    def __init__(
        self,
        post: Callable[[Event], None],
        *,
        theme: str = "light",
        language: str = "en",
        sounds: bool = True,
        fullscreen: bool = True,
    ) -> None:
        """Needs a ``QApplication``. Raises ``KeyError`` for a theme or language that is not shipped."""
        super().__init__(None, COVERING if fullscreen else Qt.WindowType.Window)
        load_fonts()
        event_kinds.make_all()
        self._post, self._theme, self._language = post, theme, language
        self._own = language
        self._spoken: dict[str, tuple[Kit, Views]] = {}
        """Screens in languages that were spoken before: whoever has one of their own taps many times a day."""
        self._fullscreen = fullscreen
        # Off screen (tests, gallery) there is no stack of windows to rise in, and no pointer to hold.
        self._on_glass = QGuiApplication.platformName() not in ("offscreen", "minimal")
        self._placement = Placement(self, fullscreen, self._on_glass)
        self._screen: Screen | None = None
        self._drawing = False
        self._view: View | None = None
        self._awaited: QWidget | None = None
        self._speaker = Speaker(self, sounds)
        self._kit = self._make_kit()
        self._views = Views(self, self._kit, self._kit.measure.bar)
        self._covers = MonitorCovers(self, self._kit.colour("ground"))
        self.setStyleSheet(style_sheet(self._kit.theme, self._kit.measure))
        self.setWindowTitle("kiosk")
        self.setAccessibleName(self._kit.words("page.station"))  # the title changes (``keyboard_taker``)
        self._voice = Voice(self)
        self._struck = Struck(self, self._kit)
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._prebuild)
        self._keyboard = HeldKeyboard(self, self._covering, self._on_glass)
        monitors.follow(self._monitors_changed)

    @property
    def language(self) -> str:
        """The language shown now."""
        return self._language

    @property
    def bar_pixels(self) -> int:
        """Height of the session bar, as the display counts pixels."""
        return round(self._kit.measure.bar * self.devicePixelRatioF())

    def show_screen(self, screen: Screen) -> None:
        """Draw ``screen``. Costs nothing when it is what is shown; a screen of the same kind changes in place."""
        if screen == self._screen:
            return
        self._drawing = True
        try:
            self._show(screen)
        finally:
            self._drawing = False

    def _show(self, screen: Screen) -> None:
        before, self._screen = self._view, screen
        view = self._views.of(type(screen))
        draw(view, screen)
        if view is not before:
            self._awaited = view
            view.installEventFilter(self)
        if view is before and not is_bar(screen) and self.isActiveWindow():
            self._placement.stay_above()  # a key was typed, or a word changed: nothing else need be asked of it
        else:
            self._place(screen, view)
        if view is not before:
            view.show()
            view.raise_()
            view.focus_act()
            leave(before)
            self._view = view
            if is_fading(screen) and self._fullscreen and self._on_glass:
                view.grabMouse()  # or a touch between the stripes would reach the workspace
        else:
            lay_out()
        view.focus_act()
        self._struck.show_struck(screen.status.struck, self._kit)
        self._voice.shown(view, new=view is not before, aloud=is_bar(screen) and not self.isActiveWindow())

    def focusNextPrevChild(self, forward: bool) -> bool:
        """What has the keyboard is hidden, or Tab was pressed. The first is no reason to wander from button to button,
        each of which a screen reader begins to say: the screen that is being drawn has an act that gets it."""
        return True if self._drawing else super().focusNextPrevChild(forward)

    def play(self, sound: str, level: int = 100) -> None:
        """Play ``sound`` at ``level`` percent; never waits."""
        self._speaker.play(sound, level)

    def next_language(self) -> str:
        """Show everything in the next language; which one that is."""
        there = languages()
        self.speak(there[(there.index(self._language) + 1) % len(there)])
        return self._language

    def speak(self, language: str, screen: Screen | None = None) -> None:
        """Show everything in ``language``; in the station's own where it is empty, or is not here.

        ``screen``: what is shown from now on, so that nothing that goes is drawn, and spoken, once more; None: as now.
        """
        wanted = language if language in languages() else self._own
        if wanted == self._language:
            return
        self._spoken[self._language] = self._kit, self._views
        self._language = wanted
        self._speak(self._spoken.pop(wanted, None), screen)

    # Building

    def _make_kit(self) -> Kit:
        measure = self._placement.measure(shown=self._screen is not None)
        return Kit(self._post, Words(self._language), theme(self._theme), measure)

    def _rebuild(self) -> None:
        """The size changed: make all screens anew and show the present one."""
        for _, views in self._spoken.values():
            views.drop()
        self._spoken.clear()
        self._views.drop()
        self._speak(None)

    def _speak(self, known: tuple[Kit, Views] | None, coming: Screen | None = None) -> None:
        """Show the present screen, or the one ``coming``, in the present language. ``known``: its screens, where they
        were made before."""
        screen, before = coming or self._screen, self._view
        self._screen = self._view = self._awaited = None
        leave(before)
        before_high = self.bar_pixels
        if known is None:
            self._kit = self._make_kit()
            self._views = Views(self, self._kit, self._kit.measure.bar)
        else:
            self._kit, self._views = known
        if self.bar_pixels != before_high:
            self.bar_changed.emit(self.bar_pixels)
        self._views.direct()
        self.setStyleSheet(style_sheet(self._kit.theme, self._kit.measure))
        if screen is not None:
            self.show_screen(screen)

    def _prebuild(self) -> None:
        """Nothing else to do: build one screen that was not wanted yet, so that its first use is instant."""
        kind = self._views.missing()
        if kind is None:
            self._idle.stop()
            return
        view = self._views.of(kind)
        view.resize(self._placement.whole.size())
        for part in (view, *view.findChildren(QWidget)):
            part.ensurePolished()

    # Placing

    def _place(self, screen: Screen, view: View) -> None:
        """Give window and ``view`` their size, and cover what lies behind them."""
        self._placement.lay(screen, view)
        if is_bar(screen):
            self._covers.uncover()
        elif self._fullscreen:
            self._covers.cover(self._placement.monitor())
            self._keyboard.take()

    def _monitors_changed(self) -> None:
        if self._fullscreen and self._screen is not None:
            self._rebuild()

    # What Qt tells us

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(watched, QWindow):
            if self._screen is not None and not is_bar(self._screen):
                self._post(KeyPress())
        elif event.type() == QEvent.Type.Paint and watched is self._awaited and self._screen is not None:
            self._awaited = None
            name = self._screen.name
            QTimer.singleShot(0, self, lambda: self._has_painted(name))
        return False

    def _has_painted(self, name: str) -> None:
        """Runs once the paint events of the whole screen are through and flushed."""
        self.painted.emit(name)
        if not self._idle.isActive() and self._views.missing() is not None:
            self._idle.start()

    def changeEvent(self, event: QEvent) -> None:
        """Another program took the keyboard while we cover it: take it back."""
        super().changeEvent(event)
        if (
            event.type() == QEvent.Type.ActivationChange
            and self._on_glass
            and self._covering()
            and not self.isActiveWindow()
        ):
            self._keyboard.look_soon()

    def _covering(self) -> bool:
        return self._fullscreen and self.isVisible() and self._screen is not None and not is_bar(self._screen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """An ordinary window was resized by hand: its screen follows."""
        super().resizeEvent(event)
        if self._fullscreen or self._view is None or is_bar(self._screen):
            return
        self._placement.whole = QRect(self.pos(), event.size())
        self._view.setGeometry(self.rect())

    def closeEvent(self, event: QCloseEvent) -> None:
        self._idle.stop()
        self._covers.close()
        super().closeEvent(event)
