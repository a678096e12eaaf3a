"""What the service is asked while somebody proves themselves: a ceremony begun, its challenge, its proof, its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.ceremony import LoginPresented
from kiosk.model.consent import Consent
from kiosk.model.proof import Method, Presented, Proof
from kiosk.model.secret import Secret
from kiosk.model.stepup import StepUpIn
from kiosk.session.facts.enrolment_orders import ShownEnrolment


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
class AskMoreTime:
    """Net: the time of a sign-in is to be counted anew. → MoreTimeGranted | ServiceRefused | Unreachable"""

    turn: int
    ceremony: str


@dataclass(frozen=True, slots=True)
class CancelCeremony:
    """Net, no answer expected: the ceremony is given up."""

    ceremony: str
    reason: Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn", "second_refused"]


CeremonyOrder = (
    BeginCeremony
    | BeginOffline
    | BeginStepUp
    | NameSecond
    | FinishStepUp
    | AskChallenge
    | SendProof
    | SendSecret
    | AskMoreTime
    | CancelCeremony
)
