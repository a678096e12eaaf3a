"""A page that moves all the time, and a small web server that hears how many frames it painted."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SCROLLS = """
for (let i = 0; i < 400; i++) {
  const row = document.createElement("p")
  row.textContent = `${i} — sodium 140 mmol/l, potassium 4.1 mmol/l, creatinine 71 µmol/l, haemoglobin 8.4 mmol/l`
  row.style.background = `hsl(${i * 7 % 360} 60% 85%)`
  document.body.append(row)
}
let step = 4
function paint() {
  if (scrollY + innerHeight >= document.body.scrollHeight - 8) step = -4
  if (scrollY <= 8) step = 4
  scrollBy(0, step)
}
"""
_MOVES = """
const canvas = document.createElement("canvas"), pen = canvas.getContext("2d")
document.body.style.margin = 0; document.body.append(canvas)
let at = 0
function paint() {
  at += 1
  if (canvas.width !== innerWidth || canvas.height !== innerHeight) {
    canvas.width = innerWidth; canvas.height = innerHeight
  }
  pen.fillStyle = `hsl(${at % 360} 40% 70%)`
  pen.fillRect(0, 0, canvas.width, canvas.height)
  for (let i = 0; i < 40; i++) {
    pen.fillStyle = `hsl(${i * 9} 70% 50%)`
    pen.fillRect((at * 5 + i * 97) % canvas.width, (i * 53 + at * 3) % canvas.height, 120, 90)
  }
}
"""
PAGES = {"scrolls": _SCROLLS, "moves": _MOVES}
"""A long page that scrolls to and fro; and a film: each frame is another picture."""
_SHELL = """<!doctype html><meta charset=utf-8><title>%s</title><body><script>%s
let frames = 0
function frame() { paint(); frames += 1; requestAnimationFrame(frame) }
requestAnimationFrame(frame)
setInterval(() => fetch("/frames", { method: "POST", body: String(frames) }), 200)
</script>"""


class Page:
    """Served at ``address``; ``frames`` that it had painted when it last spoke, which ``spoke`` is set at."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.frames = 0
        self.spoke = threading.Event()

    def address(self, kind: str) -> str:
        """Of one of ``PAGES``."""
        return f"http://127.0.0.1:{self.port}/{kind}"

    def heard(self) -> int:
        """The next number that it tells. Raises ``TimeoutError`` after 60 s."""
        self.spoke.clear()
        if not self.spoke.wait(60):
            raise TimeoutError("the page says nothing")
        return self.frames


@contextmanager
def served() -> Iterator[Page]:
    """A page on a port of loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind = self.path.strip("/")
            self._answer(200 if kind in PAGES else 404, (_SHELL % (kind, PAGES.get(kind, ""))).encode())

        def do_POST(self) -> None:
            page.frames = int(self.rfile.read(int(self.headers["Content-Length"])))
            page.spoke.set()
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        page = Page(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield page
        finally:
            server.shutdown()


def browser(address: str, profile: str) -> list[str]:
    """Chromium with that page alone, over the whole display."""
    words = ["/usr/bin/chromium", f"--user-data-dir={profile}", "--no-first-run", "--password-store=basic"]
    return [*words, "--disable-gpu", "--kiosk", f"--app={address}"]
