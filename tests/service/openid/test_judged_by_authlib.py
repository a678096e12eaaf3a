"""Authlib as the client: code with PKCE, ID token by its own rules, refresh, introspection, revocation, more asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.fakes import attacked_service
from tests.fakes.judges import SECRET, JudgedWard, judged
from tests.fakes.openid import CALLBACK
from tests.fakes.server_logins import Rooms

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERIFIER = "v" * 64


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def judge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[JudgedWard]:
    folder = tmp_path_factory.mktemp("authlib")
    async with attacked_service.ward(folder / "ward", ["ada"]) as ward:
        yield await judged(Rooms(ward, folder))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def about(judge: JudgedWard) -> dict[str, str]:
    """What the service says of itself."""
    async with httpx.AsyncClient(base_url=judge.base, verify=judge.context) as line:
        return dict((await line.get("/.well-known/openid-configuration")).json())


@contextmanager
def client(judge: JudgedWard, about: dict[str, str]) -> Iterator[Any]:
    made = OAuth2Session(
        judge.client_id,
        SECRET,
        redirect_uri=CALLBACK,
        scope="openid profile offline_access",
        code_challenge_method="S256",
        token_endpoint=about["token_endpoint"],
    )
    made.verify, made.trust_env = str(judge.trust), False
    with made:
        yield made


async def test_code_with_pkce_and_an_id_token_by_its_rules(judge: JudgedWard, about: dict[str, str]) -> None:
    with client(judge, about) as chart:
        nonce = "n-0S6_WzA2Mj"
        where, state = chart.create_authorization_url(
            about["authorization_endpoint"], code_verifier=VERIFIER, nonce=nonce
        )
        back = await judge.in_a_browser(where)

        def go_on() -> None:
            token = chart.fetch_token(authorization_response=back, state=state, code_verifier=VERIFIER)
            keys = KeySet.import_key_set(chart.get(about["jwks_uri"]).json())
            read = jwt.decode(token["id_token"], keys, algorithms=["ES256"])
            options = {"iss": {"value": about["issuer"]}, "aud": {"value": judge.client_id}}
            params = {"nonce": nonce, "client_id": judge.client_id, "access_token": token["access_token"]}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate()
            assert (claims["preferred_username"], claims["acr"]) == ("ada", "urn:kiosk:pin")
            assert chart.get(about["userinfo_endpoint"]).json()["sub"] == claims["sub"]
            renewed = chart.refresh_token()
            assert renewed["refresh_token"] != token["refresh_token"]
            endpoint = about["introspection_endpoint"]
            assert chart.introspect_token(endpoint, renewed["access_token"]).json()["active"] is True
            assert chart.revoke_token(about["revocation_endpoint"], renewed["refresh_token"]).status_code == 200
            assert chart.introspect_token(endpoint, renewed["access_token"]).json() == {"active": False}

        await asyncio.to_thread(go_on)


async def test_another_verifier_or_state_gets_nothing(judge: JudgedWard, about: dict[str, str]) -> None:
    with client(judge, about) as chart:
        where, state = chart.create_authorization_url(about["authorization_endpoint"], code_verifier=VERIFIER)
        back = await judge.in_a_browser(where)

        def refused(state: str, verifier: str) -> str:
            with pytest.raises(AuthlibBaseError) as caught:
                chart.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
            return str(caught.value.error)

        assert await asyncio.to_thread(refused, "another", VERIFIER) == "mismatching_state"
        assert await asyncio.to_thread(refused, state, "w" * 64) == "invalid_grant"


async def test_more_is_asked_for_by_repeating_the_request(judge: JudgedWard, about: dict[str, str]) -> None:
    """As RFC 9470 has it; nobody proves it here, and the application is told so in an answer that names its issuer."""
    with client(judge, about) as chart:
        where, state = chart.create_authorization_url(
            about["authorization_endpoint"], code_verifier=VERIFIER, acr_values="phr", max_age="300"
        )
        answer = parse_qs(urlsplit(await judge.in_a_browser(where)).query)
        said = {name: answer[name] for name in ("iss", "state", "error")}
        assert said == {"iss": [about["issuer"]], "state": [state], "error": ["access_denied"]}
