"""A program's wish for a stronger, fresh proof, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kiosk.model.second import SecondOf


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
    TOO_SOON = "too_soon"
    """An earlier wish from the same workspace was taken back or refused; ``StepUpAnswer.wait`` says how long."""
    SECOND_REFUSED = "second_refused"
    """A second person was needed, and said no."""
    SILENCED = "silenced"
    """The person said "Not me" to this program, and has not let it ask again."""


@dataclass(frozen=True, slots=True)
class StepUpAsk:
    """What a program asks for. ``records``: how many, at least 0. ``patients``: identifiers, may be empty.

    ``audience``: who will check the token. ``purpose``: the program's own statement, if it has one.
    ``lost``: for a reset by the help desk, marks of the factors that it reports lost.
    ``sensitivity``, ``labels`` (such as ``vip``): what the program says of the records. The service takes this or what
    it has registered, whichever is stricter. ``lasts``: seconds for which a standing batch may be used in parts, until
    ``records`` of them have gone; 0 for one act.
    """

    action: str
    resource: str
    records: int
    purpose: str | None = None
    audience: str | None = None
    patients: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    sensitivity: Literal["normal", "sensitive", "restricted"] | None = None
    labels: tuple[str, ...] = ()
    lasts: int = 0


@dataclass(frozen=True, slots=True)
class Asker:
    """Who rang, as the operating system says it. ``login``: the person whose workspace it came from;
    None for a program of the station itself. ``path``: its executable, empty where that cannot be read.
    ``program``: the name that it was registered by, empty for none; ``sha256``: of its executable, in hex, where it is
    registered by it. ``origin``: for a web page. ``server``: title of the application whose server asks by the service;
    then no program does. ``asked``: the service's id of that question. ``agent``: that application is a program that
    acts by itself. ``second_of``: whose step-up the person is asked to agree to; ``path`` and the others are then of
    who asked for it.
    """

    path: str
    pid: int
    uid: int
    login: str | None = None
    origin: str | None = None
    program: str = ""
    sha256: str | None = None
    server: str = ""
    asked: str = ""
    agent: bool = False
    second_of: SecondOf | None = None


@dataclass(frozen=True, slots=True)
class StepUpIn:
    """Body of ``POST /v1/stepups``: the ask, in whose session, and who rang.

    ``program``: path of its executable; ``name``, ``sha256``: under which the station knows it as registered, and the
    digest that says so; empty and None for a program that is not. ``asked``: id of the server's question that this
    answers; empty for a program's wish. ``emergency``: ``session`` is the id of an emergency access.
    """

    ask: StepUpAsk
    session: str
    program: str
    origin: str | None = None
    name: str = ""
    sha256: str | None = None
    asked: str = ""
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class StepUpAnswer:
    """What the program gets; the JSON of ``kiosk step-up --json``. ``wait``: seconds, at most, until it may ask.

    ``answer``: where the policy said no, ``enrolment_needed`` (the person could enrol something that is enough: one of
    ``enrol``) or ``cannot``; ``says``: in the policy's own words, empty where it has none.
    """

    decision: Literal["granted", "refused"]
    reason: Reason | None
    token: str | None
    acr: str | None
    amr: tuple[str, ...]
    request_id: str | None
    wait: int | None = None
    answer: Literal["enrolment_needed", "cannot"] | None = None
    says: str = ""
    enrol: tuple[str, ...] = ()
