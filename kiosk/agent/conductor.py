"""Every event comes here from the inbox, on the ui thread, and every order leaves from here.

``state, orders = step(state, event)``; the orders are carried out in their order; then the window shows
``screen_for(state)``. Whatever fails in between covers the screen first and is a fact for the session next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from kiosk.agent.alarms import Alarms
from kiosk.agent.cards import Cards
from kiosk.agent.cards_enrol import CardsEnrol
from kiosk.agent.doorbell.open_requests import Rings
from kiosk.agent.hooks import Hooks
from kiosk.agent.inbox import Inbox
from kiosk.agent.link import Link, Sessions
from kiosk.agent.net import Net
from kiosk.agent.net_enrol import NetEnrol
from kiosk.agent.printer import Printer
from kiosk.agent.sounds import Sounds
from kiosk.agent.status import Status, status_of
from kiosk.agent.worker import place_of
from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.session.facts import enrolment_orders
from kiosk.session.facts import orders as order_kinds
from kiosk.session.facts.events import (
    Broken,
    Event,
    Key,
    KeyboardSays,
    KeyPress,
    LanguageShown,
    Online,
    ProgramsStand,
)
from kiosk.session.facts.orders import Order
from kiosk.session.facts.screens import Screen
from kiosk.session.facts.state import State, behind, initial, session_of
from kiosk.session.screen import screen_for
from kiosk.session.step import step
from kiosk.stage import Stage
from kiosk.stage.keyboard_state import KeyboardWatch
from kiosk.stage.touch import TouchWatch

EX_SOFTWARE = 70
"""sysexits.h: the agent cannot go on; whoever started it starts it again, locked."""
log = logging.getLogger("kiosk.agent")


class Window(Protocol):
    """What the conductor needs of ``ui.Window``."""

    def show_screen(self, screen: Screen) -> None: ...
    def play(self, name: str, level: int) -> None: ...
    def next_language(self) -> str: ...

    def speak(self, language: str, screen: Screen | None = None) -> None: ...


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

    def attach(self, window: Window, stage: Stage, cards: Cards, net: Net, link: Link, rings: Rings) -> None:
        """Join the rooms. ``window`` is shown the present screen."""
        self._window, self._stage, self._cards, self._net = window, stage, cards, net
        alarms = Alarms(self.inbox, self.post)
        o = order_kinds
        self._hands: dict[type, Callable[..., None]] = {
            o.Probe: cards.probe,
            o.ProbeUsb: cards.probe_usb,
            o.Sign: cards.sign,
            o.DropCard: lambda order: cards.drop(order.tap),
            o.Begin: net.begin,
            o.BeginStepUp: net.begin_step_up,
            o.AskChallenge: net.challenge,
            o.SendProof: net.send_proof,
            o.SendSecret: net.send_secret,
            o.CancelCeremony: net.cancel,
            o.AskMoreTime: net.more_time,
            o.Wipe: lambda order: order.secret.wipe(),
            o.ShowWorkspace: lambda order: stage.show(order.person),
            o.Cover: lambda order: stage.cover(),
            o.EndWorkspace: lambda order: stage.end(order.login),
            o.WatchIdle: lambda order: stage.watch_idle(order.seconds),
            o.BringProgram: lambda order: stage.bring(order.login, order.program),
            o.LeaveBar: lambda order: stage.leave_bar(),
            o.StopWatchingIdle: lambda order: stage.stop_watching_idle(),
            o.Tell: link.tell,
            o.Alarm: alarms.set,
            o.Hush: lambda order: alarms.hush(order.name),
            o.AnswerRing: lambda order: rings.answer(order.ring, order.answer),
            o.NextLanguage: lambda order: self.post(LanguageShown(window.next_language())),
            o.ShowLanguage: lambda order: window.speak(order.language, screen_for(self._state)),
            o.KeepLanguage: net.keep_language,
        }
        self._hands.update(_enrolling(CardsEnrol(cards), NetEnrol(net)))
        window.show_screen(self._screen)

    def sessions(self) -> Sessions:
        """Those that are open here, and those whose programs wait. From any thread."""
        state = self._state
        found = (session_of(state.mode), behind(state.mode))
        return Sessions(tuple(one.id for one in found if one), tuple(kept.session for kept in state.kept))

    def attach_watchers(
        self, touch: TouchWatch, keyboard: KeyboardWatch, hooks: Hooks, printer: Printer, sounds: Sounds
    ) -> None:
        """Join who else is told: watches for touches and the keyboard, the station's own programs, its loudness."""
        self._hands[order_kinds.Sound] = lambda order: self._window.play(order.name, sounds.level())
        self._hands[order_kinds.ToggleSounds] = lambda order: sounds.toggle()
        self._hands[order_kinds.WatchTouch] = lambda order: touch.watch()
        self._hands[order_kinds.NextLayout] = lambda order: keyboard.next_layout()
        self._hands[order_kinds.RunHook] = hooks.run
        self._hands[enrolment_orders.PrintCodes] = printer.codes

    def handle(self, event: Event) -> None:
        """One event, on the ui thread."""
        # A program's windows may come and go many times a second, and would push all else out of the log.
        told = not isinstance(event, Key | KeyPress | KeyboardSays | ProgramsStand)
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
        self._hands[type(order)](order)

    def _show(self) -> None:
        screen = screen_for(self._state)
        if screen != self._screen:
            self._screen = screen
            self._window.show_screen(screen)
        self.status = status_of(self._state, screen)  # not before: who reads it may go on and type

    def _fail(self, event: Event) -> None:
        """Cover, then let the session know; if it cannot even take that, end: a restart begins locked."""
        self._stage.cover()
        if isinstance(event, Broken):
            log.critical("the agent cannot go on")
            QCoreApplication.exit(EX_SOFTWARE)
        else:
            self.post(Broken("SESSION"))


def _enrolling(cards: CardsEnrol, net: NetEnrol) -> dict[type, Callable[..., None]]:
    """Who carries out the orders of an enrolment."""
    o = enrolment_orders
    return {
        o.ReadKey: cards.read_key,
        o.MakeKey: cards.make_key,
        o.ReadPivCertificates: cards.read_piv,
        o.ReadPkocKey: cards.read_pkoc,
        o.BeginEnrolment: net.begin,
        o.LookEnrolment: net.look,
        o.ChooseKind: net.choose,
        o.SecondPresents: net.second,
        o.SendMade: net.made,
        o.SendNewPin: net.new_pin,
        o.AskTryChallenge: net.challenge,
        o.SendTry: net.tried,
        o.SendTyped: net.typed,
        o.CancelEnrolment: net.cancel,
        o.FetchFactors: net.factors,
        o.NameFactor: net.name,
    }
