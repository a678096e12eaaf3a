"""My keys: what a person has, since when, whether it works; add, replace, report lost."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.enrolment import FactorKind, FactorView
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.enrolment_screens import MyKeys
from kiosk.session.facts.person_input import FactorPicked, KindPicked
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Columns, Giving
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.text import Text
from kiosk.ui.screens.my_keys.chosen import ChosenPanel
from kiosk.ui.screens.my_keys.rows import WIDE, Rows


class MyKeysPage(Page):
    """Draws ``MyKeys``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._last: MyKeys | None = None
        self._moved = True
        self._person = PersonHeading(kit, compact=True)
        self._title = Text("title")
        self._lead = Text("lead")
        self._notice = NoticeLine(kit, size="small")
        self._add_key = KeyedButton(kit, "primary", lambda: kit.post(KindPicked(FactorKind.KEY)), "key")
        self._add_key.say(kit.words("my_keys.add_key"))
        self._add = KeyedButton(kit, "primary", lambda: self.press(Touch.ADD), "plus")
        self._add.say(kit.words("my_keys.add"))
        self._close = KeyedButton(kit, "plain", lambda: self.press(Touch.CANCEL), "back")
        self._close.say(kit.words("my_keys.close"))
        self._language = KeyedButton(kit, "plain", lambda: self.press(Touch.LANGUAGE), "globe")
        self._language.say(kit.words("locked.language"))
        self._list = KeyedButton(kit, "plain", self._unpick, "back")
        self._list.say(kit.words("my_keys.back"))
        self._rows = Rows(kit)
        self._chosen = ChosenPanel(kit)
        right = QWidget()
        right.setFixedWidth(kit.px(WIDE))
        stack = QVBoxLayout(right)
        stack.setContentsMargins(0, 0, 0, 0)
        self._wait = Picture(kit, "asking")
        stack.addWidget(self._rows, 1)
        stack.addWidget(self._wait, 0, Qt.AlignmentFlag.AlignCenter)
        stack.addWidget(self._chosen, 1)
        self.body.addWidget(Columns(kit, self._left_side(), right, listed=True), 1)
        acts = (
            self._chosen.field,
            self._chosen.save,
            self._chosen.call,
            self._chosen.replace,
            self._chosen.lost,
            self._list,
        )
        for first, second in pairwise(acts):
            self.setTabOrder(first, second)

    def _left_side(self) -> QWidget:
        self._side = Giving(self._person.roles, self._lead)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.kit.px(12))
        foot = QHBoxLayout()
        foot.setSpacing(self.kit.px(12))
        foot.addWidget(self._close, 1)
        foot.addWidget(self._add, 1)
        foot.addWidget(self._list, 1)
        column.addWidget(self._person)
        column.addStretch(1)
        for text in (self._title, self._lead, self._notice):
            column.addWidget(text)
        column.addStretch(1)
        column.addWidget(self._add_key)
        column.addWidget(self._language)
        column.addLayout(foot)
        return self._side

    def draw(self, screen: MyKeys) -> None:
        """Show ``screen``."""
        before, self._last = self._last, screen
        factor = chosen_of(screen)
        self.show_around(screen.status)
        self._person.show_person(screen.person)
        self._rows.setVisible(factor is None and bool(screen.factors))
        self._wait.setVisible(screen.busy and not screen.factors)
        self._chosen.setVisible(factor is not None)
        self._rows.show_factors(screen.factors)
        if factor is not None:
            self._chosen.show_factor(screen, factor)
        self._title.say(self.kit.words("my_keys.lost_title" if self._asks(screen) else "my_keys.title"))
        self._lead.say(self._lead_of(screen, factor))
        self._show_notice(screen)
        may_add = screen.may_add if factor is None and not screen.busy else ()
        self._add_key.setVisible(FactorKind.KEY in may_add)
        self._add.setVisible(bool(may_add))
        self._add.become("plain" if FactorKind.KEY in may_add else "primary")
        self._close.setVisible(factor is None)
        self._language.setVisible(factor is None)
        self._list.setVisible(factor is not None and not screen.confirm)
        changed = before is None or (before.chosen, before.confirm, before.naming, before.busy) != (
            screen.chosen, screen.confirm, screen.naming, screen.busy,
        )  # fmt: skip
        self._moved = self._moved or changed
        self._side.make_room()

    @staticmethod
    def _asks(screen: MyKeys) -> bool:
        return screen.confirm and chosen_of(screen) is not None

    def _lead_of(self, screen: MyKeys, factor: FactorView | None) -> str:
        words = self.kit.words
        if self._asks(screen):
            return words("my_keys.lost_lead")
        if factor is not None and screen.naming:
            return words("my_keys.name_lead")
        if factor is not None:
            return words(f"enrol.done.worth.{factor.kind}")
        if screen.busy:
            return words("prove.asking")
        if not screen.factors:
            return words("my_keys.none")
        return words("my_keys.codes_left", n=screen.recovery_left) if screen.recovery_left else words("my_keys.lead")

    def _show_notice(self, screen: MyKeys) -> None:
        if screen.notice is None and screen.keys_missing and chosen_of(screen) is None:
            self._notice.say(self.kit.words("enrol.keys_missing", n=screen.keys_missing), "warning")
        else:
            self._notice.show_notice(screen.notice)

    def _unpick(self) -> None:
        if self._last is not None and self._last.chosen is not None:
            self.kit.post(FactorPicked(self._last.chosen))

    def leave(self) -> None:
        """No longer shown: the next person's list begins at its beginning."""
        self._last = None
        self._moved = True
        self._rows.show_factors(())

    def focus_act(self) -> None:
        """The first row; of one factor nothing that changes it; else where the person has put the keyboard."""
        focus = QApplication.focusWidget()
        if not self._moved and focus is not None and focus.isVisible() and self.isAncestorOf(focus):
            return
        self._moved = False
        if self._chosen.field.isVisibleTo(self):
            self._chosen.field.setFocus()
        elif self._chosen.no.isVisibleTo(self):
            self._chosen.no.setFocus()
        elif self._list.isVisibleTo(self):
            self._list.setFocus()
        else:
            (self._rows.first() or self).setFocus()

    def escape(self) -> Touch | None:
        return Touch.CANCEL


def chosen_of(screen: MyKeys) -> FactorView | None:
    """The factor that was pressed, if it is still there."""
    return next((factor for factor in screen.factors if factor.mark == screen.chosen), None)
