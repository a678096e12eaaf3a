"""The code, for the very browser that asked: it has the cookie, and its page has what the doorbell gave it.

Either alone is nothing. A ticket that somebody else's workstation attested brings no receipt to this browser's page; a
receipt that got into another browser finds no cookie there.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.service.openid.authorize_error import answer_at
from kiosk.service.openid.tickets import AuthorizationRequest, TicketError, Tickets, fingerprint
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.store import openid_grants, sessions

RECEIPT_SECONDS = 30
CODE_SECONDS = 60
FAILURES = {
    "access_denied": "The person may not use this application, or did not go on.",
    "login_required": "Nobody, or somebody else, is signed in at this workstation; or a proof is needed.",
    "unmet_authentication_requirements": "What was asked for could not be proved.",
}


def opened(tickets: Tickets, ticket: str, cookie: str, now: int) -> AuthorizationRequest:
    """The request that this browser made. Raises ``HttpProblemError``."""
    try:
        request = tickets.open(ticket, now)
    except TicketError as error:
        raise HttpProblemError(422, "bad_ticket", f"This page cannot be used any more: {error}.") from None
    if not request.browser or not compare_digest(request.browser, fingerprint(cookie)):
        raise HttpProblemError(403, "another_browser", "This was begun in another browser. Begin again there.")
    return request


def release(conn: Connection, request: AuthorizationRequest, receipt: str, issuer: str, now: int) -> str:
    """Where the browser goes with its code. Raises ``HttpProblemError``."""
    grant = openid_grants.by_receipt(conn, fingerprint(receipt))
    if grant is None or (grant.id, grant.browser) != (request.id, request.browser) or grant.code is not None:
        raise HttpProblemError(403, "bad_receipt", "The workstation did not attest this. Begin again.")
    session = sessions.find(conn, grant.session or "")
    late = not grant.created - 5 <= now < grant.created + RECEIPT_SECONDS
    if late or grant.ended is not None or session is None or session.state != "open":
        raise HttpProblemError(403, "not_active", "The session at this workstation is not open any more. Begin again.")
    code = secrets.token_urlsafe(32)
    openid_grants.give_code(conn, grant, fingerprint(code), now + CODE_SECONDS)
    return answer_at(grant.redirect_uri, issuer, request.state, code=code)


def failed(request: AuthorizationRequest, why: str, issuer: str) -> str:
    """Where the browser goes without one. ``why``: one of ``FAILURES``."""
    values = {"error": why, "error_description": FAILURES[why]}
    return answer_at(request.redirect_uri, issuer, request.state, **values)
