"""Stations and applications of a service that is a process of its own, over TLS, bent as ``tests.fakes.client`` is."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from kiosk.model import enrolment_code
from kiosk.service.folder import open_folder
from tests.fakes.central import ServiceProcess
from tests.fakes.client import Client, Clock


class Now(Clock):
    """The real clock: a process of its own goes by no other."""

    def __call__(self) -> float:
        return time.time()


@asynccontextmanager
async def connected(process: ServiceProcess) -> AsyncIterator[httpx.AsyncClient]:
    """Connections to it that trust its CA alone."""
    trusted = ssl.create_default_context(cadata="\n".join(open_folder(process.data).tls.trust()))
    async with httpx.AsyncClient(base_url=process.url, verify=trusted, timeout=20) as http:
        yield http


async def station(process: ServiceProcess, http: httpx.AsyncClient, name: str, place: str = "Ward 3") -> Client:
    """An enrolled workstation."""
    code = await asyncio.to_thread(process.code, name, place)
    client = Client(http, Now(), base=process.url)
    secret, _ = enrolment_code.parse(code)
    answer = await client.post("/v1/workstations/enroll", {"code": secret, "jwk": client.jwk}, {})
    assert answer.status == 200, answer.body
    client.client_id = answer.body["client_id"]
    return client
