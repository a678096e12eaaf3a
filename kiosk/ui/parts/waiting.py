"""Whose workspaces wait behind the lock, as initials or names, as policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.screen_parts import Waiting
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text
from kiosk.ui.words import isolated, plain

if TYPE_CHECKING:  # 2.4 ms, for which the first paint would wait
    from kiosk.ui.parts.person import Initials

MAX_SHOWN = 8
"""Shown one by one; the rest is counted."""


class WaitingLine(QWidget):
    """A caption and a disc for each; names too long for a disc are listed instead."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(8))
        self._caption = Text("small", centred=True)
        self._names = Text("strong", centred=True)
        self._line = QHBoxLayout()
        self._line.setSpacing(kit.px(12))
        self._discs: list[Initials] = []
        self._more = Text("small", wraps=False)
        self._line.addStretch(1)
        self._line.addWidget(self._more)
        self._line.addStretch(1)
        column.addWidget(self._caption, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(self._line)
        column.addWidget(self._names)

    def show_waiting(self, waiting: tuple[Waiting, ...]) -> None:
        """Draw ``waiting``; nothing where nobody waits."""
        labels = [plain(w.label, 60) for w in waiting]
        short = all(len(label) <= 3 for label in labels)
        shown = labels[:MAX_SHOWN] if short else []
        self._have_discs(len(shown))
        for place, disc in enumerate(self._discs):
            disc.setVisible(place < len(shown))
            disc.say(shown[place] if place < len(shown) else "")
            disc.setAccessibleName(shown[place] if place < len(shown) else "")
        rest = len(labels) - len(shown)
        self._more.say(self._kit.words("locked.more", n=rest) if short and rest else "")
        right = self._kit.words.right_to_left
        self._names.say("" if short else " · ".join(isolated(label, right) for label in labels))
        self._caption.say(self._kit.words("locked.waiting", n=len(labels)) if labels else "")
        self.setVisible(bool(labels))

    def _have_discs(self, count: int) -> None:
        """At least so many; a station where nobody waits needs none."""
        if count > len(self._discs):
            from kiosk.ui.parts.person import Initials  # 2.4 ms

            for place in range(len(self._discs), count):
                disc = Initials(self._kit, self._kit.px(56))
                self._line.insertWidget(1 + place, disc)  # after the stretch
                self._discs.append(disc)
