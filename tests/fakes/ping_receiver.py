"""A server's address over TLS that keeps what was posted to it."""

from __future__ import annotations

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kiosk.service.platform.tls import Tls


class PingReceiver:
    """``got``: body, ``Authorization`` and path of each request. ``status``: what it answers. ``ca``: whom to trust."""

    def __init__(self, folder: Path) -> None:
        self.status, self.got = 204, list[tuple[str, str, str]]()
        self.came = threading.Event()
        tls = Tls.make(folder / "tls", "Ping receiver", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.ca = folder / "ping-ca.pem"
        self.ca.write_text(tls.trust()[0])
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.got.append((body, self.headers.get("Authorization", ""), self.path))
                receiver.came.set()
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.server_pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"https://localhost:{self.server.server_address[1]}/ciba"

    def close(self) -> None:
        """It listens no more."""
        self.server.shutdown()
        self.server.server_close()
