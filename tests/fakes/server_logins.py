"""A service in a process of its own, servers that are registered with it, and people at their workstations."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from kiosk.service.openid.tickets import fingerprint
from kiosk.service.store import applications, backchannel_clients, codes, openid_clients, people
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes import attacked_service
from tests.fakes.client import Client

PATIENCE = 60.0
"""Seconds that somebody waits for a question: a server has to start a program first."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
GATE_SECRET = "a-secret-of-the-server"


@dataclass
class AtWork:
    """Somebody who is signed in at a workstation of their own."""

    login: str
    station: Client
    session: str
    proofs: int = 0
    answered: set[str] = field(default_factory=set)

    async def question(self, asking: subprocess.Popen[str]) -> dict[str, Any]:
        """What a server asks them, once it does. ``asking``: the program for whose sake it does."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            said = (await self.station.get(f"/v1/sessions/{self.session}/asked")).body["questions"]
            new = [question for question in said if question["id"] not in self.answered]
            if new:
                self.answered.add(str(new[0]["id"]))
                return dict(new[0])
            await asyncio.sleep(0.1)  # it is asked again and again, and nothing tells when
            assert asking.poll() is None, asking.communicate()
        asking.kill()
        raise AssertionError(f"nobody asked: {asking.communicate()}")

    async def approve(self, question: dict[str, Any]) -> dict[str, Any]:
        """Shown, and proved with PIN and code; what was shown."""
        body = {"ask": question["ask"], "session": self.session, "program": "", "asked": question["id"]}
        shown = await self.station.post("/v1/stepups", body)
        await self.station.pin(shown.body["id"], attacked_service.PIN, None)
        code = pyotp.TOTP(SECRET).at(int(time.time()) + 30 * self.proofs)
        self.proofs += 1
        done = await self.station.otp(shown.body["id"], code, None)
        assert done.body["state"] == "done", done.body
        return dict(shown.body)

    async def decline(self, question: dict[str, Any]) -> None:
        """They silence that server."""
        answer = await self.station.post(f"/v1/sessions/{self.session}/asked/{question['id']}/decline", None)
        assert answer.status == 204, answer.body

    async def one_time(self, audience: str) -> str:
        """A one-time password, as their program gets one."""
        said = {"session": self.session, "audience": audience, "program": "/usr/bin/kiosk"}
        subject = (await self.station.post("/v1/openid/subject", said)).body
        assert subject["decision"] == "given", subject
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "subject_token": subject["subject_token"],
            "audience": audience,
            "requested_token_type": "urn:kiosk:params:oauth:token-type:one-time-password",
        }
        answer = await self.station.http.post("/oauth/token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@dataclass
class Rooms:
    """``toml`` writes a server's settings; ``at_work`` signs the next person in."""

    ward: attacked_service.Ward
    folder: Path
    client_id: str = ""
    people: dict[str, AtWork] = field(default_factory=dict)

    async def at_work(self, login: str) -> AtWork:
        if login not in self.people:
            station = await self.ward.station()
            session = await station.open(self.ward.uids[login], attacked_service.PIN)
            self.people[login] = AtWork(login, station, session)
        return self.people[login]

    def toml(self, name: str, auth: str, **more: str) -> Path:
        """Settings of the server ``name``, which shows a ``key`` or a ``secret``."""
        ca = self.folder / "ca.pem"
        ca.write_text("\n".join(self.ward.folder.tls.trust()))
        held = self.folder / f"{name}.{auth}"
        client_id = self._register(name, held, auth)
        said = {"service": self.ward.service.base, "client_id": client_id, "name": f"{name}.hospital.example"}
        said |= {"ca": str(ca), auth: str(held)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in said.items()]
        path = self.folder / f"{name}.toml"
        path.write_text("\n".join([*lines, *(f"{key} = {value}" for key, value in more.items())]) + "\n")
        return path

    def _register(self, name: str, held: Path, auth: str) -> str:
        key, now, db = ECKey.generate_key("P-256"), int(time.time()), self.ward.folder.database()
        by_key = auth == "key"
        held.write_text(json.dumps(key.as_dict(private=True)) if by_key else GATE_SECRET)
        held.chmod(0o600)
        jwk = json.dumps(key.as_dict(private=False), sort_keys=True) if by_key else ""

        def act(conn: Connection) -> str:
            made = applications.add(conn, name, f"urn:{name}", jwk, key.thumbprint() if by_key else "", now)
            way: Any = "private_key_jwt" if by_key else "client_secret_basic"
            secret = None if by_key else fingerprint(GATE_SECRET)
            openid_clients.put(conn, made, OpenIdRules(name.title(), (), auth=way, secret=secret), now)
            if by_key:
                backchannel_clients.put(conn, made, BackchannelRules(actions=("server.sudo",)), now)
            backchannel_clients.open_audience(conn, made, "urn:kiosk:identified", now)
            return made

        try:
            return str(db.write_now(act))
        finally:
            db.close_now()

    def give_codes(self, *logins: str) -> None:
        """Each has a code app."""
        now, db = int(time.time()), self.ward.folder.database()

        def act(conn: Connection) -> None:
            for login in logins:
                person = people.find(conn, login)
                assert person is not None
                sealed = self.ward.folder.keys.totp.seal(base64.b32decode(SECRET), person.id)
                codes.set_totp(conn, person.id, *sealed, now)

        db.write_now(act)
        db.close_now()
