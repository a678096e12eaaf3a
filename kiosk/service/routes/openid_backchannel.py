"""The doors of servers that ask a person, of the workstation that shows it, and of a person's own programs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from kiosk.model.asked import QuestionsView, SubjectIn, SubjectView
from kiosk.service.openid import backchannel_asking, backchannel_parameters, backchannel_showing, subject_tokens
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.backchannel_asking import AskedView
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.routes.door import TheCaller, TheService, decide, service_of
from kiosk.service.routes.forms import FORM, read_form
from kiosk.service.routes.openid_tokens import known_client
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.store import backchannel_clients

router = APIRouter(tags=["openid"], route_class=StrictRoute)
FORBIDDEN = frozenset({"access_denied"})
"""Errors that are answered 403 (CIBA Core section 13); all others 400."""
_FIELDS = (
    "scope",
    "login_hint",
    "id_token_hint",
    "binding_message",
    "acr_values",
    "requested_expiry",
    "authorization_details",
    "client_notification_token",
    "client_assertion_type",
    "client_assertion",
)
_SCHEMA: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["scope"],
                    "properties": {name: {"type": "string"} for name in _FIELDS},
                }
            }
        },
    }
}


@router.post("/oauth/backchannel", openapi_extra=_SCHEMA, response_model_exclude_none=True)
async def ask(request: Request) -> AskedView:
    """An application's server asks a person, who is shown it at the workstation where they are active (OpenID CIBA)."""
    service, now = service_of(request), service_of(request).now()
    form = await read_form(request)
    who = await known_client(request, form)
    rules = await service.db.read(backchannel_clients.find, who.client.id)
    if rules is None or who.client.rules.auth != "private_key_jwt":
        raise TokenProblemError(400, "unauthorized_client", "An administrator has not allowed this server to ask.")
    try:
        asked = backchannel_parameters.read(who.client, rules, form, service.mint, service.issuer)
    except AuthorizeError as error:
        await service.db.write(who.use)
        raise TokenProblemError(400, error.error, str(error)) from None
    done = await service.db.write(backchannel_asking.ask, service, who, asked, now)
    if isinstance(done, AuthorizeError):
        raise TokenProblemError(403 if done.error in FORBIDDEN else 400, done.error, str(done)) from None
    return done


@router.get("/v1/sessions/{session}/asked")
async def questions(session: str, service: TheService, caller: TheCaller) -> QuestionsView:
    """What servers ask whoever's session is open at this workstation."""
    return await decide(service, caller, lambda frame: backchannel_showing.questions(frame, session))


@router.post("/v1/sessions/{session}/asked/{question}/decline", status_code=204, response_class=Response)
async def decline(session: str, question: str, service: TheService, caller: TheCaller) -> Response:
    """The person of that session silenced the server that asks. No body."""
    await decide(service, caller, lambda frame: backchannel_showing.decline(frame, session, question))
    return Response(status_code=204)


@router.post("/v1/openid/subject")
async def subject(body: SubjectIn, service: TheService, caller: TheCaller) -> SubjectView:
    """A workstation attests in whose workspace a program asks for a token (exchanged by RFC 8693)."""
    return await decide(service, caller, lambda frame: subject_tokens.attest(frame, body))
