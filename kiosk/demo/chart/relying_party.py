"""The chart as a client of an OpenID Provider: code with PKCE, ID tokens, introspection, logout tokens.

By httpx and joserfc alone, as the standards have it: OpenID Connect Core 1.0, RFC 7636, RFC 7662, RFC 9207, OpenID
Connect Back-Channel Logout 1.0.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

SKEW = 30
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims = Mapping[str, object]


class NotSignedInError(Exception):
    """The sign-in is not believed, or was refused; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """``issuer``, ``client_id``, ``secret``: as the chart is registered. ``trust``: PEM of whom its TLS is believed."""

    issuer: str
    client_id: str
    secret: str
    trust: Path
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """A sign-in that a browser was sent to. ``then``: where it wanted to go."""

    state: str
    nonce: str
    verifier: str
    then: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is, by an ID token that was checked; ``token``: the access token; ``at``: since when, epoch seconds."""

    person: str
    name: str
    acr: str
    auth_time: int
    sid: str
    token: str
    at: float


class RelyingParty:
    """Raises ``NotSignedInError`` from every method that asks the provider."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._http = httpx.Client(verify=ssl.create_default_context(cafile=str(settings.trust)), timeout=10)
        self._known: dict[str, object] = {}

    def begin(self, then: str, **more: str) -> tuple[BegunSignIn, str]:
        """The sign-in, and where the browser goes for it. ``more``: ``acr_values``, ``max_age``."""
        begun = BegunSignIn(_word(), _word(), _word(48), then)
        digest = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).decode().rstrip("=")
        sent = {
            "client_id": self._settings.client_id,
            "response_type": "code",
            "redirect_uri": self._settings.redirect_uri,
            "scope": "openid profile",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": digest,
            "code_challenge_method": "S256",
            **more,
        }
        return begun, f"{self._endpoint('authorization_endpoint')}?{urlencode(sent)}"

    def finish(self, begun: BegunSignIn, answer: Mapping[str, str]) -> SignedIn:
        """Who came back. ``begun``: of this very browser."""
        if answer.get("iss") != self._settings.issuer or answer.get("state") != begun.state:
            raise NotSignedInError("This answer is not of the sign-in that was begun here. Begin again.")
        if "code" not in answer:
            raise NotSignedInError(answer.get("error_description") or "You were not signed in.")
        form = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": begun.verifier}
        tokens = self._post("token_endpoint", {**form, "redirect_uri": self._settings.redirect_uri})
        claims = self._read(str(tokens.get("id_token")), "JWT")
        if claims.get("nonce") != begun.nonce:
            raise NotSignedInError("This answer is not of the sign-in that was begun here. Begin again.")
        auth_time = claims.get("auth_time")
        return SignedIn(
            person=str(claims["sub"]),
            name=str(claims.get("name") or claims["sub"]),
            acr=str(claims.get("acr")),
            auth_time=auth_time if isinstance(auth_time, int) else 0,
            sid=str(claims.get("sid")),
            token=str(tokens.get("access_token")),
            at=time.time(),
        )

    def worth(self, token: str) -> Claims | None:
        """What an access token is worth now; None for nothing."""
        said = self._post("introspection_endpoint", {"token": token})
        return said if said.get("active") is True else None

    def signed_out(self, token: str) -> tuple[str, str]:
        """``jti`` and ``sid`` of a logout token that is believed (section 2.6)."""
        claims = self._read(token, "logout+jwt")
        events, sid, jti = claims.get("events"), claims.get("sid"), claims.get("jti")
        named = isinstance(events, dict) and LOGOUT_EVENT in events
        if not named or "nonce" in claims or not isinstance(sid, str) or not isinstance(jti, str):
            raise NotSignedInError("This is no logout token.")
        return jti, sid

    def _read(self, token: str, typ: str) -> Claims:
        """Claims of a token of that type which the provider signed for us, and which is of now (RFC 8725)."""
        try:
            keys = KeySet.import_key_set(self._get(self._endpoint("jwks_uri")))  # type: ignore[arg-type]  # JSON
            read = jws.deserialize_compact(token, keys, algorithms=["ES256", "RS256"])
            claims: object = json.loads(read.payload)
        except (JoseError, ValueError) as error:
            raise NotSignedInError("The sign-in service's token is not believed.") from error
        if not isinstance(claims, dict) or read.headers().get("typ") != typ:
            raise NotSignedInError("The sign-in service's token is of another kind.")
        expires, now = claims.get("exp"), time.time()
        ours = claims.get("iss") == self._settings.issuer and claims.get("aud") == self._settings.client_id
        if not ours or not isinstance(expires, int) or expires < now - SKEW:
            raise NotSignedInError("The sign-in service's token is not for this application, or is old.")
        return claims

    def _endpoint(self, name: str) -> str:
        if not self._known:
            self._known = self._get(f"{self._settings.issuer}/.well-known/openid-configuration")
            if self._known.get("issuer") != self._settings.issuer:
                self._known = {}
                raise NotSignedInError("The sign-in service gives itself another name.")
        return str(self._known[name])

    def _get(self, url: str) -> dict[str, object]:
        return _decoded(lambda: self._http.get(url))

    def _post(self, endpoint: str, form: Mapping[str, str]) -> dict[str, object]:
        who = (self._settings.client_id, self._settings.secret)
        url = self._endpoint(endpoint)
        return _decoded(lambda: self._http.post(url, data=dict(form), auth=who))


def _decoded(send: Callable[[], httpx.Response]) -> dict[str, object]:
    try:
        answer = send()
        said: object = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotSignedInError("The sign-in service did not answer as it should. Try again.") from error
    if not isinstance(said, dict):
        raise NotSignedInError("The sign-in service's answer cannot be read.")
    return said


def _word(size: int = 24) -> str:
    return secrets.token_urlsafe(size)
