"""The service is to call where it should not: machinery, private addresses, a name that turns into one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kiosk.service.admin import openid_apps
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.openid.reachable import pinned
from kiosk.service.platform.web_addresses import UnreachableUriError
from tests.fakes.client import NOW
from tests.fakes.openid import RULES, register
from tests.fakes.service import Hospital

ADMIN = Admin("root", 0, NOW)


@pytest.mark.parametrize(
    "address",
    [
        "http://chart.hospital.example/cb",
        "https://*.hospital.example/cb",
        "https://chart.hospital.example/a/../cb",
        "https://user:secret@chart.hospital.example/cb",
        "https://chart.hospital.example/cb#x",
        "https://Chart.hospital.example/cb",
        "https://chart.hospital.example/c b",
        "https://chart.hospital.example/c\nb",
        "https:///cb",
        "ftp://chart.hospital.example/",
        "https://[::1/",
        "javascript:alert(1)",
    ],
)
async def test_such_an_address_is_not_registered(service: Hospital, address: str) -> None:
    await register(service)
    rules = RULES.__class__(title="Chart", redirect_uris=(address,))
    with pytest.raises(ActRefusedError):
        await service.db.write(openid_apps.put, ADMIN, "chart", rules)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://nobody.invalid/",
        "http://10.0.0.1/",
    ],
)
async def test_no_logout_token_is_sent_to_machinery(address: str) -> None:
    with pytest.raises(UnreachableUriError):
        await pinned(address, loopback=False)


async def test_a_name_is_looked_up_once_and_every_address_of_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["10.1.2.3"], ["10.1.2.3", "127.0.0.1"]]

    class Loop:
        async def getaddrinfo(self, _name: str, port: int, **_more: object) -> list[Any]:
            return [(0, 0, 0, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(asyncio, "get_running_loop", Loop)
    target = await pinned("https://chart.hospital.example:8443/bye?x=1", loopback=False)
    assert (target.url, target.host, target.name) == (
        "https://10.1.2.3:8443/bye?x=1",
        "chart.hospital.example:8443",
        "chart.hospital.example",
    )
    with pytest.raises(UnreachableUriError):
        await pinned("https://chart.hospital.example/", loopback=False)
