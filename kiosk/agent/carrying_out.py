"""Each order of the session goes to the room that carries it out. mypy fails here if an order has no room.

Every order belongs to one of the groups below, and each group has one function whose ``match`` names all of its
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
from kiosk.agent.hooks import Hooks
from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.agent.net_enrol import NetEnrol
from kiosk.agent.printer import Printer
from kiosk.agent.sounds import Sounds
from kiosk.agent.timers import Timers
from kiosk.session.facts import enrolment_orders as eo
from kiosk.session.facts import orders as o
from kiosk.session.facts.screens import Screen
from kiosk.stage import Stage
from kiosk.stage.keyboard_state import KeyboardWatch
from kiosk.stage.touch import TouchWatch

CardOrder = (
    o.ProbeCard
    | o.ProbeUsbKey
    | o.SignChallenge
    | o.DropCard
    | eo.ReadKey
    | eo.MakeKey
    | eo.ReadPivCertificates
    | eo.ReadPkocKey
)
CeremonyOrder = (
    o.BeginCeremony
    | o.BeginOffline
    | o.BeginEmergency
    | o.FetchOwed
    | o.SendOwed
    | o.BeginStepUp
    | o.NameSecond
    | o.FinishStepUp
    | o.AskChallenge
    | o.SendProof
    | o.SendSecret
    | o.CancelCeremony
    | o.AskMoreTime
    | o.KeepLanguage
    | o.DeclineQuestion
    | o.ReportEvent
)
EnrolmentOrder = (
    eo.StartEnrolment
    | eo.RefreshEnrolment
    | eo.ChooseKind
    | eo.SecondPresents
    | eo.SendMade
    | eo.SendNewPin
    | eo.AskTryChallenge
    | eo.SendTry
    | eo.SendTyped
    | eo.CancelEnrolment
    | eo.FetchFactors
    | eo.NameFactor
)
StageOrder = o.ShowWorkspace | o.Cover | o.EndWorkspace | o.WatchIdle | o.StopWatchingIdle | o.BringProgram | o.LeaveBar
StationOrder = (
    o.WipeSecret
    | o.SetTimer
    | o.CancelTimer
    | o.AnswerStepUp
    | o.NextLanguage
    | o.ShowLanguage
    | o.PlaySound
    | o.ToggleSounds
    | o.WatchTouch
    | o.NextLayout
    | o.RunHook
    | eo.PrintCodes
)


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
    printer: Printer
    sounds: Sounds
    language_shown: Callable[[str], None]
    screen: Callable[[], Screen]


def carry_out(rooms: Rooms, order: o.Order) -> None:
    """Hand ``order`` to its room. Raises whatever the room raises."""
    if isinstance(order, StageOrder):
        _stage(rooms.stage, order)
    elif isinstance(order, CardOrder):
        _cards(rooms, order)
    elif isinstance(order, CeremonyOrder):
        _ceremony(rooms, order)
    elif isinstance(order, EnrolmentOrder):
        _enrolment(rooms.net_enrol, order)
    elif isinstance(order, StationOrder):
        _station(rooms, order)
    else:
        assert_never(order)


def _stage(stage: Stage, order: StageOrder) -> None:
    match order:
        case o.ShowWorkspace():
            stage.show(order.person)
        case o.Cover():
            stage.cover()
        case o.EndWorkspace():
            stage.end(order.login)
        case o.WatchIdle():
            stage.watch_idle(order.seconds)
        case o.StopWatchingIdle():
            stage.stop_watching_idle()
        case o.BringProgram():
            stage.bring(order.login, order.program)
        case o.LeaveBar():
            stage.leave_bar()
        case _:
            assert_never(order)


def _cards(rooms: Rooms, order: CardOrder) -> None:
    match order:
        case o.ProbeCard():
            rooms.cards.probe(order)
        case o.ProbeUsbKey():
            rooms.cards.probe_usb(order)
        case o.SignChallenge():
            rooms.cards.sign(order)
        case o.DropCard():
            rooms.cards.drop(order.tap)
        case eo.ReadKey():
            rooms.cards_enrol.read_key(order)
        case eo.MakeKey():
            rooms.cards_enrol.make_key(order)
        case eo.ReadPivCertificates():
            rooms.cards_enrol.read_piv(order)
        case eo.ReadPkocKey():
            rooms.cards_enrol.read_pkoc(order)
        case _:
            assert_never(order)


def _ceremony(rooms: Rooms, order: CeremonyOrder) -> None:
    match order:
        case o.BeginCeremony():
            rooms.net.begin(order)
        case o.BeginOffline():
            rooms.net.begin_offline(order)
        case o.BeginEmergency():
            rooms.emergencies.begin(order)
        case o.FetchOwed():
            rooms.net.owed(order)
        case o.SendOwed():
            rooms.net.write_owed(order)
        case o.BeginStepUp():
            rooms.net.begin_step_up(order)
        case o.NameSecond():
            rooms.net.name_second(order)
        case o.FinishStepUp():
            rooms.net.finish(order)
        case o.AskChallenge():
            rooms.net.challenge(order)
        case o.SendProof():
            rooms.net.send_proof(order)
        case o.SendSecret():
            rooms.net.send_secret(order)
        case o.CancelCeremony():
            rooms.net.cancel(order)
        case o.AskMoreTime():
            rooms.net.more_time(order)
        case o.KeepLanguage():
            rooms.net.keep_language(order)
        case o.DeclineQuestion():
            rooms.link.questions.decline(order.session, order.question)
        case o.ReportEvent():
            rooms.link.tell(order)
        case _:
            assert_never(order)


def _enrolment(net: NetEnrol, order: EnrolmentOrder) -> None:
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


def _station(rooms: Rooms, order: StationOrder) -> None:
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
        case o.RunHook():
            rooms.hooks.run(order)
        case eo.PrintCodes():
            rooms.printer.codes(order)
        case _:
            assert_never(order)
