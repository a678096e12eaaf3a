"""The tokens that the service signs: access, step-up, ID and logout tokens. ES256, and RS256 for who asks for it
(RFC 7518)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from kiosk.model.binding import Json
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import JsonObject, as_json, number

ACCESS_SECONDS = 600
STEP_UP_MAX_SECONDS = 300
BATCH_MAX_SECONDS = 8 * 3600
"""Of the token of a standing batch, which is used in parts."""
ACCESS_TYP = "at+jwt"
STEP_UP_TYP = "stepup+jwt"
_CACHE = 4096
Alg = Literal["ES256", "RS256"]


class InvalidTokenError(Exception):
    """The token is refused; ``str()`` says in a few words why."""


class Mint:
    """Signs with the first key and accepts all of them, so that a key can be exchanged with overlap.

    ``keys``: private P-256 keys, the present one first; each has its ``kid``. ``rsa``: the same of RSA keys. A key
    signs and verifies by its own algorithm alone (RFC 8725 section 3.1).
    """

    def __init__(self, keys: Iterable[ECKey], rsa: Iterable[RSAKey] = ()) -> None:
        self._keys: dict[str, tuple[Alg, ECKey | RSAKey]] = {}
        self._first: dict[Alg, ECKey | RSAKey] = {}
        for key in keys:
            self._add("ES256", key)
        for other in rsa:
            self._add("RS256", other)
        self._known: OrderedDict[str, JsonObject] = OrderedDict()

    def _add(self, alg: Alg, key: ECKey | RSAKey) -> None:
        self._keys[str(key.kid)] = (alg, key)
        self._first.setdefault(alg, key)

    def jwks(self) -> dict[str, list[dict[str, Json]]]:
        """The JSON Web Key Set for ``/.well-known/jwks.json`` (RFC 7517 section 5)."""
        return {
            "keys": [
                {**as_json(key.as_dict(private=False)), "kid": kid, "use": "sig", "alg": alg}
                for kid, (alg, key) in self._keys.items()
            ]
        }

    def sign(self, typ: str, claims: Mapping[str, Json], alg: Alg = "ES256") -> str:
        """A compact JWS of ``claims`` with header ``typ``, ``alg`` and ``kid``."""
        key = self._first[alg]
        header = {"typ": typ, "alg": alg, "kid": key.kid}
        return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), key, [alg])

    def sign_step_up(self, claims: Mapping[str, Json], audience: str) -> str:
        """A step-up's token for ``audience``. Raises ``ValueError`` for claims that name another, or last too long."""
        lasts = number(claims, "exp") - number(claims, "iat")
        most = BATCH_MAX_SECONDS if "batch" in claims and "second" in claims else STEP_UP_MAX_SECONDS
        if claims["aud"] != audience or not 0 < lasts <= most:
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
            alg, key = self._keys[str(header.get("kid"))]
            if header.get("typ") != typ:
                raise InvalidTokenError("the token is of another type")
            claims = bounds.loads(jws.deserialize_compact(token, key, algorithms=[alg]).payload)
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
