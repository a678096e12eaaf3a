"""What a workstation attests: whose session a browser's authorization request belongs to (OpenID Connect)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AttestIn:
    """Body of ``POST /v1/openid/attest``. ``ticket``: the sealed authorization request, as the page has it.

    ``session``: of whose workspace the browser is part, active now. ``program``, ``name``, ``sha256``: the browser, as
    in ``StepUpIn``. ``step_up``: the request id of a step-up that was granted for this.
    """

    ticket: str
    session: str
    program: str
    name: str = ""
    sha256: str | None = None
    step_up: str | None = None


@dataclass(frozen=True, slots=True)
class AttestView:
    """What comes of it.

    ``signed_in``: ``receipt`` is for the page, once. ``step_up``: ask for ``action`` on ``resource`` with ``audience``
    first. ``refused``: ``reason`` says why: an error of OAuth's, with which the service sends the browser back, or why
    nothing happened yet.
    """

    decision: Literal["signed_in", "step_up", "refused"]
    receipt: str | None = None
    action: str | None = None
    resource: str | None = None
    audience: str | None = None
    reason: str | None = None
