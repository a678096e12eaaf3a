"""Review of cases, each act approved by a step-up of the reviewer's at the very workstation that asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter

from kiosk.model.review import CasesView, CaseView, ReviewIn
from kiosk.service.helpdesk import reviews
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.policy.review_rules import CLOSE, LIST, REOPEN, SHOW, TEXT
from kiosk.service.routes.approved import ApprovedAct, act
from kiosk.service.routes.door import TheCaller, TheService
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.frame import Frame

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], route_class=StrictRoute)
T = TypeVar("T")
ROW = "review"
"""What a refusal is called in the trail."""


@router.post("")
async def listed(body: ReviewIn, service: TheService, caller: TheCaller) -> CasesView:
    """Cases that wait, the one that is due first first."""
    return await act(service, caller, body.token, _of(LIST), _named(reviews.ALL, reviews.listed))


@router.post("/{case_id}/show")
async def show(case_id: str, body: ReviewIn, service: TheService, caller: TheCaller) -> CaseView:
    """One case, with what happened in its time."""
    return await act(service, caller, body.token, _of(SHOW), _named(case_id, reviews.show))


@router.post("/{case_id}/close")
async def close(case_id: str, body: ReviewIn, service: TheService, caller: TheCaller) -> CaseView:
    """The finding that was signed closes it."""
    return await act(service, caller, body.token, _of(CLOSE), _named(case_id, reviews.close))


@router.post("/{case_id}/reopen")
async def reopen(case_id: str, body: ReviewIn, service: TheService, caller: TheCaller) -> CaseView:
    """It is looked at once more: a new case that names it."""
    return await act(service, caller, body.token, _of(REOPEN), _named(case_id, reviews.reopen))


@router.post("/{case_id}/text")
async def text(case_id: str, body: ReviewIn, service: TheService, caller: TheCaller) -> CaseView:
    """What was signed is the text about an emergency access of which nobody is known who could write it."""
    return await act(service, caller, body.token, _of(TEXT), _named(case_id, reviews.write_text))


def _of(action: str) -> ApprovedAct:
    return ApprovedAct(action, "Case", ROW)


def _named(case_id: str, do: Callable[[Frame, Approver], T]) -> Callable[[Frame, Approver], T]:
    """``do``, for a token whose resource is the case of the address."""

    def checked(frame: Frame, by: Approver) -> T:
        if by.resource.upper() != case_id.upper():
            raise ResetRefusedError("wrong_token")
        return do(frame, by)

    return checked
