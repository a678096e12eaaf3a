"""Resets by the help desk, approved by a step-up at the very workstation that asks (decision 21)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from kiosk.model.helpdesk import ResetIn, ResetTokenIn, ResetView
from kiosk.service.audit.event import Event
from kiosk.service.helpdesk import approver, resets
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.jose.tokens import STEP_UP_TYP, InvalidTokenError
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.reset_rules import APPROVE, CODE, RESET
from kiosk.service.routes.door import Caller, TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame

router = APIRouter(prefix="/v1/resets", tags=["resets"], route_class=StrictRoute)
MAX_TOKEN = 8192
MAX_LOST = 20
Act = Callable[[Frame, Approver], ResetView]


@router.post("")
async def begin(body: ResetIn, service: TheService, caller: TheCaller) -> ResetView:
    """Begin a reset: a start code at once, or what it waits for."""
    if len(body.lost) > MAX_LOST:
        raise HttpProblemError(422, "too_long", f"At most {MAX_LOST} factors are reported lost at once.")
    return await _act(
        service, caller, body.token, (RESET, "Person"), lambda frame, by: resets.begin(frame, by, body.lost)
    )


@router.post("/{reset_id}/approve")
async def approve(reset_id: str, body: ResetTokenIn, service: TheService, caller: TheCaller) -> ResetView:
    """A second person agrees."""
    return await _act(service, caller, body.token, (APPROVE, "Reset"), _same(reset_id, resets.approve))


@router.post("/{reset_id}/code")
async def code(reset_id: str, body: ResetTokenIn, service: TheService, caller: TheCaller) -> ResetView:
    """The start code, once it is due, to the one who began."""
    return await _act(service, caller, body.token, (CODE, "Reset"), _same(reset_id, resets.code))


def _same(reset_id: str, act: Act) -> Act:
    """``act``, for a token whose resource is the reset of the address."""

    def checked(frame: Frame, by: Approver) -> ResetView:
        if by.resource.upper() != reset_id.upper():
            raise ResetRefusedError("wrong_token")
        return act(frame, by)

    return checked


async def _act(service: Service, caller: Caller, token: str, about: tuple[str, str], act: Act) -> ResetView:
    """Use the token up and ``act``, in one transaction. A refusal is written down, and then answered."""
    if len(token) > MAX_TOKEN:
        raise HttpProblemError(422, "bad_token", "The token is not accepted: it is too long.")
    try:
        claims = service.mint.read(token, STEP_UP_TYP, service.now())
    except InvalidTokenError as error:
        raise HttpProblemError(422, "bad_token", f"The token is not accepted: {error}.") from None

    def run(frame: Frame) -> ResetView | ResetRefusedError:
        by: Approver | None = None
        try:
            by = approver.use(frame, claims, *about)
            return act(frame, by)
        except ResetRefusedError as refused:
            who = {"by": str(claims.get("person")), "by_login": str(claims.get("sub"))}
            detail = {"act": about[0], "resource": str(claims.get("resource")), "jti": str(claims.get("jti")), **who}
            frame.append(Event("reset", "refused", frame.now, reason=refused.reason, detail={**detail}))
            return refused

    answer = await decide(service, caller, run)
    if isinstance(answer, ResetRefusedError):
        raise answer.problem()
    return answer
