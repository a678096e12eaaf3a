"""A person's session at a workstation signs them in to an application, and the tokens say what is true."""

from __future__ import annotations

import pytest

from tests.fakes.client import NOW, ORIGIN
from tests.fakes.openid import AUDIENCE, SignedOn, answer_in, register, wing
from tests.fakes.service import Hospital


async def test_a_session_signs_its_person_in_and_the_tokens_are_true(either: Hospital) -> None:
    made = await wing(either)
    got = await made.browser.sign_in(made.app)
    assert (got.answer["state"], got.answer["iss"]) == ("s t&a=te", ORIGIN)
    answer = await made.app.exchange(got)
    tokens = answer.json()
    assert (answer.status_code, tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 300)
    claims = await made.app.read(tokens["id_token"], "JWT")
    assert len(claims.pop("sid")) == 24
    who = {"name": "Ada Lovelace", "preferred_username": "ada", "roles": ["nurse"]}
    assert claims == {
        "iss": ORIGIN,
        "aud": made.app.id,
        "sub": made.ward.person,
        "iat": NOW,
        "exp": NOW + 300,
        "acr": "urn:kiosk:pin",
        "amr": ["pin"],
        "auth_time": NOW,
        "nonce": made.app.nonce,
        **who,
    }
    access = await made.app.read(tokens["access_token"], "at+jwt")
    assert (access["aud"], access["client_id"], access["acr"]) == (AUDIENCE, made.app.id, "urn:kiosk:pin")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await either.http.get("/oauth/userinfo", headers=bearer)).json() == {"sub": made.ward.person, **who}
    worth = await made.app.introspect(tokens["access_token"])
    assert (worth["active"], worth["sub"], worth["acr"]) == (True, made.ward.person, "urn:kiosk:pin")
    row = (await either.trail("app_sign_in"))[-1]
    assert (row["result"], row["login"], row["detail"]["app"], row["acr"]) == (
        "success",
        "ada",
        "chart",
        "urn:kiosk:pin",
    )


async def test_a_tap_in_grace_is_told_as_what_it_is(service: Hospital) -> None:
    made = await wing(service)
    service.clock.pass_by(600)
    made.browser.session = await made.ward.station.open("04A1B2C3")
    tokens = (await made.app.exchange(await made.browser.sign_in(made.app))).json()
    claims = await made.app.read(tokens["id_token"], "JWT")
    assert (claims["acr"], claims["amr"], claims["auth_time"]) == ("urn:kiosk:identified", [], NOW + 600)


@pytest.mark.parametrize(
    "asked",
    [
        {"acr_values": "phr"},
        {"acr_values": "urn:unknown phr phrh"},
        {"max_age": "0"},
        {"prompt": "login"},
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["phr"]}}}'},
    ],
)
async def test_who_asks_for_more_gets_it_by_a_proof_at_that_very_station(
    service: Hospital, asked: dict[str, str]
) -> None:
    made = await wing(service)
    service.clock.pass_by(60)
    sent, verifier = made.app.request(**asked)
    ticket = await made.browser.ticket(sent)
    said = await made.browser.attest(ticket)
    assert (said["decision"], said["resource"], said["audience"]) == ("step_up", "Chart", AUDIENCE)
    service.clock.pass_by(5)
    said = await made.browser.attest(ticket, step_up=await made.prove(said))
    assert said["decision"] == "signed_in", said
    answer = await made.browser.go_on({"ticket": ticket, "receipt": said["receipt"]})
    got = SignedOn(answer_in(answer.json()["location"]), verifier)
    claims = await made.app.read((await made.app.exchange(got)).json()["id_token"], "JWT")
    assert (claims["acr"], claims["amr"], claims["auth_time"]) == ("phr", ["pop", "pin", "mfa"], NOW + 65)


async def test_the_application_s_own_least_assurance_is_asked_for(service: Hospital) -> None:
    made = await wing(service, acr="urn:kiosk:mfa")
    said = await made.browser.attest(await made.browser.ticket(made.app.request()[0]))
    assert (said["decision"], said["action"]) == ("step_up", "app.sign_in")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"prompt": "none", "acr_values": "phr"}, "login_required"),
        ({"login_hint": "ben"}, "login_required"),
        ({"claims": '{"id_token": {"sub": {"value": "somebody"}}}'}, "login_required"),
    ],
)
async def test_what_cannot_be_done_is_told_to_the_application(
    service: Hospital, asked: dict[str, str], error: str
) -> None:
    made = await wing(service)
    got = await made.browser.sign_in(made.app, **asked)
    assert (got.answer["error"], got.answer["state"], got.answer["iss"]) == (error, "s t&a=te", ORIGIN)
    assert (await service.trail("app_sign_in"))[-1]["reason"] == error


async def test_only_whose_role_it_is_may_use_it(service: Hospital) -> None:
    made = await wing(service, roles=("physician",))
    assert (await made.browser.sign_in(made.app)).answer["error"] == "access_denied"


async def test_the_hinted_person_is_signed_in_and_no_other(service: Hospital) -> None:
    made = await wing(service)
    hint = (await made.tokens())["id_token"]
    service.clock.pass_by(3600)
    assert "code" in (await made.browser.sign_in(made.app, id_token_hint=hint)).answer


@pytest.mark.parametrize(
    ("bent", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"acr_values": "urn:unknown"}, "unmet_authentication_requirements"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"claims": "[]"}, "invalid_request"),
        ({"state": "x" * 2000}, "invalid_request"),
        ({"id_token_hint": "e30.e30.x"}, "invalid_request"),
    ],
)
async def test_a_request_that_makes_no_sense_is_told_where_it_came_from(
    service: Hospital, bent: dict[str, str | None], error: str
) -> None:
    made = await wing(service)
    answer = await made.browser.visit(made.app.request(**bent)[0])
    assert answer.status_code == 303
    assert answer_in(answer.headers["location"])["error"] == error


async def test_a_pushed_request_shows_the_browser_nothing(service: Hospital) -> None:
    made = await wing(service, pushed=True)
    sent, verifier = made.app.request()
    assert answer_in((await made.browser.visit(sent)).headers["location"])["error"] == "invalid_request"
    pushed = await made.app.post("/oauth/par", {k: v for k, v in sent.items() if k != "client_id"})
    assert (pushed.status_code, pushed.json()["expires_in"]) == (201, 90)
    uri = pushed.json()["request_uri"]
    assert made.app.nonce not in uri
    ticket = await made.browser.ticket({"client_id": made.app.id, "request_uri": uri})
    said = await made.browser.attest(ticket)
    answer = await made.browser.go_on({"ticket": ticket, "receipt": said["receipt"]})
    got = SignedOn(answer_in(answer.json()["location"]), verifier)
    assert (await made.app.exchange(got)).status_code == 200
    service.clock.pass_by(90)
    assert (await made.browser.visit({"client_id": made.app.id, "request_uri": uri})).status_code == 400


@pytest.mark.parametrize("auth", ["client_secret_basic", "none"])
async def test_each_way_to_authenticate(service: Hospital, auth: str) -> None:
    made = await wing(service, auth=auth)
    tokens = await made.tokens()
    again = await made.app.refresh(tokens["refresh_token"])
    assert again.status_code == 200
    assert (await made.app.post("/oauth/revoke", {"token": again.json()["refresh_token"]})).status_code == 200
    assert (await made.app.refresh(again.json()["refresh_token"])).json()["error"] == "invalid_grant"


async def test_id_tokens_by_rsa_for_who_knows_no_other(service: Hospital) -> None:
    made = await wing(service, alg="RS256")
    tokens = await made.tokens()
    assert (await made.app.read(tokens["id_token"], "JWT", "RS256"))["sub"] == made.ward.person


async def test_tokens_that_are_bound_to_a_key_count_with_it_alone(service: Hospital) -> None:
    made = await wing(service, dpop=True)
    assert (await made.app.exchange(await made.browser.sign_in(made.app))).json()["error"] == "invalid_dpop_proof"
    key, other = service.client(), service.client()
    tokens = (await made.app.exchange(await made.browser.sign_in(made.app), dpop=key)).json()
    assert tokens["token_type"] == "DPoP"
    assert (await made.app.introspect(tokens["access_token"]))["cnf"] == {"jkt": key.key.thumbprint()}
    for who, status in ((key, 200), (other, 401)):
        who.nonce, who.token = key.nonce, tokens["access_token"]
        headers = who.signed("GET", "/oauth/userinfo")
        assert (await service.http.get("/oauth/userinfo", headers=headers)).status_code == status
        assert (await service.http.get("/oauth/userinfo", headers=headers)).status_code == 401
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await service.http.get("/oauth/userinfo", headers=bearer)).status_code == 401
    assert (await made.app.refresh(tokens["refresh_token"], dpop=other)).json()["error"] == "invalid_dpop_proof"
    assert (await made.app.refresh(tokens["refresh_token"], dpop=key)).status_code == 200


async def test_the_page_speaks_the_person_s_language_and_lets_nothing_in(service: Hospital) -> None:
    made = await wing(service)
    sent = made.app.request()[0]
    for header, words in (
        ("de-CH,de;q=0.9", "Anmelden bei Chart"),
        ("tlh, fr", "Connexion à Chart"),
        ("", "Sign in to"),
    ):
        page = await service.http.get("/oauth/authorize", params=sent, headers={"Accept-Language": header})
        assert words in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        cookie = page.headers.get("set-cookie", "")
        assert not cookie or all(word in cookie for word in ("__Host-", "Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    for path, kind in (("/oauth/page.js", "text/javascript"), ("/oauth/page.css", "text/css")):
        assert (await service.http.get(path)).headers["content-type"].startswith(kind)


async def test_another_application_knows_the_session_by_another_name(service: Hospital) -> None:
    made = await wing(service)
    first = await made.app.read((await made.tokens())["id_token"], "JWT")
    again = await made.app.read((await made.tokens())["id_token"], "JWT")
    made.app = await register(service, "portal", "urn:portal")
    other = await made.app.read((await made.tokens())["id_token"], "JWT")
    assert first["sid"] == again["sid"] != other["sid"]
    assert first["sub"] == other["sub"]
