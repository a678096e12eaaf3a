"""The tokens that the service signs: access tokens for clients, step-up tokens for audiences. ES256 (RFC 7518)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.model.binding import Json
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import JsonObject, as_json, number

ACCESS_SECONDS = 600
STEP_UP_MAX_SECONDS = 300
ACCESS_TYP = "at+jwt"
STEP_UP_TYP = "stepup+jwt"
_CACHE = 4096


class InvalidTokenError(Exception):
    """The token is refused; ``str()`` says in a few words why."""


class Mint:
    """Signs with the first key and accepts all of them, so that a key can be exchanged with overlap.

    ``keys``: private P-256 keys, the present one first; each has its ``kid``.
    """

    def __init__(self, keys: Iterable[ECKey]) -> None:
        self._keys = {str(key.kid): key for key in keys}
        self._first = next(iter(self._keys.values()))
        self._known: OrderedDict[str, JsonObject] = OrderedDict()

    def jwks(self) -> dict[str, list[dict[str, Json]]]:
        """The JSON Web Key Set for ``/.well-known/jwks.json`` (RFC 7517 section 5)."""
        return {
            "keys": [
                {**as_json(key.as_dict(private=False)), "kid": kid, "use": "sig", "alg": "ES256"}
                for kid, key in self._keys.items()
            ]
        }

    def sign(self, typ: str, claims: Mapping[str, Json]) -> str:
        """A compact JWS of ``claims`` with header ``typ``, ``alg`` and ``kid``."""
        header = {"typ": typ, "alg": "ES256", "kid": self._first.kid}
        return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), self._first, ["ES256"])

    def sign_step_up(self, claims: Mapping[str, Json], audience: str) -> str:
        """A step-up's token for ``audience``. Raises ``ValueError`` for claims that name another, or last too long."""
        lasts = number(claims, "exp") - number(claims, "iat")
        if claims["aud"] != audience or not 0 < lasts <= STEP_UP_MAX_SECONDS:
            raise ValueError("these claims are not signed")
        return self.sign(STEP_UP_TYP, claims)

    def read(self, token: str, typ: str, now: float) -> JsonObject:
        """Claims of a token that we signed as ``typ`` and that has not expired. Raises ``InvalidTokenError``."""
        claims = self._known.get(typ + token)
        if claims is None:
            claims = self._verified(token, typ)
            self._known[typ + token] = claims
            if len(self._known) > _CACHE:
                self._known.popitem(last=False)
        expires = bounds.seconds(claims.get("exp"))
        if expires is None or expires <= now:
            raise InvalidTokenError("the token has expired")
        return claims

    def _verified(self, token: str, typ: str) -> JsonObject:
        if len(token) > 16_384:
            raise InvalidTokenError("the token is too long")
        try:
            unverified = jws.extract_compact(token.encode("ascii"))
            header = unverified.headers()
            key = self._keys[str(header.get("kid"))]
            if header.get("typ") != typ:
                raise InvalidTokenError("the token is of another type")
            claims = bounds.loads(jws.deserialize_compact(token, key, algorithms=["ES256"]).payload)
        except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidTokenError("the token is not one of ours") from error
        if not isinstance(claims, dict):
            raise InvalidTokenError("the token has no claims")
        return claims


def access_claims(issuer: str, client_id: str, kind: str, jkt: str, jti: str, now: int) -> dict[str, Json]:
    """Claims of an access token (RFC 9068), bound to the client's key (RFC 9449 section 6.1).

    ``kind``: ``workstation`` or ``application``.
    """
    return {
        "iss": issuer,
        "aud": issuer,
        "sub": client_id,
        "client_id": client_id,
        "scope": kind,
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "jti": jti,
        "cnf": {"jkt": jkt},
    }
