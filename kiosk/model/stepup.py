"""A program's wish for a stronger, fresh proof, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Reason(StrEnum):
    """Why a step-up was not granted; part of ``kiosk step-up``'s contract."""

    REFUSED_BY_PERSON = "refused_by_person"
    TIMEOUT = "timeout"
    NOT_SIGNED_IN = "not_signed_in"
    NOT_ACTIVE = "not_active"
    POLICY = "policy"
    WRONG_FACTOR = "wrong_factor"
    LOCKED_OUT = "locked_out"
    UNREACHABLE = "unreachable"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class StepUpAsk:
    """What a program asks for. ``records``: how many, at least 0. ``patients``: identifiers, may be empty.

    ``audience``: who will check the token. ``purpose``: the program's own statement, if it has one.
    """

    action: str
    resource: str
    records: int
    purpose: str | None = None
    audience: str | None = None
    patients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who rang, as the operating system says it. ``login``: the person whose workspace it came from;
    None for a program of the station itself. ``program``: a name to show. ``origin``: for a web page.
    """

    program: str
    pid: int
    uid: int
    login: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class StepUpIn:
    """Body of ``POST /v1/stepups``: the ask, in whose session, and who rang."""

    ask: StepUpAsk
    session: str
    program: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class StepUpAnswer:
    """What the program gets; the JSON of ``kiosk step-up --json``."""

    decision: Literal["granted", "refused"]
    reason: Reason | None
    token: str | None
    acr: str | None
    amr: tuple[str, ...]
    request_id: str | None
