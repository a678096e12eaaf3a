"""What the session tells the other rooms to do. Frozen; carried out by the agent, in the order given.

An order with a ``turn`` expects at most one answer (an event with the same ``turn``); the session drops
answers whose turn is not the one it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.card import Wanted
from kiosk.model.ceremony import Challenge, LoginPresented
from kiosk.model.consent import Consent
from kiosk.model.emergency import EmergencyHook, WhoItIs
from kiosk.model.people import Person
from kiosk.model.proof import Method, Presented, Proof
from kiosk.model.secret import Secret
from kiosk.model.stepup import StepUpAnswer, StepUpIn
from kiosk.session.facts.alarm_names import AnyAlarm
from kiosk.session.facts.enrolment_orders import EnrolOrder, ShownEnrolment
from kiosk.session.facts.program_bar import BringProgram as BringProgram
from kiosk.session.facts.program_bar import LeaveBar as LeaveBar


@dataclass(frozen=True, slots=True)
class ProbeCard:
    """Card room: find out what lies on the reader of tap ``tap``, ``wants`` first. → Probed | CardFailed"""

    turn: int
    tap: int
    wants: Wanted | None = None


@dataclass(frozen=True, slots=True)
class BeginCeremony:
    """Net: ``POST /v1/ceremonies``. → CeremonyUpdated | ServiceRefused | Unreachable"""

    turn: int
    tap: int
    presented: Presented | LoginPresented


@dataclass(frozen=True, slots=True)
class BeginOffline:
    """Downtime: the service is away, and this workstation is to check the key or card by itself. → CeremonyUpdated

    ``waiting``: ids of the people whose workspaces wait here.
    """

    turn: int
    tap: int
    presented: Presented | LoginPresented
    waiting: tuple[str, ...] = ()


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
class BeginStepUp:
    """Net: ``POST /v1/stepups``. → CeremonyUpdated | ServiceRefused | Unreachable"""

    turn: int
    request: StepUpIn


@dataclass(frozen=True, slots=True)
class NameSecond:
    """Net: ``POST /v1/ceremonies/{id}/second``: somebody who holds a card here is to agree, or ``login`` elsewhere.
    → CeremonyUpdated | ServiceRefused | Unreachable"""

    turn: int
    ceremony: str
    presented: Presented | None
    login: str
    tap: int


@dataclass(frozen=True, slots=True)
class FinishStepUp:
    """Net: ``POST /v1/ceremonies/{id}/finish``: what came of a step-up that waits for a second person.
    → CeremonyUpdated | ServiceRefused | Unreachable"""

    turn: int
    ceremony: str


@dataclass(frozen=True, slots=True)
class AskChallenge:
    """Net, then the agent's own binding check. → ChallengeReceived | Mismatch | ServiceRefused | Unreachable

    ``shown``: for a step-up or an enrolment, what the screen shows, which the statement must say too; ``login`` of who
    signs; ``language`` of the screen.
    """

    turn: int
    ceremony: str
    method: Method
    purpose: str | None = None
    shown: Consent | ShownEnrolment | None = None
    login: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SignChallenge:
    """Card room: answer the challenge with the card of tap ``tap``, which is still connected from ``ProbeCard``.

    ``secret``: key or card PIN; wiped by the card room after one use. → Signed | CardFailed
    """

    turn: int
    tap: int
    challenge: Challenge
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class ProbeUsbKey:
    """Card room: take the one USB key that is plugged in, as tap ``tap`` (a negative number). → Probed | CardFailed"""

    turn: int
    tap: int


@dataclass(frozen=True, slots=True)
class SendProof:
    """Net: ``POST /v1/ceremonies/{id}/proof``. → CeremonyUpdated | ServiceRefused | Unreachable"""

    turn: int
    ceremony: str
    proof: Proof
    purpose: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SendSecret:
    """Net: the same with a PIN or code as typed; wiped after sending. → as SendProof

    ``number``: of the recovery code.
    """

    turn: int
    ceremony: str
    method: Literal[Method.PIN, Method.OTP, Method.RECOVERY]
    secret: Secret
    purpose: str | None = None
    number: int | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ShowLanguage:
    """Window: speak ``language`` from now on; the station's own where it is empty, or is not here."""

    language: str


@dataclass(frozen=True, slots=True)
class KeepLanguage:
    """Net, no answer expected: the person of ``session`` reads the screens in ``language`` everywhere."""

    session: str
    language: str


@dataclass(frozen=True, slots=True)
class AskMoreTime:
    """Net: the time of a sign-in is to be counted anew. → MoreTimeGranted | ServiceRefused | Unreachable"""

    turn: int
    ceremony: str


@dataclass(frozen=True, slots=True)
class CancelCeremony:
    """Net, no answer expected: the ceremony is given up."""

    ceremony: str
    reason: Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn", "second_refused"]


@dataclass(frozen=True, slots=True)
class DeclineQuestion:
    """Net, no answer expected: the person of ``session`` silenced the server whose ``question`` it is."""

    session: str
    question: str


@dataclass(frozen=True, slots=True)
class DropCard:
    """Card room: cancel what is under way on tap ``tap`` and let go of the card."""

    tap: int


@dataclass(frozen=True, slots=True)
class WipeSecret:
    """Forget a secret that will not be used."""

    secret: Secret


@dataclass(frozen=True, slots=True)
class ShowWorkspace:
    """Stage: show ``person``'s workspace, started if it is not there. → WorkspaceShown | StageFailed"""

    person: Person


@dataclass(frozen=True, slots=True)
class Cover:
    """Stage: cover everything, at once. Issued before anything else whenever the screen must not be seen."""


@dataclass(frozen=True, slots=True)
class EndWorkspace:
    """Stage: end ``login``'s programs for good."""

    login: str


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """Client's durable outbox: a ``Report`` for the audit trail (id and time are the agent's to add)."""

    action: str
    session: str | None = None
    reason: str | None = None
    detail: dict[str, str] = field(default_factory=dict)


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
class WatchIdle:
    """Stage: post ``IdleExpired`` after ``seconds`` without input, once."""

    seconds: int


@dataclass(frozen=True, slots=True)
class StopWatchingIdle:
    """Stage: no ``IdleExpired`` until asked again."""


@dataclass(frozen=True, slots=True)
class WatchTouch:
    """Post ``UserActivity`` at the next touch of anything, once."""


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


Order = (
    ProbeCard
    | ProbeUsbKey
    | BeginCeremony
    | BeginOffline
    | BeginEmergency
    | FetchOwed
    | SendOwed
    | BeginStepUp
    | NameSecond
    | FinishStepUp
    | AskChallenge
    | AskMoreTime
    | ShowLanguage
    | KeepLanguage
    | SignChallenge
    | SendProof
    | SendSecret
    | CancelCeremony
    | DeclineQuestion
    | DropCard
    | WipeSecret
    | ShowWorkspace
    | Cover
    | EndWorkspace
    | ReportEvent
    | SetTimer
    | CancelTimer
    | WatchIdle
    | StopWatchingIdle
    | WatchTouch
    | BringProgram
    | LeaveBar
    | RunHook
    | AnswerStepUp
    | PlaySound
    | NextLanguage
    | NextLayout
    | ToggleSounds
    | EnrolOrder
)
