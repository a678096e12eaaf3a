"""Reads an authorization request (OpenID Connect Core section 3.1.2.1, RFC 6749, RFC 7636, RFC 9700).

Everything that could send a browser or a code astray is compared letter by letter with what was registered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kiosk.service.jose.tokens import InvalidTokenError, Mint
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.tickets import AuthorizationRequest
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import JsonObject, member
from kiosk.service.store.openid_clients import OpenIdClient
from kiosk.service.store.people import fresh_id

SCOPES = ("openid", "profile", "roles", "offline_access")
MAX_TEXT = 1024
MAX_MAX_AGE = 10 * 365 * 86_400
MAX_ACRS = 10
ID_TOKEN_TYP = "JWT"  # noqa: S105  (a header's value)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url: of a PKCE verifier, and of a key (RFC 7638)."""
_NOT_SERVED = {"request": "request_not_supported", "registration": "registration_not_supported"}


def check_redirect(client: OpenIdClient, redirect_uri: str | None) -> str:
    """Where the answer goes. It must be registered, letter by letter (RFC 9700 section 2.1). Raises
    ``AuthorizeError``, which is shown to the person and sent nowhere."""
    if redirect_uri is None or redirect_uri not in client.rules.redirect_uris:
        raise AuthorizeError("invalid_request", "This address is not one that the application was registered with.")
    return redirect_uri


def read(client: OpenIdClient, sent: Mapping[str, str], mint: Mint, issuer: str, now: int) -> AuthorizationRequest:
    """What ``client`` asks for. Raises ``AuthorizeError``."""
    _check_kind(client, sent)
    prompt = tuple(sent.get("prompt", "").split())
    if not set(prompt) <= {"none", "login", "consent", "select_account"} or ("none" in prompt and len(prompt) > 1):
        raise AuthorizeError("invalid_request", "prompt is none or login.")
    wanted = _claims(sent.get("claims"))
    subject = _subject(client, sent.get("id_token_hint"), wanted, mint, issuer)
    scopes = [scope for scope in SCOPES if scope in sent.get("scope", "").split()]
    return AuthorizationRequest(
        id=fresh_id(),
        client_id=client.id,
        redirect_uri=check_redirect(client, sent.get("redirect_uri")),
        scope=" ".join(scopes),
        challenge=sent["code_challenge"],
        created=now,
        state=_short(sent, "state"),
        nonce=_short(sent, "nonce"),
        prompt=prompt,
        max_age=_max_age(sent.get("max_age")),
        acrs=_acrs(sent.get("acr_values", "").split(), wanted),
        subject=subject,
        login=_short(sent, "login_hint"),
        jkt=_jkt(sent.get("dpop_jkt")),
    )


def _check_kind(client: OpenIdClient, sent: Mapping[str, str]) -> None:
    """Code flow with PKCE and S256, by query, and nothing else."""
    for name, error in _NOT_SERVED.items():
        if name in sent:
            raise AuthorizeError(error, f"{name} is not served here.")
    if "authorization_details" in sent:
        raise AuthorizeError("invalid_authorization_details", "An act is asked for at the backchannel endpoint.")
    if sent.get("response_type") != "code":
        raise AuthorizeError("unsupported_response_type", "Only response_type=code is served.")
    if sent.get("response_mode", "query") != "query":
        raise AuthorizeError("invalid_request", "Only response_mode=query is served.")
    if "openid" not in sent.get("scope", "").split():
        raise AuthorizeError("invalid_scope", "The scope must have openid in it.")
    if sent.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(sent.get("code_challenge", "")):
        raise AuthorizeError("invalid_request", "Send a code_challenge, with code_challenge_method=S256.")


def _short(sent: Mapping[str, str], name: str) -> str | None:
    value = sent.get(name)
    if value is not None and len(value) > MAX_TEXT:
        raise AuthorizeError("invalid_request", f"{name} has at most {MAX_TEXT} characters.")
    return value


def _jkt(text: str | None) -> str | None:
    """The key that the code is for (RFC 9449 section 10)."""
    if text is not None and not _CHALLENGE.fullmatch(text):
        raise AuthorizeError("invalid_request", "dpop_jkt is the SHA-256 thumbprint of a key.")
    return text


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12) or int(text) > MAX_MAX_AGE:
        raise AuthorizeError("invalid_request", "max_age is a number of seconds.")
    return int(text)


def _claims(text: str | None) -> JsonObject:
    """What ``claims`` says of the ID token (section 5.5); the rest of it is not served, and not refused."""
    if text is None:
        return {}
    try:
        whole = bounds.loads(text)
        if not isinstance(whole, dict):
            raise TypeError("no object")
        return member(whole, "id_token")
    except (ValueError, TypeError, RecursionError):
        raise AuthorizeError("invalid_request", "claims is a JSON object.") from None


def _acrs(listed: list[str], wanted: JsonObject) -> tuple[str, ...]:
    """``acr_values``, and what ``claims`` says of ``acr`` (section 5.5.1.1), which goes before it."""
    try:
        said = member(wanted, "acr")
    except TypeError:
        said = {}
    values = said.get("values", [said["value"]] if "value" in said else listed)
    if not isinstance(values, list) or len(values) > MAX_ACRS or not all(isinstance(acr, str) for acr in values):
        raise AuthorizeError("invalid_request", f"At most {MAX_ACRS} values of acr are asked for.")
    return tuple(values)


def _subject(client: OpenIdClient, hint: str | None, wanted: JsonObject, mint: Mint, issuer: str) -> str | None:
    """Whose sign-in is wanted, by an ID token of ours or by ``claims``; None for anybody's."""
    named = set()
    if hint is not None:
        named.add(hinted(mint, issuer, hint, client.id)[0])
    try:
        value = member(wanted, "sub").get("value")
    except TypeError:
        value = None
    if isinstance(value, str):
        named.add(value)
    elif value is not None:
        raise AuthorizeError("invalid_request", "The value of sub is a text.")
    if len(named) > 1:
        raise AuthorizeError("invalid_request", "Two different persons are named.")
    return next(iter(named), None)


def hinted(mint: Mint, issuer: str, hint: str, client_id: str | None) -> tuple[str, str, str]:
    """Person, client and session (``sid``) of an ID token of ours, however old. Raises ``AuthorizeError``.

    ``client_id``: of whom it must be; None for anybody.
    """
    try:
        claims = mint.read(hint, ID_TOKEN_TYP, 0)
    except InvalidTokenError as error:
        raise AuthorizeError("invalid_request", f"The id_token_hint is not accepted: {error}.") from None
    sub, aud, sid = claims.get("sub"), claims.get("aud"), claims.get("sid")
    if not isinstance(sub, str) or not isinstance(aud, str) or not isinstance(sid, str) or claims["iss"] != issuer:
        raise AuthorizeError("invalid_request", "The id_token_hint is not one of ours.")
    if client_id is not None and aud != client_id:
        raise AuthorizeError("invalid_request", "The id_token_hint is another application's.")
    return sub, aud, sid
