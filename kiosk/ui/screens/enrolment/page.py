"""Enrolment: the steps at the top; whose it is and what it is about at the left; the part to act in at the right."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.enrolment import EnrolAct
from kiosk.model.people import Person
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.enrolment_screens import EnrolDone, Enrolment, EnrolProve, Trail
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.fact import Fact
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Columns, Giving, limited
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.parts.steps import Steps
from kiosk.ui.parts.text import Text
from kiosk.ui.screens.enrolment.part import Part, failure_said
from kiosk.ui.screens.enrolment.stack import Stack
from kiosk.ui.words import plain

STEPS: tuple[Trail, ...] = ("who", "proof", "new", "try", "done")
LOST: tuple[Trail, ...] = ("who", "proof", "done")
HURRY = 60
"""Seconds left from which the time is shown: before, it is one more thing to read."""


class EnrolmentPage(Page):
    """Draws ``Enrolment``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._stack = Stack(kit)
        self._last: Enrolment | None = None
        self._moved = True
        self._countdown = Countdown(self._show_left, self)
        self._steps = Steps(kit)
        self._person = PersonHeading(kit, compact=True)
        self._title = Text("title")
        self._lead = Text("lead")
        self._notice = NoticeLine(kit, size="small")
        self._second = Fact(kit, "people")
        self._left = Fact(kit, "clock")
        self._left.setProperty("said", "")  # every second is too often
        self._back = KeyedButton(kit, "plain", lambda: self.press(Touch.BACK), "back")
        self._back.say(kit.words("enrol.back"))
        self._cancel = KeyedButton(kit, "plain", lambda: self.press(Touch.CANCEL), "cross")
        self._cancel.say(kit.words("enrol.cancel"))
        right = QWidget()
        right.setLayout(self._stack.panels)
        self.body.setContentsMargins(kit.px(40), 0, kit.px(40), kit.px(24))  # the keypad needs the height
        self.body.setSpacing(kit.px(14))
        self.body.addLayout(limited(kit, self._steps))
        self.body.addWidget(Columns(kit, self._left_side(), right), 1)

    def _left_side(self) -> QWidget:
        kit = self.kit
        self._side = Giving(self._person.roles, self._lead)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(12))
        foot = QHBoxLayout()
        foot.setSpacing(kit.px(12))
        foot.addWidget(self._back, 1)
        foot.addWidget(self._cancel, 1)
        column.addWidget(self._person)
        column.addStretch(1)
        for text in (self._title, self._lead, self._second, self._left, self._notice):
            column.addWidget(text)
        column.addStretch(1)
        column.addLayout(self._stack.beside)
        column.addLayout(foot)
        return self._side

    def draw(self, screen: Enrolment) -> None:
        """Show ``screen``."""
        before, self._last = self._last, screen
        self.show_around(screen.status)
        self._show_steps(screen)
        part, new = self._stack.take(type(screen.part))
        part.show_part(screen, screen.part)
        changed = new or before is None or before.part != screen.part
        if new or before is None:
            self.came()
        if changed:
            self._moved = True
            self._stack.order(self._back, self._cancel)
        self._show_person(screen)
        self._title.say(part.title(screen))
        self._lead.say(part.lead(screen, screen.part))
        self._show_notice(screen, part)
        self._back.setVisible(screen.back)
        self._cancel.setVisible(not isinstance(screen.part, EnrolDone))
        if before is None or before.seconds != screen.seconds or before.person != screen.person:
            self._countdown.start(screen.seconds)
        self._side.make_room()

    def _show_steps(self, screen: Enrolment) -> None:
        steps = LOST if screen.act is EnrolAct.LOST else STEPS
        at = steps.index(screen.at) if screen.at in steps else len(steps) - 1
        self._steps.show_steps(tuple(self.kit.words(f"enrol.steps.{step}") for step in steps), at)

    def _show_person(self, screen: Enrolment) -> None:
        """Whose act is awaited now, if that is known: a key says so only at the end. Below it the one who vouched."""
        vouches = isinstance(screen.part, EnrolProve) and screen.part.second
        person: Person | None = screen.second if vouches else screen.person
        self._person.setVisible(person is not None)
        if person is not None:
            self._person.show_person(person)
        second = plain(screen.second.name, 60) if screen.second and not vouches else ""
        self._second.say(self.kit.words("enrol.vouched"), second)

    def _show_notice(self, screen: Enrolment, part: Part[Any]) -> None:
        if screen.refusal is not None and not part.tells:
            self._notice.say(failure_said(self.kit.words, screen.refusal), "refused")
        else:
            self._notice.show_notice(screen.notice)

    def _show_left(self, seconds: int) -> None:
        minutes, rest = divmod(seconds, 60)
        ends = self._last is not None and not isinstance(self._last.part, EnrolDone)
        self._left.say(self.kit.words("step_up.left"), f"{minutes}:{rest:02}" if seconds <= HURRY and ends else "")

    def leave(self) -> None:
        """No longer shown: stop counting, and keep nothing that was typed or shown."""
        self._countdown.stop()
        self._stack.put_away()
        self._last = None
        self._moved = True

    def focus_act(self) -> None:
        """The part's act where the part is new; else where the person has put the keyboard."""
        focus = QApplication.focusWidget()
        if not self._moved and focus is not None and focus.isVisible() and self.isAncestorOf(focus):
            return
        self._moved = False
        act = self._stack.part.act() if self._stack.part is not None else None
        if isinstance(act, SecretField):
            act.focus_anew()
        else:
            (act or self).setFocus()

    def escape(self) -> Touch | None:
        """Leaves; once all is done, that is all there is to do."""
        done = self._last is not None and isinstance(self._last.part, EnrolDone)
        return Touch.DONE if done else Touch.CANCEL

    def typed(self, text: str) -> None:
        if self._stack.part is not None:
            self._stack.part.typed(text)
