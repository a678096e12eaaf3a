"""Authlib as the client: code with PKCE, ID token by its own rules, refresh, introspection, revocation, more asked."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import Connection

from kiosk.model.people import ProgramView
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.store import applications, openid_clients, programs
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes import attacked_service
from tests.fakes.openid import BROWSER, CALLBACK, ticket_in
from tests.fakes.server_logins import AtWork, Rooms

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = "a-secret-of-the-chart"


@dataclass
class AuthlibJudge:
    """``about``: what the service says of itself."""

    rooms: Rooms
    ada: AtWork
    client_id: str
    about: dict[str, str]
    trust: ssl.SSLContext

    def client(self) -> OAuth2Client:
        return OAuth2Client(
            self.client_id,
            SECRET,
            redirect_uri=CALLBACK,
            scope="openid profile offline_access",
            code_challenge_method="S256",
            token_endpoint=self.about["token_endpoint"],
            verify=self.trust,
        )

    async def in_a_browser(self, where: str) -> str:
        """What the sign-in page does in the workspace; where the browser goes at the end."""
        base = self.rooms.ward.service.base
        async with httpx.AsyncClient(base_url=base, verify=self.trust, timeout=20) as browser:
            ticket = ticket_in((await browser.get(where)).text)
            said = {"ticket": ticket, "session": self.ada.session, "program": BROWSER, "name": "Chromium"}
            view = (await self.ada.station.post("/v1/openid/attest", said)).body
            sent = {"ticket": ticket, "receipt": view["receipt"]}
            if view["decision"] != "signed_in":
                sent = {"ticket": ticket, "failed": "access_denied"}
            headers = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
            return str((await browser.post("/oauth/continue", json=sent, headers=headers)).json()["location"])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def judge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AuthlibJudge]:
    folder = tmp_path_factory.mktemp("authlib")
    async with attacked_service.ward(folder / "ward", ["ada"]) as ward:
        rooms = Rooms(ward, folder)
        client_id = await asyncio.to_thread(_register, rooms)
        ada, trust = await rooms.at_work("ada"), ward.service.trust()
        async with httpx.AsyncClient(base_url=ward.service.base, verify=trust) as line:
            about = (await line.get("/.well-known/openid-configuration")).json()
        yield AuthlibJudge(rooms, ada, client_id, about, trust)


def _register(rooms: Rooms) -> str:
    now, db = int(time.time()), rooms.ward.folder.database()

    def act(conn: Connection) -> str:
        made = applications.add(conn, "chart", "urn:chart", "", "", now)
        rules = OpenIdRules("Chart", (CALLBACK,), auth="client_secret_basic", secret=fingerprint(SECRET))
        openid_clients.put(conn, made, rules, now)
        programs.add(conn, ProgramView("Chromium", BROWSER, None, browser=True), now)
        return made

    try:
        return str(db.write_now(act))
    finally:
        db.close_now()


async def test_code_with_pkce_and_an_id_token_by_its_rules(judge: AuthlibJudge) -> None:
    with judge.client() as client:
        verifier, nonce = "v" * 64, "n-0S6_WzA2Mj"
        where, state = client.create_authorization_url(
            judge.about["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        back = await judge.in_a_browser(where)
        token = await asyncio.to_thread(
            lambda: client.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
        )
        keys = KeySet.import_key_set((await asyncio.to_thread(client.get, judge.about["jwks_uri"])).json())
        read = jwt.decode(token["id_token"], keys, algorithms=["ES256"])
        options = {"iss": {"value": judge.about["issuer"]}, "aud": {"value": judge.client_id}}
        params = {"nonce": nonce, "client_id": judge.client_id, "access_token": token["access_token"]}
        claims = CodeIDToken(read.claims, read.header, options, params)
        claims.validate()
        assert (claims["preferred_username"], claims["acr"]) == ("ada", "urn:kiosk:pin")
        who = await asyncio.to_thread(client.get, judge.about["userinfo_endpoint"])
        assert who.json()["sub"] == claims["sub"]
        renewed = await asyncio.to_thread(client.refresh_token)
        assert renewed["refresh_token"] != token["refresh_token"]
        endpoint = judge.about["introspection_endpoint"]
        worth = await asyncio.to_thread(client.introspect_token, endpoint, renewed["access_token"])
        assert worth.json()["active"] is True
        gone = await asyncio.to_thread(
            client.revoke_token, judge.about["revocation_endpoint"], renewed["refresh_token"]
        )
        assert gone.status_code == 200
        worth = await asyncio.to_thread(client.introspect_token, endpoint, renewed["access_token"])
        assert worth.json() == {"active": False}


async def test_another_verifier_or_state_gets_nothing(judge: AuthlibJudge) -> None:
    with judge.client() as client:
        where, state = client.create_authorization_url(judge.about["authorization_endpoint"], code_verifier="v" * 64)
        back = await judge.in_a_browser(where)
        with pytest.raises(OAuthError, match="mismatching_state"):
            client.fetch_token(authorization_response=back, state="another", code_verifier="v" * 64)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await asyncio.to_thread(
                lambda: client.fetch_token(authorization_response=back, state=state, code_verifier="w" * 64)
            )


async def test_more_is_asked_for_by_repeating_the_request(judge: AuthlibJudge) -> None:
    """As RFC 9470 has it; nobody proves it here, and the library is told so."""
    with judge.client() as client:
        where, state = client.create_authorization_url(
            judge.about["authorization_endpoint"], code_verifier="v" * 64, acr_values="phr", max_age="300"
        )
        back = await judge.in_a_browser(where)
        assert parse_qs(urlsplit(back).query)["iss"] == [judge.about["issuer"]]
        with pytest.raises(OAuthError, match="access_denied"):
            client.fetch_token(authorization_response=back, state=state, code_verifier="v" * 64)
