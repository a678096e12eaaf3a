"""The one decision behind ``/v1/verify``, its form for proxies, and AuthZEN: is this token enough for this gateway?

Everything is looked at again, as where a token is redeemed or introspected: session, person, station, factors.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.jose.tokens import ACCESS_TYP, STEP_UP_TYP, InvalidTokenError
from kiosk.service.openid.verify_approval import by_approval
from kiosk.service.openid.verify_faults import Gateway, no
from kiosk.service.openid.verify_question import VerifyIn, VerifyView
from kiosk.service.openid.verify_sign_in import by_sign_in
from kiosk.service.platform.json_fields import JsonObject
from kiosk.service.shared.context import Service


def writes(asked: VerifyIn) -> bool:
    """Whether an answer uses something up."""
    return asked.action is not None or (asked.request is not None and asked.request.proof is not None)


def decide(conn: Connection, service: Service, gateway: Gateway, asked: VerifyIn, now: int) -> VerifyView:
    """Yes or no. Raises ``OverBudgetError``, ``TamperedError``."""
    approval, sign_in = _read(service, asked.token, STEP_UP_TYP, now), _read(service, asked.token, ACCESS_TYP, now)
    claims = approval if approval is not None else sign_in
    if claims is None or claims.get("aud") != gateway.audience:
        return no("invalid_token")
    if asked.action is not None:
        if approval is None:
            return no("approval_needed")
        return by_approval(conn, service, gateway, asked, approval, now)
    if sign_in is None:
        return no("sign_in_needed")
    return by_sign_in(conn, service, gateway, asked, sign_in, now)


def _read(service: Service, token: str, typ: str, now: int) -> JsonObject | None:
    try:
        return service.mint.read(token, typ, now)
    except InvalidTokenError:
        return None
