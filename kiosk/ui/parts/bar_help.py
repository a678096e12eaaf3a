"""What the session bar's help says, and the buttons that stand with it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screens import Active
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.sounds import SoundsButton
from kiosk.ui.parts.text import Text
from kiosk.ui.words import plain


class BarHelp(QWidget):
    """Below the strip; hidden until the help is open."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(kit.px(28), kit.px(10), kit.px(28), kit.px(20))
        column.setSpacing(kit.px(10))
        self._by_keyboard = Text("body")
        for sentence in ("lock", "colleague", "grace", "keys"):
            text = self._by_keyboard if sentence == "keys" else Text("body")
            text.say(kit.words(f"help.{sentence}"))
            text.setProperty("said", "more")
            column.addWidget(text)
        self._desk = Text("body")
        column.addWidget(self._desk)
        self._silenced = Text("body")
        self._let_ask = KeyedButton(kit, "plain", lambda: kit.post(Pressed(Touch.LET_ASK)), "retry")
        self._let_ask.say(kit.words("help.let_ask"))
        column.addWidget(self._silenced)
        self._write = KeyedButton(kit, "plain", lambda: kit.post(Pressed(Touch.WRITE_TEXT)), "keyboard")
        self._write.say(kit.words("help.write_text"))
        self._sounds = SoundsButton(kit)
        # Beside each other: on a low display what is below them would be beyond its edge, and Tab would lead there.
        beside = QHBoxLayout()
        beside.setSpacing(kit.px(12))
        for button in self.stops:
            beside.addWidget(button)
        beside.addStretch(1)
        column.addLayout(beside)
        self.hide()

    @property
    def stops(self) -> list[KeyedButton]:
        """What Tab stops at, from left to right."""
        return [self._write, self._let_ask, self._sounds]

    def height_for(self, width: int) -> int:
        """Pixels that it needs where it is ``width`` wide."""
        return self._column.totalHeightForWidth(width)

    def show_help(self, screen: Active) -> None:
        """What there is to say at ``screen``; to be seen where its help is open."""
        words = self._kit.words
        number = screen.status.help_desk
        self._desk.say(words("help.desk_number" if number else "help.desk", number=number))
        self._show_silenced(screen.silenced, screen.silences_all)
        self._write.setVisible(screen.owes)
        self._by_keyboard.setVisible(bool(screen.programs))  # only where the stage takes these keys
        self.setVisible(screen.help)
        self._sounds.show_around(screen.status)

    def _show_silenced(self, programs: tuple[str, ...], all_others: bool) -> None:
        """Which programs they silenced, and the way to let them ask again."""
        names = ", ".join(plain(name, 60) for name in programs)
        said = "help.silenced_all" if all_others else "help.silenced"
        self._silenced.say(self._kit.words(said, programs=names) if programs else "")
        self._silenced.setVisible(bool(programs))
        self._let_ask.setVisible(bool(programs))
