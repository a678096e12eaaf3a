"""Attests to the service whose workspace a browser belongs to, under the workstation's own key (decision 39).

Only for whoever is active and seen at this moment: a workspace that is hidden, covered or being opened attests nothing,
and a browser that belongs to no workspace belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.agent.doorbell.askings import Askings
from kiosk.agent.doorbell.request import DoorbellRequestError
from kiosk.agent.doorbell.sign_in_page import PageRequest
from kiosk.agent.link import Link
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.model.attest import AttestIn, AttestView
from kiosk.model.stepup import Asker

NOT_ACTIVE = AttestView("refused", reason="not_active")


def hand_on(
    link: Link, seen: Callable[[str], str | None], askings: Askings, request: PageRequest, asker: Asker
) -> AttestView:
    """What the service answers. ``seen``: id of the session of that login, if its workspace is seen now. ``askings``:
    what is carried on of one person's pages.

    Raises ``DoorbellRequestError`` with the service's word and sentence, or ``unreachable``.
    """
    login = asker.login
    session = seen(login) if login is not None else None
    if login is None or session is None:
        return NOT_ACTIVE
    if not askings.affords(login):
        raise DoorbellRequestError("busy", "Too many sign-ins were asked for here. Wait a minute, then try again.")
    said = AttestIn(request.ticket, session, asker.path, asker.program, asker.sha256, request.step_up)
    try:
        answer = link.api().attest(said)
    except ServiceProblemError as problem:
        raise DoorbellRequestError(problem.code, problem.detail) from None
    except ClientError as error:
        raise DoorbellRequestError("unreachable", str(error)) from None
    return answer if seen(login) == session else NOT_ACTIVE  # what covered it meanwhile may be another's
