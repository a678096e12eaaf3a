"""Questions of servers to whoever is active at a workstation (OpenID CIBA), and tokens for a person's own programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.second import SecondOf
from kiosk.model.stepup import StepUpAsk


@dataclass(frozen=True, slots=True)
class ServerQuestion:
    """One question. ``id``: of the question; ``server``: title of the application; ``message``: what it wrote, to be
    compared. ``seconds``: for which it may stand. ``agent``: that application is a program that acts by itself.

    ``of``: whose step-up this person is asked to agree to; then ``program``, ``name``, ``sha256`` and ``origin`` are of
    who asked for it, as in ``StepUpIn``, and ``purpose`` what it is for.
    """

    id: str
    server: str
    ask: StepUpAsk
    seconds: int
    message: str | None = None
    agent: bool = False
    of: SecondOf | None = None
    program: str = ""
    name: str = ""
    sha256: str | None = None
    origin: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionsView:
    """Answer of ``GET /v1/sessions/{session}/asked``: what waits to be shown, oldest first. ``login``: whom it is
    for."""

    login: str
    questions: tuple[ServerQuestion, ...]


@dataclass(frozen=True, slots=True)
class SubjectIn:
    """Body of ``POST /v1/openid/subject``: a program in the workspace of ``session`` wants a token for ``audience``.

    ``acr``: the least that was asked for, None for what the audience wants. ``program``, ``name``, ``sha256``: as in
    ``StepUpIn``. ``step_up``: request id of the step-up that the person proved for it.
    """

    session: str
    audience: str
    program: str
    acr: str | None = None
    name: str = ""
    sha256: str | None = None
    step_up: str | None = None


@dataclass(frozen=True, slots=True)
class SubjectView:
    """Answer: ``subject``, which the token endpoint exchanges once within ``expires_in`` seconds (RFC 8693); a
    ``step_up`` for ``action`` on ``resource``; or ``refused`` for a ``reason``."""

    decision: Literal["given", "step_up", "refused"]
    reason: str | None = None
    subject_token: str | None = None
    expires_in: int = 0
    action: str | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """Answer of a token exchange (RFC 8693 section 2.2.1)."""

    access_token: str
    issued_token_type: str
    token_type: str
    expires_in: int
    scope: str
