"""``installer/examples/first_token.mjs`` by a real Node against a real service: it checks, redeems, and is refused."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from kiosk.service.store import applications, programs
from tests.fakes import attacked_service
from tests.fakes.server_logins import SECRET, Rooms

NODE = shutil.which("node")
FILE = Path(__file__).parents[3] / "installer" / "examples" / "first_token.mjs"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(NODE is None, reason="there is no Node here; apt-get install nodejs"),
]
AUDIENCE = "urn:records"


@dataclass
class Script:
    """Run as an application's backend runs it. ``token``: a step-up's, not used yet."""

    rooms: Rooms
    client_id: str
    token: str

    async def run(self, what: str, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Exit status, what it printed, and its complaint."""
        base = self.rooms.ward.service.base
        whole = [str(NODE), str(FILE), what, "--service", base, *words]
        env = {"NODE_EXTRA_CA_CERTS": str(self.rooms.folder / "ca.pem"), "PATH": "/usr/bin"}
        done = await asyncio.to_thread(
            subprocess.run, whole, input=typed, capture_output=True, text=True, check=False, env=env
        )
        return done.returncode, done.stdout, done.stderr

    @property
    def mine(self) -> tuple[str, ...]:
        return "--key", str(self.rooms.folder / "records.jwk"), "--client", self.client_id


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def script(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Script]:
    folder = tmp_path_factory.mktemp("backend")
    async with attacked_service.ward(folder / "ward", ["ada"]) as ward:
        rooms = Rooms(ward, folder)
        rooms.give_codes("ada")
        (folder / "ca.pem").write_text("\n".join(ward.folder.tls.trust()))
        client_id = await asyncio.to_thread(_register, rooms)
        ada = await rooms.at_work("ada")
        view = await ada.station.step_up(ada.session, audience=AUDIENCE, records=2)
        await ada.station.pin(view.body["id"], attacked_service.PIN, "transfer of care")
        done = await ada.station.otp(view.body["id"], pyotp.TOTP(SECRET).now(), "transfer of care")
        assert done.body["state"] == "done", done.body
        yield Script(rooms, client_id, str(done.body["grant"]["token"]))


def _register(rooms: Rooms) -> str:
    key, now, db = ECKey.generate_key("P-256"), int(time.time()), rooms.ward.folder.database()
    (rooms.folder / "records.jwk").write_text(json.dumps(key.as_dict(private=True)))
    public = json.dumps(key.as_dict(private=False), sort_keys=True)

    def act(conn: Connection) -> str:
        made = applications.add(conn, "records", AUDIENCE, public, key.thumbprint(), now)
        programs.allow(conn, made, "", "*", now)
        return made

    try:
        return str(db.write_now(act))
    finally:
        db.close_now()


async def test_it_checks_then_redeems_once(script: Script) -> None:
    status, said, errors = await script.run("check", "--audience", AUDIENCE, typed=script.token)
    assert status == 0, errors
    claims = json.loads(said)
    assert (claims["sub"], claims["action"], claims["records"]) == ("ada", "record.export", 2)
    status, said, errors = await script.run("redeem", *script.mine, typed=script.token)
    assert (status, json.loads(said)["sub"]) == (0, "ada"), errors
    status, _, errors = await script.run("redeem", *script.mine, typed=script.token)
    assert (status, "409 already_used" in errors) == (1, True), errors


async def test_it_refuses_what_is_not_for_it_or_not_signed(script: Script) -> None:
    status, _, errors = await script.run("check", "--audience", "urn:other", typed=script.token)
    assert (status, errors) == (1, "It is for another application.\n")
    head, body, signature = script.token.split(".")
    bent = f"{head}.{body}.{'A' * len(signature)}"
    status, _, errors = await script.run("check", "--audience", AUDIENCE, typed=bent)
    assert (status, errors) == (1, "Its signature is wrong.\n")
