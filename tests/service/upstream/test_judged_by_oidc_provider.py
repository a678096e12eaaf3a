"""npm's oidc-provider is the hospital's own provider, openid-client the application: the service between them, each
over TLS. This is what a broker (Keycloak, Entra) does on either side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import pytest_asyncio

from tests.fakes import attacked_service, judges, node_provider, service_process
from tests.fakes.judges import JudgedWard, JudgeRefusedError, NodeJudge
from tests.fakes.node_provider import ACR, node_provider as running
from tests.fakes.openid import CALLBACK, ticket_in
from tests.fakes.server_logins import Rooms
from tests.fakes.service_process import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Between:
    """``node``: openid-client, for the application of ``ward``."""

    ward: JudgedWard
    node: NodeJudge

    async def came_back(self, account: str, acr: str = "", **more: str) -> str:
        """Somebody signs in at the provider with ``account``; where the browser goes at the end."""
        async with httpx.AsyncClient(verify=self.ward.context, timeout=20) as browser:
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
                    answer = await browser.get(where, params={"account": account, "acr": acr, "amr": "otp pwd"})
                if "location" not in answer.headers:
                    return f"{answer.status_code} {answer.text}"
                where = urljoin(where, answer.headers["location"])
            raise AssertionError(where)


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["secret", "key"])
async def between(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Between]:
    judges.needed()
    folder = tmp_path_factory.mktemp("between")
    async with attacked_service.ward(folder / "ward", ["ada"]) as ward:
        made = await judges.judged(Rooms(ward, folder))
        callback = f"{made.base}/oauth/upstream/callback"
        ours, client = await asyncio.to_thread(_known, folder, request.param)
        with running(folder / "provider", ward.folder.tls.server_pem, callback, **client) as theirs:
            await _believe(ward, folder, theirs.issuer, ours)
            async with judges.node_judge(folder, made.trust) as node:
                words = {"issuer": made.base, "client_id": made.client_id, "secret": judges.SECRET}
                await node.call("discover", **words, redirect_uri=CALLBACK)
                yield Between(made, node)
