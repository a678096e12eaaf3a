"""Resets by the help desk, approved by a step-up at the very workstation that asks (decision 21)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from kiosk.model.helpdesk import ResetIn, ResetTokenIn, ResetView
from kiosk.service.helpdesk import resets
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.reset_rules import APPROVE, CODE, RESET
from kiosk.service.routes.approved import ApprovedAct, act
from kiosk.service.routes.door import TheCaller, TheService
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.frame import Frame

router = APIRouter(prefix="/v1/resets", tags=["resets"], route_class=StrictRoute)
MAX_LOST = 20
Act = Callable[[Frame, Approver], ResetView]
ROW = "reset"
"""What a refusal is called in the trail."""


@router.post("")
async def begin(body: ResetIn, service: TheService, caller: TheCaller) -> ResetView:
    """Begin a reset: a start code at once, or what it waits for."""
    if len(body.lost) > MAX_LOST:
        raise HttpProblemError(422, "too_long", f"At most {MAX_LOST} factors are reported lost at once.")
    return await act(
        service,
        caller,
        body.token,
        ApprovedAct(RESET, "Person", ROW),
        lambda frame, by: resets.begin(frame, by, body.lost),
    )


@router.post("/{reset_id}/approve")
async def approve(reset_id: str, body: ResetTokenIn, service: TheService, caller: TheCaller) -> ResetView:
    """A second person agrees."""
    return await act(service, caller, body.token, ApprovedAct(APPROVE, "Reset", ROW), _same(reset_id, resets.approve))


@router.post("/{reset_id}/code")
async def code(reset_id: str, body: ResetTokenIn, service: TheService, caller: TheCaller) -> ResetView:
    """The start code, once it is due, to the one who began."""
    return await act(service, caller, body.token, ApprovedAct(CODE, "Reset", ROW), _same(reset_id, resets.code))


def _same(reset_id: str, do: Act) -> Act:
    """``do``, for a token whose resource is the reset of the address."""

    def checked(frame: Frame, by: Approver) -> ResetView:
        if by.resource.upper() != reset_id.upper():
            raise ResetRefusedError("wrong_token")
        return do(frame, by)

    return checked
