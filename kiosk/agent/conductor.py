"""Every event comes here from the inbox, on the ui thread, and every order leaves from here.

``state, orders = step(state, event)``; the orders are carried out in their order; then the window shows
``screen_for(state)``. Whatever fails in between covers the screen first and is a fact for the session next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from kiosk.agent.cards import Cards
from kiosk.agent.cards_enrol import CardsEnrol
from kiosk.agent.carrying_out import Rooms, ScreenWindow, carry_out
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.emergencies import Emergencies
from kiosk.agent.emergency_programs import EmergencyPrograms
from kiosk.agent.hooks import Hooks
from kiosk.agent.inbox import Inbox
from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.agent.net_enrol import NetEnrol
from kiosk.agent.open_sessions import Sessions
from kiosk.agent.printer import Printer
from kiosk.agent.sounds import Sounds
from kiosk.agent.status import Status, status_of
from kiosk.agent.timers import Timers
from kiosk.agent.worker import place_of
from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.session.facts.buttons import KeyPress
from kiosk.session.facts.events import Event, LanguageChanged
from kiosk.session.facts.held_by_mode import behind, seen_session, session_of
from kiosk.session.facts.orders import Order
from kiosk.session.facts.person_input import Key
from kiosk.session.facts.program_bar import ProgramsChanged
from kiosk.session.facts.screens import Screen
from kiosk.session.facts.state import State, initial
from kiosk.session.facts.station_news import KeyboardChanged, Online, RoomFailed
from kiosk.session.screen import screen_for
from kiosk.session.step import step
from kiosk.stage import Stage
from kiosk.stage.keyboard_state import KeyboardWatch
from kiosk.stage.touch import TouchWatch

EX_SOFTWARE = 70
"""sysexits.h: the agent cannot go on; whoever started it starts it again, locked."""
log = logging.getLogger("kiosk.agent")


class Conductor:
    """Owns the session's state. ``attach`` it to its rooms once, then events may flow."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.inbox.handle = self.handle
        self.post = self.inbox.post
        self._state: State = initial()
        self._screen: Screen = screen_for(self._state)
        self.status: Status = status_of(self._state, self._screen)
        self._seen_readers = False
        self.readers_seen: Callable[[], None] = lambda: None
        self.place_known: Callable[[], None] = lambda: None

    def attach(
        self, window: ScreenWindow, stage: Stage, cards: Cards, net: Net, link: Link, rings: PendingStepUps
    ) -> None:
        """Join the rooms. ``window`` is shown the present screen."""
        self._window, self._stage, self._cards, self._net = window, stage, cards, net
        self._link, self._rings = link, rings
        self._emergencies = Emergencies(link, self.post)
        self._emergencies.start()
        window.show_screen(self._screen)

    def sessions(self) -> Sessions:
        """Those that are open here, and those whose programs wait. From any thread."""
        state = self._state
        found = (session_of(state.mode), behind(state.mode))
        return Sessions(
            # An emergency access is no session of the service's: it would not know it.
            tuple(session.id for session in found if session and not session.emergency),
            tuple(workspace.session for workspace in state.workspaces),
        )

    def seen(self, login: str) -> str | None:
        """Id of ``login``'s session, if its workspace is seen now. From any thread."""
        session = seen_session(self._state.mode)
        mine = session is not None and session.person.login == login and not session.emergency
        return session.id if session is not None and mine else None

    def attach_watchers(
        self,
        touch: TouchWatch,
        keyboard: KeyboardWatch,
        hooks: Hooks,
        programs: EmergencyPrograms,
        printer: Printer,
        sounds: Sounds,
    ) -> None:
        """Join who else is told: watches for touches and the keyboard, the station's own programs, its loudness."""
        self._rooms = Rooms(
            window=self._window,
            stage=self._stage,
            cards=self._cards,
            cards_enrol=CardsEnrol(self._cards),
            net=self._net,
            net_enrol=NetEnrol(self._net),
            emergencies=self._emergencies,
            link=self._link,
            rings=self._rings,
            alarms=Timers(self.inbox, self.post),
            touch=touch,
            keyboard=keyboard,
            hooks=hooks,
            programs=programs,
            printer=printer,
            sounds=sounds,
            language_shown=lambda language: self.post(LanguageChanged(language)),
            screen=lambda: screen_for(self._state),
        )

    def handle(self, event: Event) -> None:
        """One event, on the ui thread."""
        # A program's windows may come and go many times a second, and would push all else out of the log.
        told = not isinstance(event, Key | KeyPress | KeyboardChanged | ProgramsChanged)
        if told:
            log.info("event %s turn=%s", type(event).__name__, getattr(event, "turn", "-"))
        try:
            self._notice(event)
            self._state, orders = step(self._state, event)
            for order in orders:
                self._carry_out(order, told)
            self._show()
        except Exception as error:
            log.error("SESSION: %s", place_of(error))
            self._fail(event)

    def _notice(self, event: Event) -> None:
        """What the rooms want to know before the session decides."""
        if isinstance(event, Tap):
            self._stage.stirred()
            self._net.warm()
        elif isinstance(event, Lift):
            self._cards.lifted(event.number)
        elif isinstance(event, Online):
            self.place_known()
        elif isinstance(event, ReadersChanged) and not self._seen_readers:
            self._seen_readers = True
            self.readers_seen()

    def _carry_out(self, order: Order, told: bool) -> None:
        if told:
            log.debug("order %s turn=%s", type(order).__name__, getattr(order, "turn", "-"))
        carry_out(self._rooms, order)

    def _show(self) -> None:
        screen = screen_for(self._state)
        if screen != self._screen:
            self._screen = screen
            self._window.show_screen(screen)
        self.status = status_of(self._state, screen)  # not before: who reads it may go on and type

    def _fail(self, event: Event) -> None:
        """Cover, then let the session know; if it cannot even take that, end: a restart begins locked."""
        self._stage.cover()
        if isinstance(event, RoomFailed):
            log.critical("the agent cannot go on")
            QCoreApplication.exit(EX_SOFTWARE)
        else:
            self.post(RoomFailed("SESSION"))
