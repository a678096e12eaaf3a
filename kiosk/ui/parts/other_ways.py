"""The other methods that policy allows, strongest first, one button each."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from kiosk.model.proof import Method
from kiosk.session.facts.person_input import MethodPicked
from kiosk.session.facts.prove_part import Prove
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.prove import METHOD_ICONS
from kiosk.ui.parts.text import Text


class OtherWays(QWidget):
    """Two a row where there is room, else one. Hidden while there is no other way."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._shown: tuple[tuple[Method, ...], int] = ((), 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(6))
        self.caption = Text("small")
        self.caption.say(kit.words("prove.others"))
        column.addWidget(self.caption)
        self._grid = QGridLayout()
        self._grid.setSpacing(kit.px(12))
        column.addLayout(self._grid)
        self._buttons = {method: self._button(method) for method in METHOD_ICONS}

    def _button(self, method: Method) -> KeyedButton:
        button = KeyedButton(self._kit, "plain", lambda: self._kit.post(MethodPicked(method)), METHOD_ICONS[method])
        button.say(self._kit.words(f"prove.instead.{method}"))
        button.setParent(self)
        button.hide()
        return button

    def show_prove(self, prove: Prove | None) -> None:
        """Offer all methods of ``prove`` but the one in use."""
        offers = () if prove is None else prove.offers
        methods = tuple(o.method for o in offers if prove is not None and o.method is not prove.method)
        self.setVisible(bool(methods))
        self._arrange(methods)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(self._shown[0])

    def _arrange(self, methods: tuple[Method, ...]) -> None:
        """Put the buttons in their places, where methods or width changed."""
        widest = max((self._buttons[m].sizeHint().width() for m in methods), default=0)
        fits = 2 * widest + self._grid.spacing() <= self.width()
        columns = min(len(methods), 2) if fits else 1
        if (methods, columns) == self._shown:
            return
        self._shown = (methods, columns)
        for button in self._buttons.values():
            self._grid.removeWidget(button)
            button.hide()
        for place, method in enumerate(methods):
            self._grid.addWidget(self._buttons[method], place // columns, place % columns)
            self._buttons[method].show()
