"""Hands an approval of the help desk on to the service, under the workstation's own key (decision 21).

A program in a workspace reaches the doorbell and nothing else. What it brings is the token of a step-up that its person
has just approved here; the service looks at the token and at who brings it, and believes neither the program nor us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.link import Link
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.model.helpdesk import ResetIn, ResetTokenIn, ResetView

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.client.api import Api


def hand_on(link: Link, request: Request) -> ResetView:
    """What the service answers. Raises ``DoorbellRequestError`` with its word and sentence, or ``unreachable``."""
    if request.token is None or request.act is None or (request.reset is None) is not (request.act == "begin"):
        raise DoorbellRequestError("bad_request", "The help desk needs an act, a token and, but for a begin, a reset.")
    try:
        return _call(link.api(), request, request.token)
    except ServiceProblemError as problem:
        raise DoorbellRequestError(problem.code, problem.detail) from None
    except ClientError as error:
        raise DoorbellRequestError("unreachable", str(error)) from None


def _call(api: Api, request: Request, token: str) -> ResetView:
    if request.act == "begin":
        return api.begin_reset(ResetIn(token, request.lost))
    call = api.approve_reset if request.act == "approve" else api.reset_code
    return call(request.reset or "", ResetTokenIn(token))
