"""A hospital's server that asks people by OpenID CIBA, over TLS and by discovery; apart from the service's code."""

from __future__ import annotations

import json
import ssl
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet


@dataclass
class AskingServer:
    """``key``: file of its private JWK. ``trust``: whom it believes as the service."""

    issuer: str
    client_id: str
    key: Path
    trust: Path

    def ask(self, **sent: str) -> dict[str, Any]:
        """A question; the endpoint's answer."""
        return self._post("backchannel_authentication_endpoint", {"scope": "openid profile", **sent})

    def poll(self, auth_req_id: str) -> dict[str, Any]:
        """How it stands: tokens, or an error."""
        form = {"grant_type": "urn:openid:params:grant-type:ciba", "auth_req_id": auth_req_id}
        return self._post("token_endpoint", form)

    def claims(self, token: str, typ: str) -> dict[str, Any]:
        """Of a token that the service signed."""
        with self._http as line:
            keys = KeySet.import_key_set(line.get(self._said(line)["jwks_uri"]).json())
        read = jws.deserialize_compact(token, keys, algorithms=["ES256"])
        assert read.headers()["typ"] == typ
        return dict(json.loads(read.payload))

    def introspect(self, token: str) -> dict[str, Any]:
        """What it is worth now."""
        return self._post("introspection_endpoint", {"token": token})

    @property
    def _http(self) -> httpx.Client:
        return httpx.Client(verify=ssl.create_default_context(cafile=str(self.trust)), timeout=20)

    def _said(self, line: httpx.Client) -> dict[str, Any]:
        return dict(line.get(f"{self.issuer}/.well-known/openid-configuration").json())

    def _post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        key, now = ECKey.import_key(json.loads(self.key.read_text())), int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "iat": now, "exp": now + 60}
        made = jwt.encode({"alg": "ES256"}, {**claims, "jti": str(uuid.uuid4())}, key)
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        with self._http as line:
            shown = {"client_assertion_type": kind, "client_assertion": made}
            return dict(line.post(self._said(line)[endpoint], data={**shown, **form}).json())
