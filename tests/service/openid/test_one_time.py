"""One-time passwords: good once, for a minute, for one audience and one login; whatever comes of it uses them up."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from kiosk.service.openid.one_time import GRANT_TYPE, TOKEN_TYPE
from tests.fakes.client import NOW, Client
from tests.fakes.openid import AUDIENCE, OpenIdApp, register, wing
from tests.fakes.service import Hospital
from tests.service.openid.test_program_tokens import Desk, desk


async def given(made: Desk, **bent: Any) -> str:
    """As a program of Ada's gets one."""
    subject = (await made.subject()).body["subject_token"]
    answer = await made.exchange(subject, requested_token_type=TOKEN_TYPE, **bent)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["token_type"], said["issued_token_type"], said["expires_in"]) == ("N_A", TOKEN_TYPE, 60)
    return str(said["access_token"])


async def shown(app: OpenIdApp, password: str, login: str = "ada", *, dpop: Client | None = None) -> httpx.Response:
    """As a server shows it."""
    form = {"grant_type": GRANT_TYPE, "username": login, "password": password}
    return await app.post("/oauth/token", form, dpop=dpop)


async def test_a_server_gets_the_tokens_of_a_sign_in_for_it(either: Hospital) -> None:
    made = await desk(either, auth="client_secret_basic")
    password = await given(made)
    assert len(password) == 26
    answer = await shown(made.app, password)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    claims = await made.app.read(tokens["id_token"], "JWT")
    assert (claims["sub"], claims["preferred_username"]) == (made.ward.person, "ada")
    assert (claims["acr"], claims["roles"], "refresh_token" in tokens) == ("urn:kiosk:pin", ["nurse"], False)
    assert (await made.app.read(tokens["access_token"], "at+jwt"))["aud"] == AUDIENCE
    assert (await made.app.introspect(tokens["access_token"]))["active"] is True
    [row] = await either.trail("one_time_used")
    assert (row["result"], row["login"], row["detail"]["app"]) == ("success", "ada", "chart")
    assert (await either.trail("token_exchanged"))[-1]["detail"]["one_time"] is True


async def test_a_second_use_ends_what_the_first_gave(either: Hospital) -> None:
    made = await desk(either, auth="client_secret_basic")
    password = await given(made)
    tokens = (await shown(made.app, password)).json()
    again = await shown(made.app, password)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await made.app.introspect(tokens["access_token"]) == {"active": False}
    await shown(made.app, password)
    rows = [(row["result"], row.get("reason")) for row in await either.trail("one_time_used")]
    assert rows == [("success", None), ("refused", "already_used")], "told once"


async def test_with_another_login_it_is_used_up(service: Hospital) -> None:
    made = await desk(service, auth="client_secret_basic")
    await service.person("ben")
    password = await given(made)
    assert (await shown(made.app, password, "ben")).json()["error"] == "invalid_grant"
    assert (await shown(made.app, password)).json()["error"] == "invalid_grant"
    assert [row["reason"] for row in await service.trail("one_time_used")] == ["other_person"]


async def test_it_lasts_a_minute_and_no_longer_than_the_session(service: Hospital) -> None:
    made = await desk(service, auth="client_secret_basic")
    late = await given(made)
    service.clock.pass_by(60)
    assert (await shown(made.app, late)).json()["error"] == "invalid_grant"
    password = await given(made)
    report = {"id": str(uuid.uuid4()), "action": "session_end", "at": NOW, "session": made.ward.session, "detail": {}}
    await made.ward.station.post("/v1/reports", {"reports": [{**report, "reason": "sign_out"}]})
    assert (await shown(made.app, password)).json()["error"] == "invalid_grant"
    assert [row["reason"] for row in await service.trail("one_time_used")] == ["expired", "ended"]


async def test_another_application_cannot_use_it_nor_use_it_up(service: Hospital) -> None:
    made = await desk(service, auth="client_secret_basic")
    other = await register(service, "other", "urn:other", auth="client_secret_basic")
    password = await given(made)
    assert (await shown(other, password)).json()["error"] == "invalid_grant"
    assert (await shown(made.app, password)).status_code == 200


async def test_it_is_no_code_and_a_code_is_no_one_time_password(service: Hospital) -> None:
    made = await desk(service, auth="client_secret_basic")
    password = await given(made)
    for more in ({}, {"redirect_uri": ""}, {"code_verifier": ""}, {"code_verifier": "a" * 43}):
        form = {"grant_type": "authorization_code", "code": password, **more}
        assert (await made.app.post("/oauth/token", form)).json()["error"] == "invalid_grant"
    assert (await shown(made.app, password)).status_code == 200


async def test_the_code_of_a_page_goes_to_its_own_address_alone(service: Hospital) -> None:
    made = await wing(service, auth="client_secret_basic")
    got = await made.browser.sign_in(made.app)
    assert (await shown(made.app, got.answer["code"])).json()["error"] == "invalid_grant"
    assert (await made.app.exchange(got)).status_code == 200, "and is not used up"


@pytest.mark.parametrize("password", ["", "a" * 26, "246813"])
async def test_a_guess_is_a_guess(service: Hospital, password: str) -> None:
    made = await desk(service, auth="client_secret_basic")
    assert (await shown(made.app, password)).json()["error"] == "invalid_grant"
    assert await service.trail("one_time_used") == []


async def test_a_server_without_a_secret_is_none(service: Hospital) -> None:
    made = await desk(service, auth="none")
    password = await given(made)
    answer = await shown(made.app, password)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_where_tokens_are_bound_the_server_proves_its_key(service: Hospital) -> None:
    made, key = await desk(service, dpop=True), service.client()
    password = await given(made)
    assert (await shown(made.app, password)).json()["error"] == "invalid_grant"
    tokens = (await shown(made.app, await given(made), dpop=key)).json()
    assert tokens["token_type"] == "DPoP"


async def test_it_comes_by_the_role_that_may(service: Hospital) -> None:
    made = await desk(service, auth="client_secret_basic", roles=("physician",))
    assert (await made.subject()).body["reason"] == "access_denied"
