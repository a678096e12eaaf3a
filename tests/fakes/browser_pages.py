"""What a Chromium with a debugging port shows, and where it is sent: by DevTools' HTTP, without a word to the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from kiosk.demo.processes import until


@dataclass
class BrowserPages:
    """``profile``: its folder, in which it writes the port."""

    profile: Path

    def titles(self) -> list[str]:
        """Of the pages that it shows."""
        return [str(page["title"]) for page in self._asked("GET", "/json/list") if page["type"] == "page"]

    def shows(self, title: str, within: float = 60) -> None:
        """Until one of its pages has that title."""
        until(f"a page called {title!r}, not {self.titles}", lambda: title in self.titles(), within)

    def go(self, url: str) -> None:
        """As a click on a link that opens a new page."""
        self._asked("PUT", f"/json/new?{quote(url, safe=':/?=&')}")

    def _asked(self, method: str, path: str) -> Any:
        port = self.profile / "DevToolsActivePort"
        until("the browser", port.exists)
        try:
            answer = httpx.request(method, f"http://127.0.0.1:{port.read_text().split()[0]}{path}", timeout=5)
        except httpx.HTTPError:
            return []
        return answer.json()
