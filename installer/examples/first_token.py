#!/usr/bin/env python3
"""An application's side of a step-up, in one file to copy: needs httpx and joserfc, and nothing of kiosk.

    first_token.py access  --service URL --ca PEM --key JWK --client ID
    first_token.py redeem  --service URL --ca PEM --key JWK --client ID < token
    first_token.py collect --service URL --ca PEM --key JWK --client ID --request REQUEST_ID

``access`` shows an access token of the application's own (RFC 6749 section 4.4 with RFC 7523 and RFC 9449). ``redeem``
uses a step-up token up and shows its claims. ``collect`` fetches the token of a web page's request.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import ssl
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Application:
    """Registered at the service ``url`` as ``client``, with the private key in the file ``key``."""

    def __init__(self, url: str, ca: str, key: str, client: str) -> None:
        self.key = ECKey.import_key(json.loads(Path(key).read_text(encoding="utf-8")))
        self.url, self.client = url, client
        self.nonce: str | None = None
        self.http = httpx.Client(base_url=url, verify=ssl.create_default_context(cafile=ca), timeout=10)

    def access(self) -> dict[str, Any]:
        """An access token for 600 s, bound to the key: the form of ``POST /oauth/token``."""
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
        return self.send("/oauth/token", None, lambda: {"data": {**form, "client_assertion": self.assertion()}})

    def post(self, path: str, body: object) -> dict[str, Any]:
        """One request with an access token."""
        return self.send(path, self.access()["access_token"], lambda: {"json": body})

    def send(self, path: str, token: str | None, words: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Send it, and once more where the service first wants its nonce in the proof (RFC 9449 section 8)."""
        for _ in range(2):
            head = {"DPoP": self.proof("POST", path, token)}
            if token:
                head["Authorization"] = f"DPoP {token}"
            answer = self.http.post(path, headers=head, **words())
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if not answer.is_error or answer.json()["code"] != "use_dpop_nonce":
                break
        return told(answer)

    def assertion(self) -> str:
        """Who asks, signed with the registered key: one use, 60 s (RFC 7523 section 3)."""
        now = int(time.time())
        claims = {
            "iss": self.client, "sub": self.client, "aud": f"{self.url}/oauth/token",
            "iat": now, "exp": now + 60, "jti": str(uuid.uuid4()),
        }  # fmt: skip
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self.key)

    def proof(self, method: str, path: str, token: str | None = None) -> str:
        """A DPoP proof for one request (RFC 9449 section 4.2)."""
        claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": self.url + path, "iat": int(time.time())}
        if self.nonce:
            claims["nonce"] = self.nonce
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        head = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}
        return jwt.encode(head, claims, self.key)


def told(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON. Ends the program with the service's sentence if it is a refusal."""
    said: dict[str, Any] = answer.json()
    if answer.is_error:
        sys.exit(f"{answer.status_code} {said['code']}: {said['detail']}")
    return said


def main() -> None:
    """Do what was asked and print the answer as JSON."""
    parser = argparse.ArgumentParser(description="An application's side of a step-up.")
    parser.add_argument("what", choices=["access", "redeem", "collect"])
    for name in ("service", "ca", "key", "client"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--request", help="for collect: the request_id that the page got")
    words = parser.parse_args()
    application = Application(words.service, words.ca, words.key, words.client)
    if words.what == "access":
        said = application.access()
    elif words.what == "redeem":
        said = application.post("/v1/tokens/redeem", {"token": sys.stdin.read().strip()})
    else:
        said = application.post(f"/v1/stepups/{words.request}/token", None)
    print(json.dumps(said, indent=1))


if __name__ == "__main__":
    main()
