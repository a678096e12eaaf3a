"""npm's oidc-provider is the hospital's own provider, openid-client the application: the service between them, each
over TLS. This is what a broker (Keycloak, Entra) does on either side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
import pytest
import pytest_asyncio

from tests.fakes import attacked_service, judges
from tests.fakes.judges import JudgedWard, JudgeRefusedError, NodeJudge
from tests.fakes.node_provider import ACR, NodeProvider
from tests.fakes.openid import CALLBACK, ticket_in
from tests.fakes.server_logins import Rooms

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Between:
    """``node``: openid-client, for the application of ``ward``."""

    ward: JudgedWard
    theirs: NodeProvider
    node: NodeJudge

    async def came_back(self, account: str, acr: str = "", **more: str) -> str:
        """Somebody signs in at the provider with ``account``; where the browser goes at the end."""
        trust = self.theirs.trusted_too(self.ward.context)
        async with httpx.AsyncClient(verify=trust, timeout=20) as browser:
            where = await self.node.call("begin", **more)
            page = await browser.get(where)
            own = {"Origin": self.ward.base, "Sec-Fetch-Site": "same-origin"}
            asked = await browser.post(
                f"{self.ward.base}/oauth/upstream", json={"ticket": ticket_in(page.text)}, headers=own
            )
            assert asked.status_code == 200, asked.text
            where = str(asked.json()["location"])
            for _ in range(8):
                if where.startswith(CALLBACK):
                    return where
                answer = await browser.get(where)
                if answer.status_code == 200:
                    typed = {"account": account, "amr": "otp pwd", **({"acr": acr} if acr else {})}
                    answer = await browser.get(where, params=typed)
                if "location" not in answer.headers:
                    return f"{answer.status_code} {answer.text}"
                where = urljoin(where, answer.headers["location"])
            raise AssertionError(where)


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["secret", "key"])
async def between(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Between]:
    judges.needed()
    folder = tmp_path_factory.mktemp("between")
    theirs = await asyncio.to_thread(NodeProvider, folder / "theirs", request.param)
    async with attacked_service.ward(folder / "ward", ["ada"], rules=theirs.toml) as ward:
        made = await judges.judged(Rooms(ward, folder))
        with theirs.running(f"{made.base}/oauth/upstream/callback"):
            async with judges.node_judge(folder, made.trust) as node:
                words = {"issuer": made.base, "client_id": made.client_id, "secret": judges.SECRET}
                await node.call("discover", **words, redirect_uri=CALLBACK)
                yield Between(made, theirs, node)


async def test_from_the_provider_to_the_application(between: Between) -> None:
    tokens = await between.node.call("finish", url=await between.came_back("u-1"))
    claims = tokens["claims"]
    assert (claims["preferred_username"], claims["acr"]) == ("ada", "urn:kiosk:identified")
    who = await between.node.call("userinfo", token=tokens["access_token"], subject=claims["sub"])
    assert who["name"] == "Ada"
    assert (await between.node.call("refresh", token=tokens["refresh_token"]))["claims"]["sub"] == claims["sub"]


async def test_two_factors_there_are_two_here_as_the_settings_say(between: Between) -> None:
    back = await between.came_back("u-1", ACR, acr_values="urn:kiosk:mfa")
    claims = (await between.node.call("finish", url=back))["claims"]
    assert (claims["acr"], claims["amr"]) == ("urn:kiosk:mfa", ["otp", "pwd"])


async def test_less_than_the_application_asked_for_is_told_to_it(between: Between) -> None:
    back = await between.came_back("u-1", acr_values="urn:kiosk:mfa")
    with pytest.raises(JudgeRefusedError, match="unmet_authentication_requirements"):
        await between.node.call("finish", url=back)


async def test_somebody_of_theirs_whom_nobody_knows_here(between: Between) -> None:
    said = await between.came_back("u-2")
    assert said.startswith("403")
    assert "Your account with St. Elsewhere opens nothing here." in said
    [row] = [row for row in await between.ward.rooms.ward.trail("app_sign_in") if row["result"] == "refused"][-1:]
    assert (row["reason"], row["detail"]["claimed"]) == ("unknown_person", "mallory")


async def test_who_gives_up_there_is_told_to_the_application(between: Between) -> None:
    with pytest.raises(JudgeRefusedError, match="access_denied"):
        await between.node.call("finish", url=await between.came_back("u-9"))
