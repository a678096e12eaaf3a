"""Reads a backchannel authentication request (OpenID CIBA Core section 7.1). Nothing is looked up here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.model import consent
from kiosk.model.drawable import NotDrawableError
from kiosk.model.proof import ACR_MFA, ACR_RANK
from kiosk.model.stepup import StepUpAsk
from kiosk.service.jose.tokens import Mint
from kiosk.service.openid import authorization_details
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.parameters import MAX_ACRS, MAX_TEXT, SCOPES, hinted
from kiosk.service.policy.rules import APP_SIGN_IN
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.openid_clients import OpenIdClient

USUAL_SECONDS, MIN_SECONDS, MAX_SECONDS = 120, 60, 600
"""For which a question stands: unless asked otherwise, at least, at most."""
HINTS = ("login_hint", "id_token_hint", "login_hint_token")
_NOTIFICATION_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,1024}=*")
"""RFC 6750 section 2.1."""


@dataclass(frozen=True, slots=True)
class BackchannelAsk:
    """What a server asks. ``subject``: of whom (their id); ``login``: by login or id, where there is no ``subject``.

    ``acr``: the least that will do. ``details``: what will be granted, in JSON. ``seconds``: for which it stands.
    ``notification_token``: what a ping carries.
    """

    scope: str
    ask: StepUpAsk
    acr: str
    seconds: int
    subject: str | None = None
    login: str | None = None
    message: str | None = None
    details: str | None = None
    notification_token: str | None = None


def read(
    client: OpenIdClient, rules: BackchannelRules, sent: Mapping[str, str], mint: Mint, issuer: str
) -> BackchannelAsk:
    """What the server of ``client`` asks. Raises ``AuthorizeError``."""
    for name in ("request", "request_uri"):
        if name in sent:  # no algorithm is registered for one, so none is accepted (section 7.1.1)
            raise AuthorizeError("invalid_request", f"{name} is not served here: send the parameters themselves.")
    scopes = sent.get("scope", "").split()
    if "openid" not in scopes:
        raise AuthorizeError("invalid_scope", "The scope must have openid in it.")
    subject, login = _hint(client, sent, mint, issuer)
    details = sent.get("authorization_details")
    acr = least(sent.get("acr_values", "").split(), client.rules.acr)
    if details is None:
        ask = sign_in(client, acr)
    else:
        ask = authorization_details.read(details, client.audience, rules.actions)
    # An act is approved once, and an agent asks each time: neither gets a refresh token.
    once = details is not None or rules.agent is not None
    wanted = [scope for scope in SCOPES if scope in scopes and not (once and scope == "offline_access")]
    return BackchannelAsk(
        scope=" ".join(wanted),
        ask=ask,
        acr=acr,
        seconds=_seconds(sent.get("requested_expiry")),
        subject=subject,
        login=login,
        message=_message(sent.get("binding_message")),
        details=None if details is None else authorization_details.granted(ask),
        notification_token=_notification_token(rules, sent.get("client_notification_token")),
    )


def least(asked: list[str], own: str) -> str:
    """The lowest of ``asked`` that is known here, but never less than two factors or the application's ``own``: a
    question is answered by a fresh proof. Raises ``AuthorizeError``."""
    known = [acr for acr in asked[:MAX_ACRS] if acr in ACR_RANK]
    if asked and not known:
        raise AuthorizeError("invalid_request", "None of these acr_values can be reached here.")
    lowest = min(known, key=ACR_RANK.__getitem__) if known else ACR_MFA
    return max(lowest, own, ACR_MFA, key=ACR_RANK.__getitem__)


def sign_in(client: OpenIdClient, acr: str) -> StepUpAsk:
    """What a person is asked for where it is a sign-in alone."""
    action = next(name for level, name in APP_SIGN_IN.items() if ACR_RANK[level] >= ACR_RANK[acr])
    return StepUpAsk(action, client.rules.title, 0, audience=client.audience)


def _hint(client: OpenIdClient, sent: Mapping[str, str], mint: Mint, issuer: str) -> tuple[str | None, str | None]:
    """Person's id, or login: by the one hint that there has to be (section 7.1)."""
    given = [name for name in HINTS if name in sent]
    if len(given) != 1:
        raise AuthorizeError("invalid_request", "Say whom by login_hint or id_token_hint, and by one alone.")
    if given == ["login_hint_token"]:
        raise AuthorizeError("invalid_request", "login_hint_token is not served here: send login_hint.")
    if given == ["id_token_hint"]:
        return hinted(mint, issuer, sent["id_token_hint"], client.id)[0], None
    if len(sent["login_hint"]) > MAX_TEXT:
        raise AuthorizeError("invalid_request", f"login_hint has at most {MAX_TEXT} characters.")
    return None, sent["login_hint"]


def _message(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        consent.check_message(text)
    except NotDrawableError as error:
        raise AuthorizeError("invalid_binding_message", str(error)) from None
    return text


def _seconds(text: str | None) -> int:
    if text is None:
        return USUAL_SECONDS
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) == 0:
        raise AuthorizeError("invalid_request", "requested_expiry is a number of seconds.")
    return max(MIN_SECONDS, min(int(text), MAX_SECONDS))


def _notification_token(rules: BackchannelRules, text: str | None) -> str | None:
    if rules.delivery == "poll":
        return None
    if text is None or not _NOTIFICATION_TOKEN.fullmatch(text):
        raise AuthorizeError("invalid_request", "A ping needs a client_notification_token (RFC 6750 section 2.1).")
    return text
