"""Everything that can happen to a workstation, as frozen facts. The session's only input.

Readers send ``model.card``'s ``Tap``, ``Lift`` and ``ReadersChanged`` as they are. Answers carry the number of the
turn that asked (``turn``): each order that expects an answer has one, and an answer with an old number is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.model.stepup import Asker, StepUpAsk
from kiosk.session.facts.alarm_names import AnyAlarm
from kiosk.session.facts.buttons import KeyPress, Pressed
from kiosk.session.facts.card_answers import CardAnswer
from kiosk.session.facts.person_input import Chosen, Key, PageShown, Typed
from kiosk.session.facts.program_bar import BarLeft, BarReached, ProgramPicked, ProgramsChanged
from kiosk.session.facts.service_answers import ServiceAnswer
from kiosk.session.facts.stage_news import IdleExpired, StageFailed, UserActivity, WorkspaceFate, WorkspaceShown
from kiosk.session.facts.station_news import StationNews


@dataclass(frozen=True, slots=True)
class Printed:
    """``sent``: the printer took it."""

    turn: int
    sent: bool


@dataclass(frozen=True, slots=True)
class LanguageChanged:
    """The window speaks ``language`` now, because its button was pressed."""

    language: str


@dataclass(frozen=True, slots=True)
class TimerExpired:
    """A ``SetTimer`` ran out. ``turn``: of the order that set it."""

    turn: int
    name: AnyAlarm


@dataclass(frozen=True, slots=True)
class StepUpRequested:
    """A program rang the doorbell, or a server asks by the service. ``request_number``: this ring's own number, from 1;
    of a server's question one below 0. ``seconds``: for which it may stand, None for as long as the station says.
    ``purpose``: that a colleague signed who asks for a second person."""

    request_number: int
    ask: StepUpAsk
    asker: Asker
    seconds: int | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class StepUpWithdrawn:
    """The program went away."""

    request_number: int


Answer = CardAnswer | ServiceAnswer | Printed
OwnAct = Chosen | Pressed | ProgramPicked
"""What a person does at the screen on purpose, besides entering what was typed."""
AboutStation = StationNews | WorkspaceFate | ProgramsChanged
"""What is about the station, whatever its screen shows."""
ForMode = (
    OwnAct
    | PageShown
    | IdleExpired
    | UserActivity
    | WorkspaceShown
    | StageFailed
    | BarReached
    | BarLeft
    | StepUpWithdrawn
)
"""What is for the present mode to answer, or to ignore."""
Event = (
    Tap
    | Lift
    | ReadersChanged
    | Answer
    | AboutStation
    | ForMode
    | Key
    | KeyPress
    | Typed
    | LanguageChanged
    | TimerExpired
    | StepUpRequested
)
