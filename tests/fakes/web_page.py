"""A web page of an application, in a real headless Chromium, that rings the doorbell on loopback."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
PAGE = """<!doctype html><meta charset="utf-8"><title>Records</title><script>
const asked = {method: "POST", headers: {"Content-Type": "application/json"}};
fetch("http://127.0.0.1:%d/step-up", {...asked, body: JSON.stringify(%s)})
  .then(answer => answer.json(), failure => ({failed: failure.name}))
  .then(said => fetch("/said", {method: "POST", body: JSON.stringify(said)}));
</script>"""


class Site:
    """Serves the one page on loopback and hears what its script got. ``port``: where."""

    def __init__(self, doorbell: int, request: Mapping[str, object]) -> None:
        page = (PAGE % (doorbell, json.dumps(request))).encode()
        said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._said = said

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(page)

            def do_POST(self) -> None:
                said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def said(self, within: float = 30.0) -> dict[str, Any]:
        """What the page's script was answered."""
        return self._said.get(timeout=within)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def visit(url: str, profile: Path) -> Iterator[None]:
    """The browser shows ``url`` for as long as the block lasts."""
    assert BROWSER is not None
    words = [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", url]
    with (profile.parent / "browser.log").open("ab") as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
