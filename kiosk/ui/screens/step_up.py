"""Step-up: what is asked, by which program, of which records, and one way to approve it; refusing is as easy."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.model.consent import in_language
from kiosk.model.people import Person
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.consent_pages import LISTED
from kiosk.session.facts.person_input import PageShown
from kiosk.session.facts.screens import StepUp
from kiosk.ui.parts import voice
from kiosk.ui.parts.asked import ICONS, Whole, action, asker, facts
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.emergency_strip import EmergencyStrip
from kiosk.ui.parts.fact import Fact
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.other_ways import OtherWays
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Columns, Giving, Row
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.prove import ProvePanel
from kiosk.ui.parts.purpose import PurposePanel
from kiosk.ui.parts.reading import ReadingPanel
from kiosk.ui.parts.second import SecondPanel
from kiosk.ui.parts.text import Text

NOBODY_YET = Person("", "", "", ())
"""A key was held to the reader that has not said whose it is."""
HURRY = 30
"""Seconds left that are said to whoever does not see them."""


class StepUpPage(Page):
    """Draws ``StepUp``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._asked: tuple[object, ...] | None = None
        self._screen: StepUp | None = None
        self._told: tuple[object, ...] | None = None
        self._read: tuple[object, ...] | None = None
        self._countdown = Countdown(self._show_left, self)
        self._emergency = EmergencyStrip(kit, kit.measure.bar, self)
        self.put_above(self._emergency)
        self._person = PersonHeading(kit, compact=True)
        self._another = NoticeLine(kit, size="small")
        self._action = Whole("title")
        self._why = Text("lead")
        self._notice = NoticeLine(kit, size="small")
        self._asker = Fact(kit, "app", labelled=False)
        self._facts = {key: Fact(kit, icon) for key, icon in {**ICONS, LISTED: "people"}.items()}
        self._sensitivity = Fact(kit, "eye")
        self._left = Fact(kit, "clock")
        self._left.setProperty("said", "")  # every second is too often
        self._others = OtherWays(kit)
        self._refuse = KeyedButton(kit, "refuse", lambda: self.press(Touch.REFUSE), "cross")
        self._refuse.say(kit.words("step_up.refuse"))
        self._again = KeyedButton(kit, "plain", lambda: self.press(Touch.READ_AGAIN), "eye")
        self._again.say(kit.words("step_up.read_again"))
        self._not_me = KeyedButton(kit, "refuse", lambda: self.press(Touch.NOT_ME), "warning")
        self._not_me.say(kit.words("step_up.not_me"))
        self._panel = ProvePanel(kit)
        self._reading = ReadingPanel(kit, self.press)
        self._purposes = PurposePanel(kit)
        self._second = SecondPanel(kit)
        right = QWidget()
        stack = QVBoxLayout(right)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.addWidget(self._panel)
        stack.addWidget(self._purposes)
        stack.addWidget(self._reading)
        stack.addWidget(self._second)
        self.body.addWidget(Columns(kit, self._left_side(), right), 1)

    def _left_side(self) -> QWidget:
        self._side = Giving(self._why, self._person.roles, self._others.caption)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.kit.px(12))
        column.addWidget(self._person)
        column.addStretch(1)
        column.addWidget(self._another)
        column.addWidget(self._action)
        column.addWidget(self._why)
        asked = QVBoxLayout()
        asked.setSpacing(self.kit.px(5))
        for fact in (self._asker, *self._facts.values(), self._sensitivity, self._left):
            asked.addWidget(fact)
        column.addLayout(asked)
        column.addWidget(self._notice)
        column.addStretch(1)
        column.addWidget(self._again)
        column.addWidget(self._others)
        no = Row(self.kit)
        no.add(self._refuse)
        no.add(self._not_me)
        column.addWidget(no)
        return self._side

    def draw(self, screen: StepUp) -> None:
        """Show ``screen``: every line of it, as it will be signed."""
        words = self.kit.words
        self._screen = screen
        self.show_around(screen.status)
        self._emergency.show_emergency(screen.emergency, "")
        self._person.show_person(screen.person or NOBODY_YET, with_login=screen.person is not None)
        self._another.say(words("step_up.another") if screen.another and not screen.notice else "", "warning")
        why = words("why.second") if screen.agreeing else words("why.step_up")
        self._why.say(in_language(screen.says, words.language) or why)
        self._action.say(next((action(words, line.value) for line in screen.lines if line.key == "action"), ""))
        self._asker.say("", asker(words, screen.lines))
        for key, (label, value) in facts(words, screen.lines).items():
            self._facts[key].say(label, value)
        self._sensitivity.say(words("step_up.sensitivity"), words(f"sensitivity.{screen.sensitivity}"))
        self._show_proof(screen)
        self._count(screen)
        self._give_room()
        self._side.make_room()
        self.update()  # what is painted is told (``paintEvent``)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell the session what has come to be seen, once for each."""
        super().paintEvent(event)
        screen, page = self._screen, self._screen.page if self._screen else None
        if screen is None:
            return
        seen: tuple[object, ...] = (screen.request_number, self.kit.words.language, page.number if page else 0)
        if page is not None and not page.painted:
            seen = (*seen, id(screen))
        if seen != self._told:
            self._told = seen
            self.kit.post(PageShown(screen.request_number, page.number if page else 0, self.kit.words.language))

    def _show_proof(self, screen: StepUp) -> None:
        """The purpose first where one must be picked; then the proof; else a word that the service is being asked."""
        asks_purpose = screen.prove is None and bool(screen.purposes)
        reads = screen.page is not None and not asks_purpose
        finds = screen.second is not None and not reads
        number = screen.page.number if screen.page is not None else None
        to_read = (screen.request_number, asks_purpose, number, finds, screen.agreeing)
        if to_read != self._read:
            self._read = to_read
            self.came()
        self._purposes.setVisible(asks_purpose)
        self._reading.setVisible(reads)
        self._panel.setVisible(not asks_purpose and not reads and not finds)
        self._second.setVisible(finds)
        self._again.setVisible(screen.again)
        if asks_purpose:
            self._purposes.show_purposes(screen.purposes)
        elif screen.page is not None:
            self._panel.forget()
            self._reading.show_page(screen.page)
        elif screen.second is not None:
            self._panel.forget()
            self._second.show_wanted(screen.second)
        elif screen.prove is not None:
            self._panel.show_prove(screen.prove, screen.ready)
        else:
            self._panel.show_nothing()
        self._others.show_prove(None if reads else screen.prove)
        self._notice.show_notice(screen.notice)

    def _count(self, screen: StepUp) -> None:
        """Count anew for a new wish, not for every change of the same one."""
        asked = (screen.person, screen.request_number, screen.seconds)
        if asked != self._asked:
            self._asked = asked
            self._purposes.forget()
            self._second.forget()
            self._countdown.start(screen.seconds)

    def _show_left(self, seconds: int) -> None:
        minutes, rest = divmod(seconds, 60)
        self._left.say(self.kit.words("step_up.left"), f"{minutes}:{rest:02}")
        if seconds == HURRY:
            voice.tell(self, f"{self.kit.words('step_up.left')}: {self.kit.words.duration(seconds)}")
        self._give_room()

    def _give_room(self) -> None:
        """A notice stands for a few seconds, in the place of what can wait; an emergency's reason always."""
        noticed = self._screen is not None and self._screen.notice is not None
        urgent = self._screen is not None and self._screen.emergency is not None
        self._sensitivity.setVisible(not noticed and not urgent)
        self._left.setVisible(not noticed)

    def leave(self) -> None:
        """No longer shown: stop counting. What was typed was for this request alone."""
        self._asked = self._told = self._read = self._screen = None
        self._panel.forget()
        self._second.forget()
        self._countdown.stop()
        self._emergency.stop()

    def focus_act(self) -> None:
        """The field, or the list of purposes, or the screen."""
        if self._purposes.isVisibleTo(self):
            self._purposes.focus_act()
        elif self._second.isVisibleTo(self):
            self._second.focus_act()
        elif self._reading.isVisibleTo(self):
            self._reading.focus_act()
        elif self._panel.field.isVisibleTo(self):
            self._panel.field.focus_anew()
        else:
            self.setFocus()

    def escape(self) -> Touch | None:
        return Touch.REFUSE

    def typed(self, text: str) -> None:
        """What is typed while a button has the keyboard goes into the field."""
        if self._purposes.isVisible():
            self._purposes.typed(text)
        elif self._second.isVisible():
            self._second.typed(text)
        elif self._panel.field.isVisible():
            self._panel.field.setFocus()
            self._panel.field.take(text)
