"""A person's own language is kept with the person, and told at every sign-in, at whatever station."""

from __future__ import annotations

import pytest

from tests.fakes.service import Hospital

ADA = "04A1B2C3"


async def test_it_is_told_at_the_next_sign_in_wherever_that_is(either: Hospital) -> None:
    await either.badge(await either.person("ada"), ADA)
    here, there = await either.station(), await either.station("other")
    view = await here.tap(ADA)
    first = (await here.pin(view.body["id"], "123456")).body["session"]
    assert first["language"] == ""
    for language in ("es", "fr"):
        path = f"/v1/sessions/{first['id']}/language"
        assert (await here.post(path, {"language": language})).status == 204
    assert (await here.tap(ADA)).body["session"]["language"] == "fr"
    elsewhere = (await there.tap(ADA)).body["session"]
    assert elsewhere["language"] == "fr"
    assert (await here.post(f"/v1/sessions/{elsewhere['id']}/language", {"language": "en"})).status == 404


@pytest.mark.parametrize("language", ["", "fr\n", "../fr", "x" * 50])
async def test_only_the_code_of_a_language_is_kept(service: Hospital, language: str) -> None:
    await service.badge(await service.person("ada"), ADA)
    station = await service.station()
    view = await station.tap(ADA)
    session = (await station.pin(view.body["id"], "123456")).body["session"]["id"]
    assert (await station.post(f"/v1/sessions/{session}/language", {"language": language})).status == 422
