"""Orders of an enrolment, and of a person's list of factors. As in ``orders``: each with a turn is answered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.ceremony import LoginPresented
from kiosk.model.enrolment import (
    BadgeMade,
    EnrolAct,
    FactorKind,
    KeyMade,
    PivMade,
    PkocMade,
    Seen,
    SessionPresented,
    Tried,
)
from kiosk.model.people import Person
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.secret import Secret


@dataclass(frozen=True, slots=True)
class EnrolmentWish:
    """What an enrolment is begun for, whoever it is. As in ``model.enrolment.StartEnrolment``."""

    act: EnrolAct = EnrolAct.ADD
    kind: FactorKind | None = None
    new: UidPresented | None = None
    factor: str | None = None


@dataclass(frozen=True, slots=True)
class ShownEnrolment:
    """What the screen says of an enrolment, and a statement must say too before anything signs it.

    ``signer`` signs: in ``vouch`` the second person, else ``subject``, whose factor it is. None: a key that has not
    said whose it is, or a login that has not been proved. ``moves``: it is about somebody else's badge.
    """

    enrolment: str
    part: Literal["prove", "vouch", "try"]
    act: EnrolAct
    kind: FactorKind | None
    factor: str | None
    subject: Person | None
    signer: Person | None
    moves: bool = False


@dataclass(frozen=True, slots=True)
class StartEnrolment:
    """Net: ``POST /v1/enrolments``. → EnrolmentUpdated | ServiceRefused | Unreachable

    ``who`` None: ``secret`` is the start code that says it; wiped after sending.
    """

    turn: int
    wish: EnrolmentWish
    who: Presented | LoginPresented | SessionPresented | None
    tap: int = 0
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class RefreshEnrolment:
    """Net: ``GET /v1/enrolments/{id}``, after a ceremony of it has ended. → as StartEnrolment"""

    turn: int
    enrolment: str


@dataclass(frozen=True, slots=True)
class ChooseKind:
    """Net: ``POST /v1/enrolments/{id}/kind``; None: go back to choosing. → as StartEnrolment"""

    turn: int
    enrolment: str
    kind: FactorKind | None


@dataclass(frozen=True, slots=True)
class SecondPresents:
    """Net: ``POST /v1/enrolments/{id}/second``. → as StartEnrolment"""

    turn: int
    enrolment: str
    presented: Presented
    tap: int


@dataclass(frozen=True, slots=True)
class SendMade:
    """Net: ``POST /v1/enrolments/{id}/made``. → as StartEnrolment"""

    turn: int
    enrolment: str
    made: BadgeMade | KeyMade | PivMade | PkocMade | Seen


@dataclass(frozen=True, slots=True)
class SendNewPin:
    """Net: the same with a new PIN as typed; wiped after sending. → as StartEnrolment"""

    turn: int
    enrolment: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class AskTryChallenge:
    """Net: ``POST /v1/enrolments/{id}/challenge``, then the agent's own check that it says what ``shown`` says.

    → ChallengeReceived | Mismatch | ServiceRefused | Unreachable
    """

    turn: int
    shown: ShownEnrolment


@dataclass(frozen=True, slots=True)
class SendTry:
    """Net: ``POST /v1/enrolments/{id}/try``. → as StartEnrolment"""

    turn: int
    enrolment: str
    tried: Tried


@dataclass(frozen=True, slots=True)
class SendTyped:
    """Net: the same with what was typed (PIN again, code); wiped after sending. → as StartEnrolment"""

    turn: int
    enrolment: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class CancelEnrolment:
    """Net, no answer expected: the enrolment and all that was made for it is given up."""

    enrolment: str
    reason: Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn", "second_refused"]


@dataclass(frozen=True, slots=True)
class FetchFactors:
    """Net: ``GET /v1/sessions/{id}/factors``. → FactorsReceived | ServiceRefused | Unreachable"""

    turn: int
    session: str


@dataclass(frozen=True, slots=True)
class NameFactor:
    """Net: ``POST /v1/sessions/{id}/factors/{factor}/name``. → as FetchFactors"""

    turn: int
    session: str
    factor: str
    name: str


EnrolmentOrder = (
    StartEnrolment
    | RefreshEnrolment
    | ChooseKind
    | SecondPresents
    | SendMade
    | SendNewPin
    | AskTryChallenge
    | SendTry
    | SendTyped
    | CancelEnrolment
    | FetchFactors
    | NameFactor
)
