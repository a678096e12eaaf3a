"""An act that somebody has just approved by a step-up at the very workstation that asks (decision 21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from kiosk.service.audit.event import Event
from kiosk.service.helpdesk import approver
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.jose.tokens import STEP_UP_TYP, InvalidTokenError
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.routes.door import Caller, decide
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame

MAX_TOKEN = 8192
T = TypeVar("T")


class ApprovedAct(NamedTuple):
    """The step-up's ``action``, the ``kind`` of its resource, and what a refusal is called in the trail (``row``)."""

    action: str
    kind: str
    row: str


async def act(
    service: Service, caller: Caller, token: str, about: ApprovedAct, do: Callable[[Frame, Approver], T]
) -> T:
    """Use the token up and ``do``, in one transaction. A refusal is written down, and then answered."""
    if len(token) > MAX_TOKEN:
        raise HttpProblemError(422, "bad_token", "The token is not accepted: it is too long.")
    try:
        claims = service.mint.read(token, STEP_UP_TYP, service.now())
    except InvalidTokenError as error:
        raise HttpProblemError(422, "bad_token", f"The token is not accepted: {error}.") from None

    def run(frame: Frame) -> T | ResetRefusedError:
        try:
            return do(frame, approver.use(frame, claims, about.action, about.kind))
        except ResetRefusedError as refused:
            who = {"by": str(claims.get("person")), "by_login": str(claims.get("sub"))}
            what = {"act": about.action, "resource": str(claims.get("resource")), "jti": str(claims.get("jti"))}
            frame.append(Event(about.row, "refused", frame.now, reason=refused.reason, detail={**what, **who}))
            return refused

    answer = await decide(service, caller, run)
    if isinstance(answer, ResetRefusedError):
        raise answer.problem()
    return answer
