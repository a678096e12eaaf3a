"""What the plans of Basic OP and FAPI 2.0 ask besides; and the page of ``docs`` names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.fakes.client import ORIGIN
from tests.fakes.openid import CALLBACK, register, wing
from tests.fakes.service import Hospital

ROOT = Path(__file__).parents[3]


def test_the_page_names_tests_that_are_there() -> None:
    page = (ROOT / "docs/integrate/conformance.md").read_text(encoding="utf-8")
    there = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 30
    assert named - there == set()


async def test_parameters_that_nobody_knows_are_passed_over(service: Hospital) -> None:
    made = await wing(service)
    got = await made.browser.sign_in(made.app, display="touch", ui_locales="fr", extra="foobar")
    assert "code" in got.answer


async def test_a_request_without_nonce_or_state_is_answered_without(service: Hospital) -> None:
    made = await wing(service)
    got = await made.browser.sign_in(made.app, nonce=None, state=None)
    assert set(got.answer) == {"code", "iss"}
    claims = await made.app.read((await made.app.exchange(got)).json()["id_token"], "JWT")
    assert "nonce" not in claims


async def test_userinfo_answers_get_and_post_by_the_header_alone(service: Hospital) -> None:
    made = await wing(service)
    token = (await made.tokens())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for method in ("GET", "POST"):
        assert (await service.http.request(method, "/oauth/userinfo", headers=headers)).status_code == 200
    assert (await service.http.get("/oauth/userinfo", params={"access_token": token})).status_code == 401
    assert (await service.http.post("/oauth/userinfo", data={"access_token": token})).status_code == 401


async def test_a_secret_in_the_form_is_refused(service: Hospital) -> None:
    made = await wing(service, auth="client_secret_basic")
    got = await made.browser.sign_in(made.app)
    form = {"grant_type": "authorization_code", "code": got.answer["code"], "code_verifier": got.verifier}
    form |= {"redirect_uri": CALLBACK, "client_id": made.app.id, "client_secret": made.app.secret}
    assert (await service.http.post("/oauth/token", data=form)).json()["error"] == "invalid_request"


async def test_errors_are_sent_on_with_303_and_never_with_307(service: Hospital) -> None:
    made = await wing(service)
    assert (await made.browser.visit(made.app.request(response_type="token")[0])).status_code == 303


async def test_who_has_to_push_cannot_do_otherwise(service: Hospital) -> None:
    made = await wing(service, pushed=True)
    answer = await made.browser.visit(made.app.request()[0])
    assert "error=invalid_request" in answer.headers["location"]


async def test_a_pushed_request_is_one_application_s_and_names_an_address(service: Hospital) -> None:
    made = await wing(service)
    other = await register(service, "portal", "urn:portal")
    sent = {name: value for name, value in made.app.request()[0].items() if name != "client_id"}
    for bent in ({"redirect_uri": "https://evil.example/"}, {"redirect_uri": ""}, {"request_uri": "urn:x"}):
        answer = await made.app.post("/oauth/par", {**sent, **bent})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), bent
    uri = (await made.app.post("/oauth/par", sent)).json()["request_uri"]
    assert (await made.browser.visit({"client_id": other.id, "request_uri": uri})).status_code == 400


@pytest.mark.parametrize("aud", ["{}", "{}/oauth/token", "{}/oauth/par"])
async def test_an_assertion_is_for_the_issuer_or_for_the_door(service: Hospital, aud: str) -> None:
    made = await wing(service)
    shown, _ = made.app.shown(aud=aud.format(ORIGIN))
    sent = {name: value for name, value in made.app.request()[0].items() if name != "client_id"}
    assert (await service.http.post("/oauth/par", data={**shown, **sent})).status_code == 201


async def test_every_key_has_a_kid_and_one_algorithm(service: Hospital) -> None:
    keys = (await service.http.get("/.well-known/jwks.json")).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    assert {(key["kty"], key["alg"], key["use"]) for key in keys} == {("EC", "ES256", "sig"), ("RSA", "RS256", "sig")}
    assert not any("d" in key for key in keys)


async def test_no_answer_has_a_member_that_is_null(service: Hospital) -> None:
    """A client library takes ``"refresh_token": null`` for a broken answer (RFC 6749 section 5.1)."""
    made = await wing(service)
    tokens = await made.tokens(scope="openid")
    assert None not in tokens.values()
    assert "refresh_token" not in tokens
