"""A phone: a real Chromium of a phone's size and language, whose passkeys a virtual authenticator keeps.

Driven over DevTools' pipe (``--remote-debugging-pipe``: JSON, each message ended by a NUL, on descriptors 3 and 4), so
that no port is open and no library is needed. WebAuthn is the browser's own; only the finger is played.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import time
from collections import deque
from pathlib import Path
from typing import Any

from kiosk.demo.processes import ChildFailedError, until

WIDTH, HEIGHT = 390, 844
FRAME = 88
"""Pixels of a browser window's tabs and address."""
WITHIN = 60.0
Json = dict[str, Any]


class PhoneFailedError(ChildFailedError):
    """The browser said no, or nothing."""


class PhoneBrowser:
    """One page. ``session``: of its target. ``heard``: the newest events of DevTools, the latest last."""

    def __init__(self, to: int, came: int) -> None:
        self._to, self._came = to, came
        self._numbers = itertools.count(1)
        self._rest = b""
        self.session = ""
        self.authenticator = ""
        self.heard: deque[Json] = deque(maxlen=200)

    def begin(self, language: str, *, window: bool = False) -> None:
        """A page of a phone's size, and an authenticator in it whose user is verified. ``window``: to be seen."""
        seen = {"newWindow": True, "width": WIDTH, "height": HEIGHT + FRAME} if window else {}
        target = self.call("Target.createTarget", url="about:blank", **seen)["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Accessibility", "Network", "WebAuthn"):
            self.call(f"{domain}.enable")
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 2, "mobile": True}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.speaks(language)
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.authenticator = self.call("WebAuthn.addVirtualAuthenticator", options=options)["authenticatorId"]

    def call(self, method: str, **params: Any) -> Json:
        """What the browser answers. Raises ``PhoneFailedError``."""
        number = next(self._numbers)
        message: Json = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        try:
            os.write(self._to, json.dumps(message).encode() + b"\0")
        except OSError as gone:
            raise PhoneFailedError("the browser is gone") from gone
        while True:
            said = self._next()
            if said.get("id") == number:
                if "error" in said:
                    raise PhoneFailedError(f"{method}: {said['error']}")
                return dict(said["result"])
            self.heard.append(said)

    def _next(self) -> Json:
        late = time.monotonic() + WITHIN
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._came], [], [], max(0.0, late - time.monotonic()))
            if not ready:
                raise PhoneFailedError("the browser says nothing")
            came = os.read(self._came, 65536)
            if not came:
                raise PhoneFailedError("the browser is gone")
            self._rest += came
        one, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(one))

    def run(self, script: str) -> Any:
        """What an expression in the page comes to; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PhoneFailedError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def scan(self, uri: str) -> None:
        """The camera has read a QR code: its page opens."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=uri)

    def part(self) -> str:
        """The part of the page that is to be seen; empty while it is loading."""
        return str(self.run("document.querySelector('section:not([hidden])')?.id ?? ''") or "")

    def at(self, *parts: str) -> str:
        """Until one of these parts is to be seen; which."""

        def shown() -> str:
            part = self.part()
            return part if part in parts else ""

        return until(f"the phone to show {' or '.join(parts)}", shown, WITHIN)

    def until(self, what: str, script: str) -> None:
        """Until an expression in the page is true."""
        until(what, lambda: bool(self.run(f"Boolean({script})")), WITHIN)

    def speaks(self, language: str) -> None:
        """From the next page on."""
        agent = self.call("Browser.getVersion")["userAgent"]
        self.call("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    def text(self) -> str:
        """What is to be read."""
        return str(self.run("document.body?.innerText ?? ''"))

    def press(self, act: str) -> None:
        """Touch the button of that act, as a finger does."""
        where = self.run(
            f"(() => {{ const box = document.querySelector('section:not([hidden]) [data-do={act}]');"
            " box.scrollIntoView({ block: 'center' }); const at = box.getBoundingClientRect();"
            " return [at.x + at.width / 2, at.y + at.height / 2]; })()"
        )
        self._touch(*where)

    def enter(self, number: str) -> None:
        """Type the number into the field that has the focus, and press Enter."""
        self.call("Input.insertText", text=number)
        for kind in ("keyDown", "keyUp"):
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            self.call("Input.dispatchKeyEvent", type=kind, **(key if kind == "keyDown" else {**key, "text": ""}))

    def _touch(self, x: float, y: float) -> None:
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def passkeys(self) -> list[Json]:
        """What the authenticator keeps."""
        return list(self.call("WebAuthn.getCredentials", authenticatorId=self.authenticator)["credentials"])

    def finger(self, right: bool) -> None:
        """Whether the next finger is its owner's."""
        self.call("WebAuthn.setUserVerified", authenticatorId=self.authenticator, isUserVerified=right)

    def spoken(self) -> list[tuple[str, str]]:
        """Role and name of everything in the tree of screen readers that is not passed over."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        found = [
            (str(node["role"]["value"]), str(node.get("name", {}).get("value", "")))
            for node in nodes
            if not node.get("ignored") and "role" in node
        ]
        return [(role, name) for role, name in found if role not in ("InlineTextBox", "none", "generic")]

    def picture(self, path: Path) -> None:
        """A screenshot."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
