"""Step-up: what is asked, by which program, of which records, and one way to approve it; refusing is as easy."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.session.events import Button as Touch
from kiosk.session.screens import StepUp
from kiosk.ui.parts.button import Button
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.fact import Fact
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.other_ways import OtherWays
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Columns, Giving
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.prove import ProvePanel
from kiosk.ui.parts.purpose import PurposePanel
from kiosk.ui.parts.text import Text
from kiosk.ui.words import plain


class StepUpPage(Page):
    """Draws ``StepUp``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._asked: tuple[object, ...] | None = None
        self._countdown = Countdown(self._show_left, self)
        self._person = PersonHeading(kit, compact=True)
        self._action = Text("title")
        self._why = Text("lead")
        self._why.say(kit.words("why.step_up"))
        self._notice = NoticeLine(kit, size="small")
        self._program = Fact(kit, "app")
        self._records = Fact(kit, "records")
        self._sensitivity = Fact(kit, "eye")
        self._purpose = Fact(kit, "purpose")
        self._left = Fact(kit, "clock")
        self._others = OtherWays(kit)
        self._refuse = Button(kit, "refuse", lambda: self.press(Touch.REFUSE), "cross")
        self._refuse.say(kit.words("step_up.refuse"))
        self._panel = ProvePanel(kit)
        self._purposes = PurposePanel(kit)
        right = QWidget()
        stack = QVBoxLayout(right)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.addWidget(self._panel)
        stack.addWidget(self._purposes)
        self.body.addWidget(Columns(kit, self._left_side(), right), 1)

    def _left_side(self) -> QWidget:
        self._side = Giving(self._why, self._person.roles, self._others.caption)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.kit.px(12))
        column.addWidget(self._person)
        column.addStretch(1)
        column.addWidget(self._action)
        column.addWidget(self._why)
        for fact in (self._program, self._records, self._sensitivity, self._purpose, self._left):
            column.addWidget(fact)
        column.addWidget(self._notice)
        column.addStretch(1)
        column.addWidget(self._others)
        column.addWidget(self._refuse)
        return self._side

    def draw(self, screen: StepUp) -> None:
        """Show ``screen``. What a program says of itself and its wish is shown as text, made harmless by ``plain``."""
        words = self.kit.words
        self.show_around(screen.around)
        self._person.show_person(screen.person)
        self._action.say(words.name_of("action", screen.action))
        origin = f" · {plain(screen.origin, 60)}" if screen.origin else ""
        self._program.say(words("step_up.program"), plain(screen.program, 60) + origin)
        self._records.say(words("step_up.records" if screen.records else "step_up.about"), self._what(screen))
        self._sensitivity.say(words("step_up.sensitivity"), words(f"sensitivity.{screen.sensitivity}"))
        purpose = words.name_of("purpose", screen.purpose) if screen.purpose else ""
        self._purpose.say(words("step_up.purpose"), purpose)
        self._show_proof(screen)
        self._count(screen)
        self._side.make_room()

    def _what(self, screen: StepUp) -> str:
        """What is not about records has only a name."""
        resource = plain(screen.resource, 80)
        return f"{self.kit.words('step_up.count', n=screen.records)} · {resource}" if screen.records else resource

    def _show_proof(self, screen: StepUp) -> None:
        """The purpose first where one must be picked; then the proof; else a word that the service is being asked."""
        asks_purpose = screen.prove is None and bool(screen.purposes) and not screen.purpose
        self._purposes.setVisible(asks_purpose)
        self._panel.setVisible(not asks_purpose)
        if asks_purpose:
            self._purposes.show_purposes(screen.purposes)
        elif screen.prove is not None:
            self._panel.show_prove(screen.prove)
        else:
            self._panel.show_nothing()
        self._others.show_prove(screen.prove)
        self._notice.show_notice(screen.notice)

    def _count(self, screen: StepUp) -> None:
        """Count anew for a new wish, not for every change of the same one."""
        asked = (screen.person, screen.program, screen.action, screen.resource, screen.records, screen.seconds)
        if asked != self._asked:
            self._asked = asked
            self._countdown.start(screen.seconds)

    def _show_left(self, seconds: int) -> None:
        minutes, rest = divmod(seconds, 60)
        self._left.say(self.kit.words("step_up.left"), f"{minutes}:{rest:02}")

    def leave(self) -> None:
        """No longer shown: stop counting."""
        self._asked = None
        self._countdown.stop()

    def focus_act(self) -> None:
        """The field, or the list of purposes, or the screen."""
        if self._purposes.isVisibleTo(self):
            self._purposes.focus_act()
        elif self._panel.field.isVisibleTo(self):
            self._panel.field.setFocus()
        else:
            self.setFocus()

    def escape(self) -> Touch | None:
        return Touch.REFUSE

    def typed(self, text: str) -> None:
        """What is typed while a button has the keyboard goes into the field."""
        if self._purposes.isVisible():
            self._purposes.typed(text)
        elif self._panel.field.isVisible():
            self._panel.field.setFocus()
            self._panel.field.take(text)
