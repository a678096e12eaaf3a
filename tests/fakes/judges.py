"""Judges that are not ours speak to a real service over TLS: what they need of a ward, and the one that runs in Node.

The browser in the workspace is played; the real one is in ``tests/stories``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from kiosk.model.people import ProgramView
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.store import applications, backchannel_clients, openid_clients, programs
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes.openid import BROWSER, CALLBACK, ticket_in
from tests.fakes.server_logins import AtWork, Rooms

SECRET = "a-secret-of-the-chart"
AUDIENCE = "urn:chart"
FILES = Path(__file__).parents[1] / "judges"
INSTALLED = Path(sys.prefix) / "judges"
"""By ``installer/judges.sh``."""
WITHIN = 60.0


def needed() -> None:
    """Skips where the registry could not be reached; anything else that is missing is a failure."""
    left_out = INSTALLED / "left-out"
    if left_out.exists():
        pytest.skip(left_out.read_text().strip())
    assert (INSTALLED / "node_modules").exists(), "run installer/judges.sh, as installer/setup.sh test does"


def files(folder: Path) -> Path:
    """The scripts beside their packages, where Node looks for them."""
    held = folder / "judges"
    shutil.copytree(FILES, held)
    (held / "node_modules").symlink_to(INSTALLED / "node_modules")
    return held


class JudgeRefusedError(Exception):
    """The library says no; ``said``: how."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass
class NodeJudge:
    """``client.mjs`` as it runs. ``call`` gives it an order."""

    process: asyncio.subprocess.Process
    log: Path

    async def call(self, order: str, **words: Any) -> Any:
        """What comes of it. Raises ``JudgeRefusedError``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": order, **words}).encode() + b"\n")
        said = await asyncio.wait_for(self.process.stdout.readline(), WITHIN)
        assert said, self.log.read_text()
        answer = json.loads(said)
        if "error" in answer:
            raise JudgeRefusedError(answer["error"])
        return answer["ok"]


@asynccontextmanager
async def node_judge(folder: Path, trust: Path) -> AsyncIterator[NodeJudge]:
    """``trust``: PEM of whom it believes besides the system's authorities."""
    script = await asyncio.to_thread(files, folder)
    env = {"NODE_EXTRA_CA_CERTS": str(trust), "PATH": "/usr/bin:/bin"}
    log = folder / "judge.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            str(INSTALLED / "node"),
            str(script / "client.mjs"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=env,
            limit=1 << 20,
        )
    try:
        yield NodeJudge(process, log)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), WITHIN)


@dataclass
class JudgedWard:
    """A ward whose application "chart" is a judge's. ``trust``: PEM of the service's CA."""

    rooms: Rooms
    ada: AtWork
    client_id: str
    key: ECKey
    trust: Path

    @property
    def base(self) -> str:
        return self.rooms.ward.service.base

    @property
    def context(self) -> ssl.SSLContext:
        return self.rooms.ward.service.trust()

    async def in_a_browser(self, where: str) -> str:
        """What the sign-in page does in the workspace; where the browser goes at the end."""
        async with httpx.AsyncClient(base_url=self.base, verify=self.context, timeout=20) as browser:
            ticket = ticket_in((await browser.get(where)).text)
            said = {"ticket": ticket, "session": self.ada.session, "program": BROWSER, "name": "Chromium"}
            view = (await self.ada.station.post("/v1/openid/attest", said)).body
            if view["decision"] == "signed_in":
                sent = {"ticket": ticket, "receipt": view["receipt"]}
            else:  # nobody proves more here
                sent = {"ticket": ticket, "failed": "access_denied"}
            headers = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"}
            return str((await browser.post("/oauth/continue", json=sent, headers=headers)).json()["location"])


async def judged(rooms: Rooms, rules: OpenIdRules | None = None, asks: BackchannelRules | None = None) -> JudgedWard:
    """``rules`` of the application; by default it has a secret. ``asks``: what it may ask people for."""
    key = ECKey.generate_key("P-256", {"kid": "chart-1"})
    client_id = await asyncio.to_thread(_register, rooms, key, rules, asks)
    trust = rooms.folder / "ca.pem"
    trust.write_text("\n".join(rooms.ward.folder.tls.trust()))
    return JudgedWard(rooms, await rooms.at_work("ada"), client_id, key, trust)


def _register(rooms: Rooms, key: ECKey, rules: OpenIdRules | None, asks: BackchannelRules | None) -> str:
    now, db = int(time.time()), rooms.ward.folder.database()
    public = {name: str(key.as_dict(private=False)[name]) for name in ("kty", "crv", "x", "y")}
    by_secret = OpenIdRules("Chart", (CALLBACK,), auth="client_secret_basic", secret=fingerprint(SECRET))

    def act(conn: Connection) -> str:
        held = (json.dumps(public, sort_keys=True), key.thumbprint()) if rules is not None else ("", "")
        made = applications.add(conn, "chart", AUDIENCE, *held, now)
        openid_clients.put(conn, made, rules or by_secret, now)
        if asks is not None:
            backchannel_clients.put(conn, made, asks, now)
        programs.add(conn, ProgramView("Chromium", BROWSER, None, browser=True), now)
        return str(made)

    try:
        return db.write_now(act)
    finally:
        db.close_now()
