"""A step-up that was proved for an application to be signed in to, used up by what it was proved for."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.proof import Assurance
from kiosk.service.ceremonies import granted, token_standing
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.platform.json_fields import as_json, items, number, text
from kiosk.service.shared.frame import Frame
from kiosk.service.store import grants
from kiosk.service.store.openid_clients import OpenIdClient


@dataclass(frozen=True, slots=True)
class WantedProof:
    """For what it must have been proved: whose, in which session, for which ``action`` of ``client``. ``origin``: of
    the page that asked, None for a program. ``since``: not before this (epoch seconds)."""

    person: str
    session: str
    client: OpenIdClient
    action: str
    origin: str | None
    since: int


def used(frame: Frame, step_up: str, wanted: WantedProof) -> Assurance:
    """What the person proved in the step-up of that request id. Raises ``AuthorizeError`` ``access_denied``."""
    grant = grants.by_request(frame.conn, step_up)
    mine = (wanted.person, wanted.session, frame.station.id, wanted.client.audience)
    if grant is None or (grant.person, grant.session, grant.workstation, grant.audience) != mine:
        raise AuthorizeError("access_denied", "What was proved was for something else.")
    claims = granted.claims_of(frame.conn, frame.service.issuer, grant)
    about = (claims["action"], claims["resource"], claims["origin"])
    fresh = wanted.since <= grant.issued <= frame.now < grant.expires
    if about != (wanted.action, wanted.client.rules.title, wanted.origin) or not fresh:
        raise AuthorizeError("access_denied", "What was proved was for something else.")
    if token_standing.fault(frame.conn, frame.service, grant, frame.now) or not grants.redeem(
        frame.conn, grant.jti, frame.now
    ):
        raise AuthorizeError("access_denied", "What was proved does not count any more.")
    said = as_json(claims)
    amr = tuple(str(method) for method in items(said["amr"]))
    return Assurance(text(said, "acr"), amr, number(said, "auth_time"))
