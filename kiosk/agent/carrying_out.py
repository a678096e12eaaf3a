"""Each order of the session goes to the room that carries it out. mypy fails here if an order has no room.

Every order belongs to one of the session's groups, and each group has one function whose ``match`` names all of its
orders: ``assert_never`` is reached by no order, or this file is not well typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, assert_never

from kiosk.agent.cards import Cards
from kiosk.agent.cards_enrol import CardsEnrol
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.emergencies import Emergencies
from kiosk.agent.emergency_programs import EmergencyPrograms
from kiosk.agent.hooks import Hooks
from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.agent.net_enrol import NetEnrol
from kiosk.agent.printer import Printer
from kiosk.agent.sounds import Sounds
from kiosk.agent.timers import Timers
from kiosk.session.facts import card_orders, ceremony_orders, session_orders, stage_orders
from kiosk.session.facts import enrolment_orders as eo
from kiosk.session.facts import orders as o
from kiosk.session.facts.program_bar import BringProgram, LeaveBar
from kiosk.session.facts.screens import Screen
from kiosk.stage import Stage
from kiosk.stage.keyboard_state import KeyboardWatch
from kiosk.stage.touch import TouchWatch


class ScreenWindow(Protocol):
    """What is needed of ``ui.ScreenWindow``."""

    def show_screen(self, screen: Screen) -> None: ...
    def play(self, name: str, level: int) -> None: ...
    def next_language(self) -> str: ...

    def speak(self, language: str, screen: Screen | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """Who carries orders out. ``language_shown``: told which language ``NextLanguage`` came to; ``screen``: the present
    one."""

    window: ScreenWindow
    stage: Stage
    cards: Cards
    cards_enrol: CardsEnrol
    net: Net
    net_enrol: NetEnrol
    emergencies: Emergencies
    link: Link
    rings: PendingStepUps
    alarms: Timers
    touch: TouchWatch
    keyboard: KeyboardWatch
    hooks: Hooks
    programs: EmergencyPrograms
    printer: Printer
    sounds: Sounds
    language_shown: Callable[[str], None]
    screen: Callable[[], Screen]


def carry_out(rooms: Rooms, order: o.Order) -> None:
    """Hand ``order`` to its room. Raises whatever the room raises."""
    if isinstance(order, stage_orders.StageOrder):
        _stage(rooms.stage, order)
    elif isinstance(order, card_orders.CardOrder):
        _cards(rooms, order)
    elif isinstance(order, ceremony_orders.CeremonyOrder):
        _ceremony(rooms.net, order)
    elif isinstance(order, session_orders.SessionOrder):
        _session(rooms, order)
    elif isinstance(order, eo.EnrolmentOrder):
        _enrolment(rooms.net_enrol, order)
    elif isinstance(order, o.AgentOrder):
        _agent(rooms, order)
    else:
        assert_never(order)


def _stage(stage: Stage, order: stage_orders.StageOrder) -> None:
    match order:
        case stage_orders.ShowWorkspace():
            stage.show(order.person)
        case stage_orders.Cover():
            stage.cover()
        case stage_orders.EndWorkspace():
            stage.end(order.login)
        case stage_orders.WatchIdle():
            stage.watch_idle(order.seconds)
        case stage_orders.StopWatchingIdle():
            stage.stop_watching_idle()
        case BringProgram():
            stage.bring(order.login, order.program)
        case LeaveBar():
            stage.leave_bar()
        case _:
            assert_never(order)


def _cards(rooms: Rooms, order: card_orders.CardOrder) -> None:
    match order:
        case card_orders.ProbeCard():
            rooms.cards.probe(order)
        case card_orders.ProbeUsbKey():
            rooms.cards.probe_usb(order)
        case card_orders.SignChallenge():
            rooms.cards.sign(order)
        case card_orders.DropCard():
            rooms.cards.drop(order.tap)
        case card_orders.ReadKey():
            rooms.cards_enrol.read_key(order)
        case card_orders.MakeKey():
            rooms.cards_enrol.make_key(order)
        case card_orders.ReadPivCertificates():
            rooms.cards_enrol.read_piv(order)
        case card_orders.ReadPkocKey():
            rooms.cards_enrol.read_pkoc(order)
        case _:
            assert_never(order)


def _ceremony(net: Net, order: ceremony_orders.CeremonyOrder) -> None:
    match order:
        case ceremony_orders.BeginCeremony():
            net.begin(order)
        case ceremony_orders.BeginOffline():
            net.begin_offline(order)
        case ceremony_orders.BeginStepUp():
            net.begin_step_up(order)
        case ceremony_orders.NameSecond():
            net.name_second(order)
        case ceremony_orders.FinishStepUp():
            net.finish(order)
        case ceremony_orders.AskChallenge():
            net.challenge(order)
        case ceremony_orders.SendProof():
            net.send_proof(order)
        case ceremony_orders.SendSecret():
            net.send_secret(order)
        case ceremony_orders.CancelCeremony():
            net.cancel(order)
        case ceremony_orders.AskMoreTime():
            net.more_time(order)
        case _:
            assert_never(order)


def _session(rooms: Rooms, order: session_orders.SessionOrder) -> None:
    match order:
        case session_orders.BeginEmergency():
            rooms.emergencies.begin(order)
        case session_orders.FetchOwed():
            rooms.net.owed(order)
        case session_orders.SendOwed():
            rooms.net.write_owed(order)
        case session_orders.KeepLanguage():
            rooms.net.keep_language(order)
        case session_orders.DeclineQuestion():
            rooms.link.questions.decline(order.session, order.question)
        case session_orders.ReportEvent():
            rooms.link.tell(order)
        case session_orders.RunHook():
            rooms.hooks.run(order)
        case session_orders.WatchPrograms():
            rooms.programs.watch(order.session)
        case session_orders.StopWatchingPrograms():
            rooms.programs.leave()
        case _:
            assert_never(order)


def _enrolment(net: NetEnrol, order: eo.EnrolmentOrder) -> None:
    match order:
        case eo.StartEnrolment():
            net.begin(order)
        case eo.RefreshEnrolment():
            net.look(order)
        case eo.ChooseKind():
            net.choose(order)
        case eo.SecondPresents():
            net.second(order)
        case eo.SendMade():
            net.made(order)
        case eo.SendNewPin():
            net.new_pin(order)
        case eo.AskTryChallenge():
            net.challenge(order)
        case eo.SendTry():
            net.tried(order)
        case eo.SendTyped():
            net.typed(order)
        case eo.CancelEnrolment():
            net.cancel(order)
        case eo.FetchFactors():
            net.factors(order)
        case eo.NameFactor():
            net.name(order)
        case _:
            assert_never(order)


def _agent(rooms: Rooms, order: o.AgentOrder) -> None:
    match order:
        case o.WipeSecret():
            order.secret.wipe()
        case o.SetTimer():
            rooms.alarms.set(order)
        case o.CancelTimer():
            rooms.alarms.cancel(order.name)
        case o.AnswerStepUp():
            rooms.rings.answer(order.request_number, order.answer)
        case o.NextLanguage():
            rooms.language_shown(rooms.window.next_language())
        case o.ShowLanguage():
            rooms.window.speak(order.language, rooms.screen())
        case o.PlaySound():
            rooms.window.play(order.name, rooms.sounds.level())
        case o.ToggleSounds():
            rooms.sounds.toggle()
        case o.WatchTouch():
            rooms.touch.watch()
        case o.NextLayout():
            rooms.keyboard.next_layout()
        case o.PrintCodes():
            rooms.printer.codes(order)
        case _:
            assert_never(order)
