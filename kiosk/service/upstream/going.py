"""A browser goes to the hospital's own provider: with PKCE and a nonce, and with a sealed state that only this browser
can bring back. Nothing is stored for it, so strangers cannot fill a table."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from kiosk.model.binding import b64u
from kiosk.model.proof import ACR_IDENTIFIED, ACR_RANK
from kiosk.service.openid import levels
from kiosk.service.openid.tickets import MAX_TICKET_CHARS, AuthorizationRequest
from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.upstream.provider_line import ProviderFacts

CALLBACK = "/oauth/upstream/callback"
_HEADER = {"alg": "dir", "enc": "A256GCM"}


class StateError(Exception):
    """It is none of ours."""


@dataclass(frozen=True, slots=True)
class SealedState:
    """``ticket``: of the application's request, which knows its browser and its time. ``issuer``: where it went."""

    ticket: str
    nonce: str
    verifier: str
    issuer: str


class States:
    """``key``: 32 bytes that only the service's replicas share; used under a label of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(hmac.digest(key, b"kiosk/upstream-state/v1\x00", "sha256"))

    def seal(self, state: SealedState) -> str:
        """What goes along as ``state``."""
        return jwe.encrypt_compact(dict(_HEADER), json.dumps(asdict(state)).encode(), self._key)

    def open(self, sealed: str) -> SealedState:
        """Raises ``StateError``."""
        if len(sealed) > 2 * MAX_TICKET_CHARS:
            raise StateError
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=["dir", "A256GCM"]).plaintext
            return SealedState(**json.loads(opened or b""))
        except (JoseError, ValueError, TypeError, RecursionError):
            raise StateError from None


def fresh(ticket: str, issuer: str) -> SealedState:
    """For one sign-in."""
    return SealedState(ticket, secrets.token_urlsafe(32), secrets.token_urlsafe(48), issuer)


def can_reach(settings: UpstreamSettings, request: AuthorizationRequest, own: str) -> bool:
    """Whether any word of the provider counts as much as the application asks for. ``own``: its least ``acr``."""
    known = [ACR_RANK[ours] for ours in (*settings.acr.values(), *settings.amr.values())]
    needed = ACR_RANK[levels.least(request, own)]
    return needed <= max(known, default=0)


def max_age_of(settings: UpstreamSettings, request: AuthorizationRequest) -> int:
    """Seconds since the proof: what the application asks for, and no more than the hospital allows."""
    return settings.max_age if request.max_age is None else min(settings.max_age, request.max_age)


def address(
    settings: UpstreamSettings,
    facts: ProviderFacts,
    request: AuthorizationRequest,
    state: SealedState,
    sealed: str,
    base: str,
    own: str,
) -> str:
    """Where the browser goes (OpenID Connect Core section 3.1.2.1). ``base``: of this service."""
    sent = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": base + CALLBACK,
        "scope": " ".join(
            ["openid", *({"preferred_username": ["profile"], "email": ["email"]}.get(settings.login, []))]
        ),
        "state": sealed,
        "nonce": state.nonce,
        "code_challenge": b64u(hashlib.sha256(state.verifier.encode()).digest()),
        "code_challenge_method": "S256",
        "max_age": str(max_age_of(settings, request)),
    }
    if "login" in request.prompt:
        sent["prompt"] = "login"
    wanted = _words(settings, ACR_RANK[levels.least(request, own)])
    if wanted:
        sent["acr_values"] = wanted
    if facts.claims:
        names = {settings.login, "auth_time", "acr", "amr"} | (
            {"email_verified"} if settings.login == "email" else set()
        )
        sent["claims"] = json.dumps({"id_token": dict.fromkeys(sorted(names - {"sub"}))})
    return f"{facts.authorization}{'&' if '?' in facts.authorization else '?'}{urlencode(sent)}"


def _words(settings: UpstreamSettings, needed: int) -> str:
    if needed == ACR_RANK[ACR_IDENTIFIED]:
        return ""
    return " ".join(theirs for theirs, ours in settings.acr.items() if ACR_RANK[ours] >= needed)
