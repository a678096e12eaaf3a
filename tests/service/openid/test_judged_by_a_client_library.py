"""An independent client (requests-oauth2client with its own JOSE, jwskate) speaks to a real service over TLS.

It finds everything by discovery, signs its own assertions and proofs, and checks each token by its own rules.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwskate
import pyotp
import pytest
import pytest_asyncio
import requests
from requests_oauth2client import (
    AuthorizationPending,
    BackChannelAuthenticationPollingJob,
    BearerToken,
    DPoPKey,
    DPoPToken,
    IdToken,
    InvalidGrant,
    OAuth2Client,
    PrivateKeyJwt,
    SlowDown,
)
from sqlalchemy import Connection

from kiosk.model.people import ProgramView
from kiosk.service.store import applications, backchannel_clients, codes, openid_clients, people, programs
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes import attacked_service
from tests.fakes.client import Client
from tests.fakes.openid import BROWSER, CALLBACK, ticket_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUDIENCE = "urn:chart"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Judge:
    """The library's client, and the workstation at which ada is. ``client_key``: registered; ``trust``: the CA."""

    ward: attacked_service.Ward
    station: Client
    session: str
    client: OAuth2Client
    client_key: jwskate.Jwk
    trust: Path
    person: str

    @property
    def issuer(self) -> str:
        return self.ward.service.base

    def session_of(self) -> requests.Session:
        made = requests.Session()
        made.verify = str(self.trust)
        made.trust_env = False
        return made

    async def prove(self, view: dict[str, Any], purpose: str | None = None) -> dict[str, Any]:
        """PIN and code, as the person types them."""
        await self.station.pin(view["id"], attacked_service.PIN, purpose)
        done = await self.station.otp(view["id"], pyotp.TOTP(SECRET).now(), purpose)
        assert done.body["state"] == "done", done.body
        return dict(done.body)

    async def in_a_browser(self, where: str) -> str:
        """What the sign-in page does in the workspace; where the browser goes with its code."""
        trusted = ssl.create_default_context(cafile=str(self.trust))
        async with httpx.AsyncClient(base_url=self.issuer, verify=trusted, timeout=20) as browser:
            ticket = ticket_in((await browser.get(where)).text)
            said = {"ticket": ticket, "session": self.session, "program": BROWSER, "name": "Chromium"}
            view = (await self.station.post("/v1/openid/attest", said)).body
            assert view["decision"] == "signed_in", view
            sent = {"ticket": ticket, "receipt": view["receipt"]}
            headers = {"Origin": self.issuer, "Sec-Fetch-Site": "same-origin"}
            return str((await browser.post("/oauth/continue", json=sent, headers=headers)).json()["location"])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def judge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Judge]:
    path = tmp_path_factory.mktemp("judged")
    async with attacked_service.ward(path, ["ada"]) as ward:
        key = jwskate.Jwk.generate_for_alg("ES256").with_kid_thumbprint()
        client_id, person = await asyncio.to_thread(_register, ward, key)
        station = await ward.station()
        session = await station.open(ward.uids["ada"], attacked_service.PIN)
        trust = path / "ca.pem"
        trust.write_text("\n".join(ward.folder.tls.trust()))
        made = Judge(ward, station, session, None, key, trust, person)  # type: ignore[arg-type]  # made in the next line
        made.client = await asyncio.to_thread(_discovered, made, client_id)
        yield made


def _register(ward: attacked_service.Ward, key: jwskate.Jwk) -> tuple[str, str]:
    """The application with its public key, the browser, ada's code app."""
    now, db = int(time.time()), ward.folder.database()

    def act(conn: Connection) -> tuple[str, str]:
        public = {name: str(key[name]) for name in ("kty", "crv", "x", "y")}
        made = applications.add(conn, "chart", AUDIENCE, json.dumps(public, sort_keys=True), key.thumbprint(), now)
        rules = OpenIdRules("Chart", (CALLBACK,), dpop=True, pushed=True)
        openid_clients.put(conn, made, rules, now)
        backchannel_clients.put(conn, made, BackchannelRules(actions=("record.export",)), now)
        backchannel_clients.open_audience(conn, made, "urn:kiosk:identified", now)
        programs.add(conn, ProgramView("Chromium", BROWSER, None, browser=True), now)
        ada = people.find(conn, "ada")
        assert ada is not None
        sealed = ward.folder.keys.totp.seal(base64.b32decode(SECRET), ada.id)
        codes.set_totp(conn, ada.id, *sealed, now)
        return made, ada.id

    try:
        return db.write_now(act)
    finally:
        db.close_now()


def _discovered(made: Judge, client_id: str) -> OAuth2Client:
    said = made.session_of().get(f"{made.issuer}/.well-known/openid-configuration").json()
    return OAuth2Client.from_discovery_endpoint(
        issuer=made.issuer,
        auth=PrivateKeyJwt(client_id, made.client_key, alg="ES256"),
        session=made.session_of(),
        redirect_uri=CALLBACK,
        # The one endpoint that this library does not look up by itself.
        backchannel_authentication_endpoint=said["backchannel_authentication_endpoint"],
        id_token_signed_response_alg="ES256",
        dpop_bound_access_tokens=True,
        testing=True,
    )


async def test_discovery_is_what_the_library_needs(judge: Judge) -> None:
    found = judge.client
    assert found.issuer == judge.issuer
    assert found.authorization_response_iss_parameter_supported
    assert found.backchannel_authentication_endpoint == f"{judge.issuer}/oauth/backchannel"
    assert found.pushed_authorization_request_endpoint == f"{judge.issuer}/oauth/par"
    assert found.authorization_server_jwks is not None


async def test_code_with_pkce_par_private_key_jwt_and_dpop(judge: Judge) -> None:
    client = judge.client
    asked = client.authorization_request(scope="openid profile offline_access", acr_values="urn:kiosk:pin")
    assert asked.code_challenge is not None
    pushed = await asyncio.to_thread(client.pushed_authorization_request, asked)
    where = await judge.in_a_browser(str(pushed.furl))
    answer = asked.validate_callback(where)
    tokens = await asyncio.to_thread(client.authorization_code, answer, validate=False)
    assert isinstance(tokens, DPoPToken), "bound to the key that the library made"
    assert isinstance(tokens.id_token, IdToken)
    # By OpenID Connect Core section 3.1.3.7; the library cannot do so on a token that is bound, so on a bare one.
    bare = BearerToken(str(tokens.access_token), id_token=str(tokens.id_token))
    bare.validate_id_token(client, answer)
    assert tokens.id_token.claims["sub"] == judge.person
    assert tokens.id_token.claims["acr"] == "urn:kiosk:pin"

    def use() -> None:
        assert client.userinfo_endpoint is not None
        who = judge.session_of().get(client.userinfo_endpoint, auth=tokens)
        assert who.json()["preferred_username"] == "ada", who.text
        bare = judge.session_of().get(client.userinfo_endpoint, headers={"Authorization": f"Bearer {tokens}"})
        assert bare.status_code == 401
        assert client.introspect_token(tokens)["active"] is True
        renewed = client.refresh_token(tokens)
        assert renewed.id_token is not None
        with pytest.raises(InvalidGrant):
            client.refresh_token(tokens)  # it comes a second time: the whole sign-in ends
        assert client.introspect_token(renewed)["active"] is False

    await asyncio.to_thread(use)


async def test_an_access_token_verifies_by_the_published_keys(judge: Judge) -> None:
    view = await judge.station.post("/v1/openid/subject", subject(judge))
    answer = await asyncio.to_thread(exchange, judge, view.body["subject_token"], DPoPKey.generate("ES256"))
    keys = jwskate.JwkSet(judge.client.authorization_server_jwks)
    token = jwskate.Jwt(str(answer.access_token))
    assert isinstance(token, jwskate.SignedJwt)
    assert keys.verify(token.signed_part, token.signature, algs=["ES256"], kid=token.kid)
    assert (token.headers["typ"], token.issuer, token.audiences) == ("at+jwt", judge.issuer, [AUDIENCE])


def subject(judge: Judge, **more: Any) -> dict[str, Any]:
    return {"session": judge.session, "audience": AUDIENCE, "program": "/opt/export/bin/export", **more}


def exchange(judge: Judge, subject_token: str, key: DPoPKey) -> Any:
    """By nobody's name: the subject token says enough."""
    anyone = OAuth2Client(
        f"{judge.issuer}/oauth/token", client_id="a-program", session=judge.session_of(), testing=True
    )
    return anyone.token_exchange(
        subject_token=subject_token,
        subject_token_type="urn:ietf:params:oauth:token-type:jwt",
        audience=AUDIENCE,
        dpop=True,
        dpop_key=key,
    )


async def test_a_subject_token_is_exchanged_for_a_bound_one(judge: Judge) -> None:
    view = await judge.station.post("/v1/openid/subject", subject(judge))
    key = DPoPKey.generate("ES256")
    tokens = await asyncio.to_thread(exchange, judge, view.body["subject_token"], key)
    assert isinstance(tokens, DPoPToken)
    claims = (await asyncio.to_thread(judge.client.introspect_token, tokens))["cnf"]
    assert claims == {"jkt": key.dpop_jkt}
    with pytest.raises(InvalidGrant):
        await asyncio.to_thread(exchange, judge, view.body["subject_token"], key)


async def test_ciba_poll_with_an_act_and_dpop(judge: Judge) -> None:
    client = judge.client
    act = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 2}
    asked = await asyncio.to_thread(
        client.backchannel_authentication_request,
        scope="openid",
        login_hint="ada",
        binding_message="Ward 3, code 4711",
        acr_values="urn:kiosk:mfa",
        requested_expiry=90,
        authorization_details=json.dumps([act]),
    )
    assert (asked.interval, asked.expires_in) == (5, 90)
    with pytest.raises(AuthorizationPending):
        await asyncio.to_thread(client.ciba, asked)
    with pytest.raises(SlowDown):
        await asyncio.to_thread(client.ciba, asked)
    [question] = (await judge.station.get(f"/v1/sessions/{judge.session}/asked")).body["questions"]
    body = {"ask": question["ask"], "session": judge.session, "program": "", "asked": question["id"]}
    shown = await judge.station.post("/v1/stepups", body)
    assert shown.body["message"] == "Ward 3, code 4711"
    await judge.prove(shown.body, "audit")
    job = BackChannelAuthenticationPollingJob(client, asked, interval=0)
    tokens = await asyncio.to_thread(job)
    assert isinstance(tokens, DPoPToken)
    assert isinstance(tokens.id_token, IdToken)
    keys = jwskate.JwkSet(client.authorization_server_jwks)
    claims = tokens.id_token.verify(keys, alg="ES256") and tokens.id_token.claims
    assert (claims["aud"], claims["acr"], claims["iss"]) == (client.client_id, "urn:kiosk:mfa", judge.issuer)
    assert tokens.authorization_details == [{**act}]
    with pytest.raises(InvalidGrant):
        await asyncio.to_thread(client.ciba, asked)
