"""A hospital's own OpenID Provider over TLS, written apart from the service, that says whatever a test wants.

The honest one is npm's ``oidc-provider`` (``tests/judges/provider.mjs``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from kiosk.model.binding import b64u
from kiosk.service.platform.tls import Tls
from kiosk.service.platform.upstream_settings import UpstreamSettings

CLIENT_ID = "kiosk"
Json = dict[str, Any]


def _same(said: Json) -> Json:
    return said


@dataclass
class BentProvider:
    """``bend`` changes an ID token's claims, ``headed`` its header, ``about`` what it says of itself; ``signed`` makes
    the token of header and claims. ``login``: of whoever signs in. ``down``: it answers 503. ``gate``: codes
    are answered once it is set. ``packed``: by gzip, what every answer is. ``asked``: forms; ``read``: paths."""

    folder: Path
    login: str = "ada"
    bend: Callable[[Json], Json] = _same
    headed: Callable[[Json], Json] = _same
    about: Json = field(default_factory=dict)
    signed: Callable[[Json, Json], str] | None = None
    down: bool = False
    gate: threading.Event | None = None
    packed: bytes | None = None
    read: list[str] = field(default_factory=list)
    clock: Callable[[], float] = time.time
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "theirs-1"}, private=True)
        self.other = ECKey.generate_key("P-256", {"kid": "theirs-2"}, private=True)
        self.public: list[RSAKey | ECKey] = [self.key, self.other]
        tls = Tls.make(self.folder / "tls", "Hospital", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.ca = self.folder / "provider-ca.pem"
        self.ca.write_text(tls.trust()[0])
        self.secret = self.folder / "provider.secret"
        self.secret.write_text("a secret: of ours\n")
        self.secret.chmod(0o600)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.server_pem)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.issuer = f"https://localhost:{self._server.server_address[1]}/realms/hospital"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self, **more: Any) -> UpstreamSettings:
        """By which a service believes it."""
        said: Json = {"name": "St. Elsewhere", "issuer": self.issuer, "client_id": CLIENT_ID}
        said |= {"login": "preferred_username", "secret_file": str(self.secret), "ca_file": str(self.ca)}
        return UpstreamSettings(**{**said, "loopback": True, **more})

    def authorized(self, where: str) -> dict[str, str]:
        """Somebody signs in at its page; what their browser brings back."""
        assert where.startswith(f"{self.issuer}/auth?"), where
        sent = dict(parse_qsl(urlsplit(where).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = sent
        return {"code": code, "state": sent["state"], "iss": self.issuer}

    def described(self) -> Json:
        said: Json = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth"}
        said |= {"token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks"}
        said |= {"authorization_response_iss_parameter_supported": True, "claims_parameter_supported": True}
        return {**said, **self.about}

    def exchanged(self, form: dict[str, str], authorization: str) -> tuple[int, Json]:
        """Its token endpoint, which is strict about everything that it can be strict about."""
        self.asked.append(form)
        if self.gate is not None:
            self.gate.wait(60)
        sent = self.codes.pop(form.get("code", ""), None)
        digest = b64u(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        basic = base64.b64encode(b"kiosk:a+secret%3A+of+ours").decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        if sent is None or digest != sent["code_challenge"] or form["redirect_uri"] != sent["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(self.clock())
        claims: Json = {"iss": self.issuer, "aud": CLIENT_ID, "sub": f"their-{self.login}", "nonce": sent["nonce"]}
        claims |= {"iat": now, "exp": now + 300, "auth_time": now, "preferred_username": self.login}
        header = self.headed({"alg": "RS256", "typ": "JWT", "kid": "theirs-1"})
        token = (self.signed or self.sign)(header, self.bend(claims))
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def sign(self, header: Json, claims: Json) -> str:
        """As it should be; by hand, because no library writes a header that says what it should not."""
        said = ".".join(b64u(json.dumps(part).encode()) for part in (header, claims))
        private = self.key.private_key
        assert private is not None
        return f"{said}.{b64u(private.sign(said.encode(), PKCS1v15(), SHA256()))}"

    def by_public_key(self, header: Json, claims: Json) -> str:
        """An HMAC whose secret is the public key (RFC 8725 section 2.1)."""
        parts = [b64u(json.dumps(part).encode()) for part in ({**header, "alg": "HS256"}, claims)]
        said = ".".join(parts)
        return f"{said}.{b64u(hmac.digest(self.key.as_pem(private=False), said.encode(), 'sha256'))}"

    def unsigned(self, _header: Json, claims: Json) -> str:
        """``alg`` is ``none``."""
        head = b64u(json.dumps({"alg": "none", "kid": "theirs-1"}).encode())
        return f"{head}.{b64u(json.dumps(claims).encode())}."

    def by_elliptic_curve(self, header: Json, claims: Json) -> str:
        """By another key of its own, under another algorithm than was agreed."""
        bent = {**header, "alg": "ES256", "kid": "theirs-2"}
        return jws.serialize_compact(bent, json.dumps(claims), self.other, ["ES256"])

    def by_a_stranger(self, header: Json, claims: Json) -> str:
        """By a key that comes along in the header."""
        key = RSAKey.generate_key(2048, private=True)
        bent = {**header, "jwk": key.as_dict(private=False), "jku": "https://evil.example/jwks"}
        return jws.serialize_compact(bent, json.dumps(claims), key, ["RS256"])


def _handler(provider: BentProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.read.append(self.path)
            if self.path.endswith("/.well-known/openid-configuration"):
                self._send(200, provider.described())
            else:
                self._send(200, {"keys": [key.as_dict(private=False) for key in provider.public]})

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._send(*provider.exchanged(form, self.headers.get("Authorization", "")))

        def _send(self, status: int, said: Json) -> None:
            body = json.dumps(said).encode() if provider.packed is None else provider.packed
            self.send_response(503 if provider.down else status)
            if provider.packed is not None:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
