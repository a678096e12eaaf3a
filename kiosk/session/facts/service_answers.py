"""What the service answers, by the agent's network room. Each carries the turn of the order that asked."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.ceremony import CeremonyView
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import EnrolmentView, FactorsView
from kiosk.model.owed_text import OwedTexts
from kiosk.model.people import Person


@dataclass(frozen=True, slots=True)
class EmergencyOpened:
    """It is in the trail, or in the journal while the service is away. ``session``: its id. ``person``: who it is said
    to be, as far as that is known here. ``seconds``: that it lasts."""

    turn: int
    session: str
    person: Person | None
    seconds: int


@dataclass(frozen=True, slots=True)
class CeremonyUpdated:
    """The service's view of the ceremony."""

    turn: int
    view: CeremonyView


@dataclass(frozen=True, slots=True)
class MoreTimeGranted:
    """``seconds`` from now until the sign-in ends by itself."""

    turn: int
    seconds: int


@dataclass(frozen=True, slots=True)
class ChallengeReceived:
    turn: int
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The challenge is not bound to what the screen shows: refuse (decided by the agent's check)."""

    turn: int


@dataclass(frozen=True, slots=True)
class EnrolmentUpdated:
    """The service's view of the enrolment."""

    turn: int
    view: EnrolmentView


@dataclass(frozen=True, slots=True)
class FactorsReceived:
    """What a person has."""

    turn: int
    factors: FactorsView


@dataclass(frozen=True, slots=True)
class OwedReceived:
    """What a person owes after emergency accesses."""

    turn: int
    owed: OwedTexts


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The request of this turn did not reach the service, or no answer came."""

    turn: int


@dataclass(frozen=True, slots=True)
class ServiceRefused:
    """An error answer instead of a view. ``code``: a ``Problem.code``; ``request``: its number in the service's log,
    empty where none came; ``says``: the policy's words, by language, where it is the policy's."""

    turn: int
    code: str
    request: str = ""
    says: tuple[tuple[str, str], ...] = ()


ServiceAnswer = (
    CeremonyUpdated
    | MoreTimeGranted
    | ChallengeReceived
    | Mismatch
    | EnrolmentUpdated
    | FactorsReceived
    | OwedReceived
    | EmergencyOpened
    | Unreachable
    | ServiceRefused
)
