"""The token that comes of a step-up: redeemed once, by its audience, or collected for a page."""

from __future__ import annotations

import pytest_asyncio

from kiosk.service.store import applications
from tests.fakes.asking import ADA, Ward, make
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital


class Export:
    """An application with a registered page, and its backend."""

    def __init__(self, ward: Ward, backend: Client) -> None:
        self.ward = ward
        self.backend = backend


@pytest_asyncio.fixture
async def export(service: Hospital) -> Export:
    ward = await make(service)
    backend = await ward.hospital.application()
    args = (backend.client_id, "https://app.example", ["record.export"], NOW)
    await ward.hospital.db.write(applications.add_origin, *args)
    return Export(ward, backend)


async def test_a_token_is_redeemed_once_by_its_audience(export: Export) -> None:
    ward = export.ward
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    token = (await ward.by_key(view)).body["grant"]["token"]
    first = await export.backend.post("/v1/tokens/redeem", {"token": token})
    assert (first.status, first.body["action"], first.body["sub"]) == (200, "record.export", "ada")
    second = await export.backend.post("/v1/tokens/redeem", {"token": token})
    assert (second.status, second.code) == (409, "already_used")
    trail = [(row["result"], row.get("reason")) for row in await ward.hospital.trail("token_redeemed")]
    assert trail == [("success", None), ("refused", "already_used")]


async def test_others_cannot_redeem_a_token(export: Export) -> None:
    ward = export.ward
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    token = (await ward.by_key(view)).body["grant"]["token"]
    thief = await ward.hospital.application("thief", "https://thief.example")
    assert (await thief.post("/v1/tokens/redeem", {"token": token})).code == "wrong_audience"
    assert (await ward.station.post("/v1/tokens/redeem", {"token": token})).code == "not_an_application"
    await export.backend.sign_on()
    assert (await export.backend.post("/v1/tokens/redeem", {"token": export.backend.token})).code == "bad_token"
    assert (await export.backend.post("/v1/tokens/redeem", {"token": token[:-2] + "AA"})).code == "bad_token"
    ward.hospital.clock.pass_by(300)
    assert (await export.backend.post("/v1/tokens/redeem", {"token": token})).code == "bad_token"


async def test_a_pages_token_is_collected_once_by_its_backend(export: Export) -> None:
    ward = export.ward
    await ward.hospital.program("Browser", "/usr/bin/browser", browser=True)
    browser = {"program": "/usr/bin/browser", "name": "Browser"}
    view = await ward.station.step_up(ward.session, records=51, origin="https://app.example", **browser)
    done = await ward.by_key(view)
    assert (done.body["state"], done.body["grant"]["token"]) == ("done", None)
    path = f"/v1/stepups/{view.body['id']}/token"
    stranger = await ward.hospital.application("other", "https://other.example")
    assert (await stranger.post(path, None)).status == 404
    assert (await ward.station.post(path, None)).code == "not_an_application"
    token = (await export.backend.post(path, None)).body["token"]
    assert (await ward.claims(token))["aud"] == "https://export.example"
    assert (await export.backend.post(path, None)).code == "already_used"
    assert (await export.backend.post("/v1/tokens/redeem", {"token": token})).status == 200


async def test_a_page_asks_only_for_what_it_is_registered_for(export: Export) -> None:
    ward = export.ward
    for more in (
        {"origin": "https://evil.example"},
        {"origin": "https://app.example", "action": "bulk.print"},
        {"origin": "https://app.example", "audience": "https://elsewhere.example"},
    ):
        assert (await ward.station.step_up(ward.session, **more)).code == "policy"


async def test_a_workstation_only_door_is_closed_to_applications(export: Export) -> None:
    assert (await export.backend.tap(ADA)).code == "not_a_workstation"
    assert (await export.backend.get("/v1/events")).code == "not_a_workstation"
