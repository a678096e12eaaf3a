"""Hands an approval of the help desk or a reviewer on to the service, under the workstation's own key (decision 21).

A program in a workspace reaches the doorbell and nothing else. What it brings is the token of a step-up that its person
has just approved here; the service looks at the token and at who brings it, and believes neither the program nor us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.link import Link
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.model.helpdesk import ResetIn, ResetTokenIn, ResetView
from kiosk.model.review import CasesView, CaseView, ReviewIn

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.client.api import Api


RESETS = ("begin", "approve", "code")


def hand_on(link: Link, request: Request) -> ResetView | CasesView | CaseView:
    """What the service answers. Raises ``DoorbellRequestError`` with its word and sentence, or ``unreachable``."""
    if request.token is None or request.act is None or not _whole(request):
        sentence = "The help desk needs an act, a token and, but for a begin or a list, a reset or a case."
        raise DoorbellRequestError("bad_request", sentence)
    try:
        return _call(link.api(), request, request.token)
    except ServiceProblemError as problem:
        raise DoorbellRequestError(problem.code, problem.detail) from None
    except ClientError as error:
        raise DoorbellRequestError("unreachable", str(error)) from None


def _whole(request: Request) -> bool:
    """Whether it names what its act is about, and nothing else."""
    named = (request.reset is not None, request.case is not None)
    if request.act in RESETS:
        return named == (request.act != "begin", False)
    return named == (False, request.act != "list")


def _call(api: Api, request: Request, token: str) -> ResetView | CasesView | CaseView:
    match request.act:
        case "begin":
            return api.begin_reset(ResetIn(token, request.lost))
        case "approve":
            return api.approve_reset(request.reset or "", ResetTokenIn(token))
        case "show" | "close" | "reopen" | "text":
            return api.case(request.case or "", request.act, ReviewIn(token))
        case "list":
            return api.cases(ReviewIn(token))
        case _:
            return api.reset_code(request.reset or "", ResetTokenIn(token))
