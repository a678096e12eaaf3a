"""The list: as many rows as there is height for, and a button to the next of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.model.enrolment import FactorView
from kiosk.session.facts.person_input import FactorPicked
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.choice import Choice
from kiosk.ui.parts.factor import row_of
from kiosk.ui.parts.kit import Kit

WIDE = 680


class Rows(QWidget):
    """Pages instead of scrolling: gloves do not scroll."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._factors: tuple[FactorView, ...] = ()
        self._page = 0
        self._choices: list[Choice] = []
        self._more = KeyedButton(kit, "plain", self._turn, "next")
        self._more.setParent(self)
        self.setFixedWidth(kit.px(WIDE))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(3 * self._high)

    def sizeHint(self) -> QSize:
        rows = max(len(self._factors), 3)
        return QSize(self._kit.px(WIDE), self._high * rows + self._gap * (rows - 1))

    @property
    def _high(self) -> int:
        return Choice.high(self._kit, 2)

    @property
    def _gap(self) -> int:
        return self._kit.px(10)

    def show_factors(self, factors: tuple[FactorView, ...]) -> None:
        """Show ``factors``, from the first page if they are others than before."""
        if [f.mark for f in factors] != [f.mark for f in self._factors]:
            self._page = 0
        self._factors = factors
        while len(self._choices) < len(factors):
            choice = Choice(self._kit, self._picker(len(self._choices)))
            choice.setParent(self)
            self._choices.append(choice)
        for choice, factor in zip(self._choices, factors, strict=False):
            choice.show_matter(row_of(self._kit, factor))
        self.updateGeometry()
        self._arrange()

    def first(self) -> QWidget | None:
        """The first row shown."""
        return self._choices[self._page * self._fit()] if self._factors else None

    def _picker(self, place: int) -> Callable[[], None]:
        return lambda: self._kit.post(FactorPicked(self._factors[place].mark))

    def _fit(self) -> int:
        """Rows of a page."""
        rows = max((self.height() + self._gap) // (self._high + self._gap), 2)
        return rows if rows >= len(self._factors) else rows - 1

    def _pages(self) -> int:
        return max(-(-len(self._factors) // self._fit()), 1)

    def _turn(self) -> None:
        self._page = (self._page + 1) % self._pages()
        self._arrange()
        self._more.setFocus()

    def _arrange(self) -> None:
        """Rows from the top; the button to the next page below the last of a full one."""
        fit, pages = self._fit(), self._pages()
        self._page = min(self._page, pages - 1)
        begin, step = self._page * fit, self._high + self._gap
        for place, choice in enumerate(self._choices):
            row = place - begin
            shown = 0 <= row < fit and place < len(self._factors)
            if shown:
                choice.setGeometry(0, row * step, self.width(), self._high)
            choice.setVisible(shown)
        self._more.say(self._kit.words("my_keys.more", page=self._page + 1, pages=pages))
        self._more.setGeometry(0, fit * step, self.width(), Choice.high(self._kit, 1))
        self._more.setVisible(pages > 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
