"""What the keyboard does to letters that nobody sees: its layout; and the eye that shows them while it is held."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFocusEvent, QHideEvent

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.ui.parts.button import KeyedButton, Kind
from kiosk.ui.parts.kit import Kit
from kiosk.ui.words import plain

MAX_LAYOUT = 24


class LayoutButton(KeyedButton):
    """The layout's short name; a touch goes on to the next. Hidden where the keyboard has one layout alone."""

    def __init__(self, kit: Kit, kind: Kind = "plain") -> None:
        super().__init__(kit, kind, lambda: kit.post(Pressed(Touch.LAYOUT)), "keyboard")
        self.hide()

    def show_layout(self, layout: str) -> None:
        """``layout``: as in ``StationStatus``."""
        name = plain(layout, MAX_LAYOUT)
        if name and name != self.text():
            self.setText(name)
            self.setAccessibleName(self._kit.words("keyboard.layout", layout=name))
        self.setVisible(bool(name))


class Eye(KeyedButton):
    """``held(True)`` while it is pressed, by finger, pointer or Space; ``held(False)`` however that ends."""

    def __init__(self, kit: Kit, held: Callable[[bool], None]) -> None:
        super().__init__(kit, "plain", lambda: None, "eye")
        self._held, self._on = held, False
        self.setAccessibleName(kit.words("keyboard.show"))
        # By its style: the least width and the padding of buttons with words would win over a fixed width.
        wide = kit.measure.mm(20)
        self.setStyleSheet(f"min-width: {wide}px; max-width: {wide}px; padding-left: 0; padding-right: 0;")
        self.pressed.connect(lambda: self._tell(True))
        self.released.connect(lambda: self._tell(False))

    def _tell(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            self._held(on)

    def let_go(self) -> None:
        """Whatever holds it: what it showed is hidden."""
        self.setDown(False)
        self._tell(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.let_go()
