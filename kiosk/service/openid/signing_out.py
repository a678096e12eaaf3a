"""An application signs its person out (OpenID Connect RP-Initiated Logout 1.0): of itself, and of nothing else.

The session at the workstation is the person's and the card's: no application ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.parameters import hinted
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_clients, openid_grants

ACT = "app_sign_out"
"""In the trail."""


def read(service: Service, sent: Mapping[str, str]) -> tuple[str, str, str]:
    """Person, application and session of which it is. Raises ``AuthorizeError`` for a request that does not say whose,
    with an ID token of ours."""
    if "id_token_hint" not in sent:
        raise AuthorizeError("invalid_request", "The sign-out must bring an id_token_hint.")
    return hinted(service.mint, service.issuer, sent["id_token_hint"], sent.get("client_id"))


def sign_out(conn: Connection, whose: tuple[str, str, str], sent: Mapping[str, str], now: int) -> str | None:
    """Ends the application's sign-ins in that session; where the browser goes then, None for nowhere. ``whose``: as of
    ``read``. Raises ``AuthorizeError``."""
    person, client_id, sid = whose
    client = openid_clients.find(conn, client_id)
    if client is None:
        raise AuthorizeError("invalid_request", "This application is not registered any more.")
    where = sent.get("post_logout_redirect_uri")
    if where is not None and where not in client.rules.leave_uris:
        raise AuthorizeError("invalid_request", "This address is not one that the application was registered with.")
    if openid_grants.end_of_session(conn, client_id, sid, now):
        detail: dict[str, Json] = {"app": client.name}
        writer.append(conn, SERVICE, Event(ACT, "success", now, person=person, detail=detail))
    if where is None or "state" not in sent:
        return where
    return f"{where}{'&' if '?' in where else '?'}{urlencode({'state': sent['state']})}"
