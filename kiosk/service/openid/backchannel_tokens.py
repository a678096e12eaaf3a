"""A server fetches the answer to its question (CIBA Core sections 10.1 and 11): not yet, no, or tokens, once.

What the person proved is read from the step-up itself, as where its token is redeemed (``ceremonies.granted``).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.proof import Assurance
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.ceremonies import granted, second_rules, token_standing
from kiosk.service.jose.dpop import Proof
from kiosk.service.openid import backchannel_phone, issuing
from kiosk.service.openid.attesting import sid_of
from kiosk.service.openid.client_auth import KnownClient
from kiosk.service.openid.issuing import IssuedTokens
from kiosk.service.openid.standing import standing
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.platform.json_fields import as_json, items, number, text
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.shared.context import Service
from kiosk.service.store import backchannel_clients, backchannel_requests, grants, openid_grants
from kiosk.service.store.backchannel_requests import BackchannelRequest
from kiosk.service.store.grants import StepUpGrant
from kiosk.service.store.openid_grants import OpenIdGrant

GRANT_TYPE = "urn:openid:params:grant-type:ciba"
ACT = "app_answered"
"""In the trail."""


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question, and the step-up that is its yes. ``proved``: what the person proved in it. ``more``: claims of who
    acts, and who agreed as a second person."""

    request: BackchannelRequest
    grant: StepUpGrant
    proved: Assurance
    more: dict[str, Json]


def by_question(
    conn: Connection, service: Service, who: KnownClient, form: Mapping[str, str], proof: Proof | None, now: int
) -> IssuedTokens | TokenProblemError:
    """Tokens for a question that was answered with yes. Raises ``HttpProblemError``."""
    found = backchannel_requests.by_secret(conn, fingerprint(form.get("auth_req_id", "")))
    if found is not None and found.application == who.client.id:
        # Locked before anything else of theirs, together with whoever agreed (decision 33).
        second_rules.lock_with_second(conn, found.person, found.ceremony or "")
        found = backchannel_requests.by_id(conn, found.id)
    request = found if found is not None and found.application == who.client.id else None
    with issuing.paying(conn, service, who, proof, request, now):
        return _answer(conn, service, who, request, proof, now)


def _answer(
    conn: Connection,
    service: Service,
    who: KnownClient,
    request: BackchannelRequest | None,
    proof: Proof | None,
    now: int,
) -> IssuedTokens | TokenProblemError:
    if request is None or backchannel_clients.find(conn, who.client.id) is None:
        return _refused("invalid_grant", "There is no such auth_req_id.")
    if request.used is not None:
        return _refused("invalid_grant", "The auth_req_id was used before.")
    if now >= request.expires:
        return _refused("expired_token", "The question's time is over.")
    too_soon = backchannel_requests.note_poll(conn, request, now)
    state = backchannel_requests.state_of(conn, request, now)
    if state in ("waiting", "shown") and too_soon:
        return _refused("slow_down", "Ask less often: the interval is five seconds longer now.")
    if state in ("waiting", "shown"):
        return _refused("authorization_pending", "The person has not answered yet.")
    if state == "denied":
        return _refused("access_denied", "The person did not approve this.")
    return _approved(conn, service, who, request, proof, now)


def _approved(
    conn: Connection, service: Service, who: KnownClient, request: BackchannelRequest, proof: Proof | None, now: int
) -> IssuedTokens | TokenProblemError:
    jkt = proof.jkt if proof is not None else None
    if jkt is None and who.client.rules.dpop:
        return _refused("invalid_dpop_proof", "This application's tokens are bound: send a DPoP proof.")
    if request.on_phone is not None:
        return _approved_on_phone(conn, service, who, request, jkt, now)
    answered = _answered(conn, service, request)
    if answered is None or token_standing.fault(conn, service, answered.grant, now) is not None:
        return _refused("access_denied", "What was approved does not count any more.")
    first = grants.redeem(conn, answered.grant.jti, now) and backchannel_requests.use(conn, request.id, now)
    if not first:
        return _refused("invalid_grant", "The auth_req_id was used before.")
    made = _in_session(answered, who, jkt, now)
    openid_grants.add(conn, made)
    found = standing(conn, made, now)
    if found is None:
        openid_grants.end(conn, made, now, tell=False)
        return _refused("access_denied", "The person's session has ended.")
    _write(conn, who, request, made, answered.grant.ceremony, now)
    return issuing.issued(service, found, now, act=request.details, more=answered.more)


def _approved_on_phone(
    conn: Connection, service: Service, who: KnownClient, request: BackchannelRequest, jkt: str | None, now: int
) -> IssuedTokens | TokenProblemError:
    """The same of a yes that was given on a phone: there is no session, and no refresh token without one."""
    yes = backchannel_phone.yes_to(conn, service, request)
    if yes is None:
        return _refused("access_denied", "What was approved does not count any more.")
    # No grant of a step-up is used up by it: a question that somebody put back finds the sign-in that came of it.
    first = openid_grants.by_id(conn, request.id) is None and backchannel_requests.use(conn, request.id, now)
    if not first:
        return _refused("invalid_grant", "The auth_req_id was used before.")
    scope = " ".join(name for name in request.scope.split() if name != "offline_access")
    signed_in = _signed_in(replace(request, scope=scope), who, yes.proved, request.id, jkt, now)
    made = replace(signed_in, phone=yes.phone)
    openid_grants.add(conn, made)
    found = standing(conn, made, now)
    if found is None:
        openid_grants.end(conn, made, now, tell=False)
        return _refused("access_denied", "What was approved does not count any more.")
    _write(conn, who, request, made, request.id, now)
    return issuing.issued(service, found, now, act=request.details)


def _answered(conn: Connection, service: Service, request: BackchannelRequest) -> AnsweredQuestion | None:
    """The yes to this very question; None where the step-up is of another. Raises ``TamperedError``."""
    grant = grants.by_request(conn, request.ceremony or "")
    if grant is None or (grant.person, grant.delivery) != (request.person, "backchannel"):
        return None
    claims = as_json(granted.claims_of(conn, service.issuer, grant))
    told = (text(claims, "action"), text(claims, "resource"), number(claims, "records"), claims["message"])
    ask = request.ask
    if told != (ask.action, ask.resource, ask.records, request.message) or claims["aud"] != ask.audience:
        return None
    if ask.purpose is not None and claims["purpose"] != ask.purpose:
        return None  # another was signed than will be told
    amr = tuple(str(method) for method in items(claims["amr"]))
    more: dict[str, Json] = {name: claims[name] for name in ("act", "second") if name in claims}
    proved = Assurance(text(claims, "acr"), amr, number(claims, "auth_time"))
    return AnsweredQuestion(request, grant, proved, more)


def _in_session(answered: AnsweredQuestion, who: KnownClient, jkt: str | None, now: int) -> OpenIdGrant:
    """The sign-in that comes of it, within the session in which it was approved."""
    grant = answered.grant
    made = _signed_in(answered.request, who, answered.proved, grant.session, jkt, now)
    return replace(made, workstation=grant.workstation, session=grant.session)


def _signed_in(
    request: BackchannelRequest, who: KnownClient, proved: Assurance, within: str, jkt: str | None, now: int
) -> OpenIdGrant:
    """Without a browser, and its first tokens are given out. ``within``: what its ``sid`` is made of."""
    return OpenIdGrant(
        id=request.id,
        application=who.client.id,
        person=request.person,
        workstation=None,
        session=None,
        sid=sid_of(within, who.client.id),
        scope=request.scope,
        assurance=proved,
        nonce=None,
        redirect_uri="",
        challenge="",
        browser="",
        receipt=fingerprint(secrets.token_urlsafe(32)),
        created=now,
        used=now,
        jkt=jkt,
        refreshed=1,
    )


def _write(
    conn: Connection, who: KnownClient, request: BackchannelRequest, made: OpenIdGrant, ceremony: str, now: int
) -> None:
    detail: dict[str, Json] = {"app": who.client.name, "question": request.id, "scope": made.scope}
    event = Event(
        ACT,
        "success",
        now,
        person=made.person,
        session=made.session,
        ceremony=ceremony,
        acr=made.assurance.acr,
        amr=made.assurance.amr,
        detail={
            **detail,
            "asks": request.ask.action,
            "bound": made.jkt is not None,
            **({"on_phone": True} if made.phone is not None else {}),
        },
    )
    writer.append(conn, SERVICE, event)


def _refused(error: str, detail: str) -> TokenProblemError:
    return TokenProblemError(400, error, detail)
