"""What the session tells the other rooms to do. Frozen; carried out by the agent, in the order given.

An order with a ``turn`` expects at most one answer (an event with the same ``turn``); the session drops
answers whose turn is not the one it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.people import Person
from kiosk.model.secret import Secret
from kiosk.model.stepup import StepUpAnswer
from kiosk.session.facts.alarm_names import AnyAlarm
from kiosk.session.facts.card_orders import CardOrder, MakeKey, SignChallenge
from kiosk.session.facts.ceremony_orders import CeremonyOrder, SendSecret
from kiosk.session.facts.enrolment_orders import EnrolmentOrder, SendNewPin, SendTyped, StartEnrolment
from kiosk.session.facts.session_orders import SessionOrder
from kiosk.session.facts.stage_orders import StageOrder


@dataclass(frozen=True, slots=True)
class ShowLanguage:
    """Window: speak ``language`` from now on; the station's own where it is empty, or is not here."""

    language: str


@dataclass(frozen=True, slots=True)
class WipeSecret:
    """Forget a secret that will not be used."""

    secret: Secret


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Post ``TimerExpired(turn, name)`` after ``seconds``. The same name set again replaces the earlier one."""

    turn: int
    name: AnyAlarm
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Cancel the alarm of this name."""

    name: AnyAlarm


@dataclass(frozen=True, slots=True)
class AnswerStepUp:
    """Doorbell: the program of ring ``request_number`` gets this."""

    request_number: int
    answer: StepUpAnswer


@dataclass(frozen=True, slots=True)
class PlaySound:
    name: Literal["tap", "welcome", "refused", "locked", "attention", "granted"]


@dataclass(frozen=True, slots=True)
class NextLanguage:
    """UI: switch to the next language."""


@dataclass(frozen=True, slots=True)
class NextLayout:
    """Agent: the keyboard goes on to its next layout."""


@dataclass(frozen=True, slots=True)
class ToggleSounds:
    """Agent: silent if it could be heard, and the other way round. → SoundsChanged"""


@dataclass(frozen=True, slots=True)
class PrintCodes:
    """Agent: print these recovery codes for ``person`` with the station's own command. → Printed"""

    turn: int
    person: Person
    codes: tuple[str, ...]
    expires: int

    def __repr__(self) -> str:
        return f"PrintCodes(turn={self.turn}, codes=•••)"


@dataclass(frozen=True, slots=True)
class WatchTouch:
    """Post ``UserActivity`` at the next touch of anything, once."""


AgentOrder = (
    WipeSecret
    | SetTimer
    | CancelTimer
    | AnswerStepUp
    | PlaySound
    | ShowLanguage
    | NextLanguage
    | NextLayout
    | ToggleSounds
    | WatchTouch
    | PrintCodes
)
Order = CardOrder | CeremonyOrder | SessionOrder | EnrolmentOrder | StageOrder | AgentOrder
WITH_SECRET = SignChallenge | SendSecret | StartEnrolment | SendNewPin | SendTyped | MakeKey
"""Those that hand a secret on, ``MakeKey`` two."""
