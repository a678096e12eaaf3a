"""A small electronic chart: a web application that knows the service by OpenID Connect and RFC 9470 alone.

Its page signs the person in; its interface for exports looks at the token, and asks for more where that is too little;
the page does what a standard client does then. ``seen`` hears what came of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import re
import secrets
import ssl
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import KeySet

from kiosk.service.platform.tls import Tls


@dataclass
class Chart:
    """Serves on loopback over TLS, with a certificate that ``ca`` signed. ``issuer``, ``client``: id and secret, and
    ``trust``, whom it believes as the service: once it is registered."""

    folder: Path
    issuer: str = ""
    client: tuple[str, str] = ("", "")
    trust: Path = Path()

    def __post_init__(self) -> None:
        tls = Tls.make(self.folder / "tls", "Chart", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.ca = self.folder / "chart-ca.pem"
        self.ca.write_text(tls.trust()[0])
        self.seen: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        self._verifiers: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.server_pem)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def heard(self, within: float = 90.0) -> tuple[str, dict[str, Any]]:
        """What it saw next."""
        return self.seen.get(timeout=within)

    @property
    def _http(self) -> httpx.Client:
        return httpx.Client(verify=ssl.create_default_context(cafile=str(self.trust)), auth=self.client)

    def _discovered(self) -> dict[str, Any]:
        with self._http as line:
            return dict(line.get(f"{self.issuer}/.well-known/openid-configuration").json())

    def begin(self, **more: str) -> str:
        """Where the browser goes to sign in."""
        state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
        self._verifiers[state] = verifier
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        sent = {"client_id": self.client[0], "response_type": "code", "redirect_uri": f"{self.url}/callback"}
        sent |= {"scope": "openid profile", "state": state, "nonce": state, "code_challenge": digest}
        sent |= {"code_challenge_method": "S256", **more}
        return f"{self._discovered()['authorization_endpoint']}?{urlencode(sent)}"

    def finish(self, answer: dict[str, str]) -> str | None:
        """The browser is back: the person is signed in, and exports; where it goes next, None for nowhere."""
        assert answer.get("iss") == self.issuer
        verifier = self._verifiers.pop(answer["state"])
        if "error" in answer:
            self.seen.put(("error", dict(answer)))
            return None
        form = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": verifier}
        known = self._discovered()
        with self._http as line:
            tokens = line.post(known["token_endpoint"], data={**form, "redirect_uri": f"{self.url}/callback"}).json()
            keys = KeySet.import_key_set(line.get(known["jwks_uri"]).json())
        claims = json.loads(jws.deserialize_compact(tokens["id_token"], keys, algorithms=["RS256"]).payload)
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (self.issuer, self.client[0], answer["state"])
        self.seen.put(("signed_in", claims))
        status, challenge = self.export(tokens["access_token"])
        if status == 200:
            self.seen.put(("exported", {}))
            return None
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        assert asked.pop("error") == "insufficient_user_authentication"
        return self.begin(**asked)

    def export(self, token: str) -> tuple[int, str]:
        """The interface: it looks at the token, and says what it wants (RFC 9470 section 3)."""
        with self._http as line:
            worth = line.post(self._discovered()["introspection_endpoint"], data={"token": token}).json()
        fresh = time.time() - worth.get("auth_time", 0) <= 300
        if worth["active"] and worth["acr"] in ("phr", "phrh") and fresh:
            return 200, ""
        return 401, 'Bearer error="insufficient_user_authentication", acr_values="phr", max_age="300"'


def _handler(chart: Chart) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/":
                self._send(chart.begin())
            elif parts.path == "/callback":
                self._send(chart.finish(dict(parse_qsl(parts.query))))
            else:
                self._send(None, 404)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = form["logout_token"][0].split(".")[1]
            chart.seen.put(("signed_out", json.loads(base64.urlsafe_b64decode(body + "=="))))
            self._send(None)

        def _send(self, location: str | None, status: int = 200) -> None:
            self.send_response(303 if location else status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
