"""A web application that knows nothing of sign-ins: it answers whatever reaches it, and remembers what did."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class PlainApplication:
    """At ``port`` of loopback. ``seen``: headers of each request in small letters, and its ``path``."""

    port: int = 0
    seen: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def plain_application() -> Iterator[PlainApplication]:
    """For as long as the block lasts."""
    made = PlainApplication()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower().replace("-", "_"): value for name, value in self.headers.items()}
            made.seen.append({**headers, "path": self.path})
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"chart")

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
