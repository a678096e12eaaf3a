"""``python -m kiosk.demo.chart CONFIG.json``: serves the chart until it is ended. Prints ``ready``.

The file has ``port``, ``certificate`` (PEM with its key), ``issuer``, ``client_id``, ``secret`` and ``trust`` (PEM).
"""

from __future__ import annotations

import json
import secrets
import ssl
import sys
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from kiosk.demo.chart.answers import BROWSER, ChartAnswer, HospitalChart
from kiosk.demo.chart.pages import POLICY
from kiosk.demo.chart.relying_party import ProviderSettings, RelyingParty

MAX_BODY = 16_384
PATIENCE = 20.0
"""Seconds that a connection may be silent."""
_COOKIE = "Path=/; Secure; HttpOnly; SameSite=Lax"


def handler(chart: HospitalChart) -> type[BaseHTTPRequestHandler]:
    """The HTTP of ``chart``."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts, cookies = urlsplit(self.path), _cookies(self.headers.get("Cookie", ""))
            query = dict(parse_qsl(parts.query))
            if parts.path.startswith("/fhir/"):
                scheme, _, token = self.headers.get("Authorization", "").partition(" ")
                self._send(chart.interface(parts.path, query, token if scheme.lower() == "bearer" else ""))
            elif parts.path == "/callback":
                self._send(chart.back(query, cookies))
            else:
                self._send(chart.page(parts.path, cookies, cookies.get(BROWSER) or secrets.token_urlsafe(24)))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            size = int(length) if length.isdigit() and len(length) < 9 else MAX_BODY + 1
            if self.path != "/backchannel" or size > MAX_BODY:
                self.close_connection = True
                self._send(ChartAnswer(404 if size <= MAX_BODY else 413))
                return
            form = dict(parse_qsl(self.rfile.read(size).decode("ascii", "replace")))
            self._send(chart.signed_out(form.get("logout_token", "")))

        def _send(self, answer: ChartAnswer) -> None:
            raw = answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            for name, value in answer.cookies.items():
                self.send_header("Set-Cookie", f"{name}={value}; {_COOKIE}")
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_words: object) -> None:
            pass  # addresses hold codes

    return Handler


def _say(line: str) -> None:
    print(line, flush=True)


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def serve(said: dict[str, str]) -> None:
    """Until the process is ended."""
    port = int(said["port"])
    base = f"https://localhost:{port}"
    settings = ProviderSettings(
        said["issuer"], said["client_id"], said["secret"], Path(said["trust"]), f"{base}/callback"
    )
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(HospitalChart(base, RelyingParty(settings), _say)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(said["certificate"])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
