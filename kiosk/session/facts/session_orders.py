"""What the service, the trail and the station's own program are told of an open session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.emergency import EmergencyHook, WhoItIs
from kiosk.model.people import Person


@dataclass(frozen=True, slots=True)
class BeginEmergency:
    """Net: ``POST /v1/emergencies``; into the journal where the service is away. → EmergencyOpened | ServiceRefused

    ``presented``: None where nobody is known.
    """

    turn: int
    presented: WhoItIs | None
    reason: str


@dataclass(frozen=True, slots=True)
class FetchOwed:
    """Net: ``GET /v1/sessions/{id}/owed``. → OwedReceived | ServiceRefused | Unreachable"""

    turn: int
    session: str


@dataclass(frozen=True, slots=True)
class SendOwed:
    """Net: ``POST /v1/sessions/{id}/owed``. → as FetchOwed"""

    turn: int
    session: str
    emergency: str
    text: str


@dataclass(frozen=True, slots=True)
class KeepLanguage:
    """Net, no answer expected: the person of ``session`` reads the screens in ``language`` everywhere."""

    session: str
    language: str


@dataclass(frozen=True, slots=True)
class DeclineQuestion:
    """Net, no answer expected: the person of ``session`` silenced the server whose ``question`` it is."""

    session: str
    question: str


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """Client's durable outbox: a ``Report`` for the audit trail (id and time are the agent's to add)."""

    action: str
    session: str | None = None
    reason: str | None = None
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunHook:
    """Agent: let the station's own program know who works here now. No answer expected; nothing waits for it.

    ``event``: ``tap_in`` ``person``'s session begins, where nobody's was open; ``tap_over`` the same, and
    ``previous``'s ends; ``tap_out`` it ends, for ``reason``. Every session begins once and ends once. ``emergency.…``:
    an emergency access begins, is extended or ends; ``person``: who it is said to be.
    """

    event: Literal["tap_in", "tap_over", "tap_out"] | EmergencyHook
    session: str
    person: Person
    station: str
    place: str
    previous: Person | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WatchPrograms:
    """Agent: report the programs that run in the workspace of emergency access ``session``, each once."""

    session: str


@dataclass(frozen=True, slots=True)
class StopWatchingPrograms:
    """Agent: it is over; after one more look."""


SessionOrder = (
    BeginEmergency
    | FetchOwed
    | SendOwed
    | KeepLanguage
    | DeclineQuestion
    | ReportEvent
    | RunHook
    | WatchPrograms
    | StopWatchingPrograms
)
