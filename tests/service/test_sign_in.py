"""Sign-in with a badge and a PIN, over the whole HTTP interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.service import Hospital, hospital

ADA, BOB = "04A1B2C3", "04112233445566"


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[Hospital]:
    async with hospital(tmp_path / "data") as running:
        await running.badge(await running.person("ada"), ADA)
        await running.badge(await running.person("bob", "Bob Builder"), BOB)
        yield running


async def test_a_badge_and_a_pin_open_a_session(service: Hospital) -> None:
    station = await service.station()
    view = await station.tap(ADA)
    assert view.status == 200, view.body
    assert (view.body["state"], view.body["why"]) == ("prove", "first_sign_in")
    assert [offer["method"] for offer in view.body["offers"]] == ["pin"]
    done = await station.pin(view.body["id"], "123456")
    assert done.body["state"] == "done"
    assert done.body["session"]["assurance"] == {"acr": "urn:kiosk:pin", "amr": ["pin"], "auth_time": 1_795_000_000}
    assert [row["action"] for row in await service.trail()] == ["workstation_enrolled", "tap", "sign_in"]
