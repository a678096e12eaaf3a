"""An integrator follows docs/api/first-token.md: every command of the page, in its order, as it stands there."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.demo.hospital import free_port
from kiosk.demo.processes import ChildProgram, until
from kiosk.demo.screen import VirtualScreen

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api" / "first-token.md"
BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PIN = "271828"


@dataclass
class Reader:
    """Whoever reads the page, in a folder of their own, at a screen of their own."""

    folder: Path
    screen: VirtualScreen
    running: list[ChildProgram] = field(default_factory=list)

    def child(self, command: str) -> ChildProgram:
        """``command`` in a shell that ends at the first failure, as the page's terminal has it set up."""
        env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "EXAMPLES": str(ROOT / "installer" / "examples"),
            "PCSCLITE_CSOCK_NAME": str(self.folder / "no-card-service"),
            **self.screen.environment,
        }
        words = ["bash", "-e", "-o", "pipefail", "-c", f"cd {shlex.quote(str(self.folder))}\n{command}"]
        log = self.folder / "said.log"
        log.unlink(missing_ok=True)
        child = ChildProgram(words, log, env=env)
        self.running.append(child)
        return child

    def run(self, command: str) -> str:
        """What ``command`` printed on standard output."""
        child = self.child(command)
        until(f"the end of {command}", lambda: not child.running, 120)  # five programs are read from the disk
        assert child.stop() == 0, child.tail()
        return "\n".join(child.lines)

    def status(self) -> dict[str, Any]:
        """What ``kiosk status --home desk --json`` prints; empty while the agent is down."""
        try:
            return ask(address.doorbell(self.folder / "desk"), {"op": "status"})
        except AgentNotRunningError:
            return {}

    def place(self) -> tuple[object, ...]:
        """Which field of which screen takes what is typed; the first is None for none."""
        status = self.status()
        return status.get("entry"), status.get("state"), status.get("step")

    def enter(self, text: str) -> None:
        """Type it into the field that waits, press Enter, and see it taken."""
        until("a field", lambda: self.place()[0] is not None)
        before = self.place()
        self.screen.type(text)
        self.screen.press("Return")
        until("what was typed to be taken", lambda: self.place() != before)

    def open_typed_login(self) -> None:
        """Press “Use a code instead”, by keyboard: again if the window had not the keyboard yet."""

        def pressed() -> bool:
            if self.place()[0] is None:
                self.screen.press("Tab", "Return")
            return self.place()[0] is not None

        until("the field for a login", pressed, every=1)

    def _read_on(self, page: str) -> bool:
        """Enter turns the page, again where it came before the page could be read; whether another is there."""
        if self.status().get("step") == page and not page.endswith(".busy"):
            self.screen.press("Return")
        return self.status().get("step") != page

    def read_request(self) -> None:
        """The step-up is on the screen, and was read page by page where it is long."""
        until("the step-up", lambda: self.status().get("state") == "step_up")
        while (page := str(self.status().get("step") or "")).startswith("read."):
            until("the next page", functools.partial(self._read_on, page), every=1)

    def fresh_code(self, *, after: str = "") -> str:
        """The authenticator's present code, once it is another than ``after``."""
        app = pyotp.parse_uri((self.folder / "otpauth").read_text().strip())
        assert isinstance(app, pyotp.TOTP)
        until("the next code", lambda: app.now() != after, 40)
        return app.now()

    def close(self) -> None:
        for child in reversed(self.running):
            child.stop()
        self.screen.stop()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    screen = VirtualScreen(tmp_path / "screen")
    screen.start()
    made = Reader(tmp_path, screen)
    yield made
    made.close()


def test_every_command_of_the_page_does_what_it_says(reader: Reader) -> None:
    text = PAGE.read_text(encoding="utf-8").replace("8443", str(free_port()))
    blocks = BLOCK.findall(text)
    assert [kind for kind, _ in blocks].count("background") == 2
    said: list[str] = []
    code = ""
    for kind, command in blocks:
        if kind == "background":
            reader.child(f"exec {command}").wait_for("ready")
        elif kind == "asks":
            code = sign_in(reader)
            asking = reader.child(command)
            reader.read_request()
            reader.enter(PIN)
            reader.enter(reader.fresh_code(after=code))
            until("the answer", lambda: not asking.running)  # noqa: B023 - awaited at once
            assert asking.stop() == 0
        else:
            said.append(reader.run(command))
    assert json.loads((reader.folder / "answer.json").read_text())["decision"] == "granted"
    holds(said)
    reader.running[-1].stop()
    again = reader.child(next(command for _, command in blocks if "redeem" in command).splitlines()[-1])
    until("the refusal", lambda: not again.running)
    assert again.stop() != 0
    assert "409 already_used" in again.tail()


def sign_in(reader: Reader) -> str:
    """Step 5 of the page: by login, PIN and code; the code."""
    until("the service", lambda: reader.status().get("service") == "online")
    reader.open_typed_login()
    reader.enter("anna")
    reader.enter(PIN)
    code = reader.fresh_code()
    reader.enter(code)
    until("Anna's session", lambda: reader.status().get("person") == "anna")
    return code


def holds(said: list[str]) -> None:
    """What the page says that one sees."""
    every = "\n".join(said)
    for seen in ("signing keys, a CA, a certificate for localhost", '"issuer"', '"access_token"', "now desk"):
        assert seen in every, seen
    claims = json.loads(next(text for text in said if '"sub": "anna"' in text))
    assert (claims["sub"], claims["action"], claims["resource"]) == ("anna", "record.export", "Patient/123")
    assert "stepup" in said[-1]
