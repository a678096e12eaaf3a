"""Codes, tokens and addresses of a sign-in in the wrong hands: nothing is sent astray, and what comes twice ends."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import update

from kiosk.model.binding import b64u
from kiosk.service.store.schema import openid_grant
from tests.fakes.client import ORIGIN
from tests.fakes.openid import CALLBACK, register, wing
from tests.fakes.service import Hospital

ASTRAY = (
    "https://chart.hospital.example/Callback",
    "https://CHART.hospital.example/callback",
    "https://chart.hospital.example/callback/",
    "https://chart.hospital.example/callback?x=1",
    "https://chart.hospital.example/callback#x",
    "https://chart.hospital.example/x/../callback",
    "https://chart.hospital.example/%63allback",
    "https://chart.hospital.example:443/callback",
    "https://chart.hospital.example@evil.example/callback",
    "https://chart.hospital.example.evil.example/callback",
    "https://evil.example/?https://chart.hospital.example/callback",
    "http://chart.hospital.example/callback",
    "//evil.example/callback",
    "https:\\\\evil.example",
    "javascript:alert(1)",
    "https://chart.hospital.example/callback\r\nX: y",
    "",
)


@pytest.mark.parametrize("address", ASTRAY)
async def test_no_answer_goes_to_an_address_that_is_not_registered(service: Hospital, address: str) -> None:
    made = await wing(service)
    sent = made.app.request(redirect_uri=address)[0]
    page = await made.browser.visit(sent)
    assert (page.status_code, page.headers.get("location")) == (400, None)
    assert "evil.example" not in page.text
    pushed = await made.app.post("/oauth/par", {k: v for k, v in sent.items() if k != "client_id"})
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request")
    leave = {"id_token_hint": (await made.tokens())["id_token"], "post_logout_redirect_uri": address or "x"}
    assert (await service.http.get("/oauth/logout", params=leave)).status_code == 400


async def test_a_parameter_twice_is_refused(service: Hospital) -> None:
    made = await wing(service)
    sent = made.app.request()[0]
    query = "&".join(f"{name}={value}" for name, value in sent.items() if name != "state")
    page = await service.http.get(f"/oauth/authorize?{query}&redirect_uri=https://evil.example/")
    assert page.status_code == 400


async def test_a_code_that_comes_twice_ends_what_came_of_it(either: Hospital) -> None:
    made = await wing(either)
    got = await made.browser.sign_in(made.app)
    tokens = (await made.app.exchange(got)).json()
    again = await made.app.exchange(got)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await made.app.introspect(tokens["access_token"]) == {"active": False}
    assert (await made.app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await either.trail("app_code_replayed"))[-1]["person"] == made.ward.person


async def test_a_stolen_code_is_nothing_without_verifier_client_and_address(service: Hospital) -> None:
    made = await wing(service)
    thief = await register(service, "thief", "urn:thief")
    got = await made.browser.sign_in(made.app)
    for bent in (
        dict[str, Any](code_verifier="x" * 48),
        {"code_verifier": ""},
        {"code_verifier": made.app.request()[0]["code_challenge"]},
        {"redirect_uri": "https://evil.example/"},
        {"code": "x"},
    ):
        assert (await made.app.exchange(got, **bent)).json()["error"] == "invalid_grant", bent
    assert (await thief.exchange(got)).json()["error"] == "invalid_grant"
    service.clock.pass_by(61)
    assert (await made.app.exchange(got)).json()["error"] == "invalid_grant"


async def test_pkce_cannot_be_talked_down(service: Hospital) -> None:
    made = await wing(service)
    verifier = "v" * 43
    for bent in (
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": verifier, "code_challenge_method": "plain"},
        {"code_challenge": verifier, "code_challenge_method": None},
        {"code_challenge": verifier + "=", "code_challenge_method": "S256"},
    ):
        answer = await made.browser.visit(made.app.request(**bent)[0])
        assert "error=invalid_request" in answer.headers["location"], bent


async def test_a_refresh_token_that_comes_again_ends_the_family(either: Hospital) -> None:
    made = await wing(either)
    first = await made.tokens()
    second = (await made.app.refresh(first["refresh_token"])).json()
    assert (await made.app.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await made.app.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    assert await made.app.introspect(second["access_token"]) == {"active": False}
    assert len(await either.trail("app_refresh_reused")) == 1


async def test_a_made_up_refresh_token_ends_nobody_s(service: Hospital) -> None:
    made = await wing(service)
    thief = await register(service, "thief", "urn:thief")
    tokens = await made.tokens()
    grant, number, key, code = tokens["refresh_token"].split(".")
    for bent in (f"{grant}.0.{key}.{code}", f"{grant}.{number}.{key}.{code[:-2]}AA", f"{grant}.9.{key}.", "x", "...."):
        assert (await made.app.refresh(bent)).json()["error"] == "invalid_grant"
    assert (await thief.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await thief.introspect(tokens["access_token"]) == {"active": False}
    assert (await thief.post("/oauth/revoke", {"token": tokens["access_token"]})).status_code == 200
    more = await made.app.refresh(tokens["refresh_token"], scope="openid admin")
    assert more.json()["error"] == "invalid_scope"
    assert (await made.app.refresh(tokens["refresh_token"])).status_code == 200


async def test_another_way_to_authenticate_is_refused(service: Hospital) -> None:
    made = await wing(service)
    got = await made.browser.sign_in(made.app)
    form = {"grant_type": "authorization_code", "code": got.answer["code"], "code_verifier": got.verifier}
    form |= {"redirect_uri": CALLBACK}
    both = base64.b64encode(f"{made.app.id}:".encode()).decode()
    shown, _ = made.app.shown()
    for more, headers in (
        ({"client_id": made.app.id}, {}),
        ({}, {"Authorization": f"Basic {both}"}),
        (shown, {"Authorization": f"Basic {both}"}),
        ({"client_id": made.app.id, "client_secret": "x"}, {}),
        ({**shown, "client_id": "another"}, {}),
        (made.app.shown(aud="https://evil.example")[0], {}),
    ):
        answer = await service.http.post("/oauth/token", data={**form, **more}, headers=headers)
        assert answer.status_code in (400, 401), more
        assert answer.json()["error"] in ("invalid_client", "invalid_request")
    again = {**form, **made.app.shown()[0]}
    assert (await service.http.post("/oauth/token", data=again)).status_code == 200
    assert (await service.http.post("/oauth/token", data=again)).json()["error"] == "invalid_client"


def bent_tokens(made: Any, token: str, jwks: dict[str, Any]) -> dict[str, str]:
    """An access token as RFC 8725 warns of it."""
    head, body, _ = token.split(".")
    claims = base64.urlsafe_b64decode(body + "==")
    kid = json.loads(base64.urlsafe_b64decode(head + "=="))["kid"]
    own = ECKey.generate_key("P-256")
    ours = json.dumps(jwks["keys"][0], sort_keys=True).encode()

    def none(alg: str) -> str:
        return f"{b64u(json.dumps({'alg': alg, 'typ': 'at+jwt', 'kid': kid}).encode())}.{body}."

    def by(key: ECKey, **more: Any) -> str:
        return jws.serialize_compact({"alg": "ES256", "typ": "at+jwt", "kid": kid, **more}, claims, key, ["ES256"])

    hs = jws.serialize_compact(
        {"alg": "HS256", "typ": "at+jwt", "kid": kid}, claims, OctKey.import_key(ours.ljust(32)), ["HS256"]
    )
    mine = {name: str(value) for name, value in own.as_dict(private=False).items()}
    return {
        "none": none("none"),
        "NoNe": none("NoNe"),
        "public key as secret": hs,
        "own key": by(own),
        "own key in the header": by(own, jwk=mine),
        "own key by address": by(own, jku="https://evil.example/jwks.json"),
        "own key by name": by(own, kid=own.thumbprint()),
        "path as name": by(own, kid="../../dev/null"),
        "changed": f"{head}.{b64u(claims.replace(b'urn:kiosk:pin', b'phr'))}.{token.split('.')[2]}",
        "rsa's name": by(own, kid=jwks["keys"][1]["kid"]),
    }


async def test_tokens_that_were_bent_are_none(service: Hospital) -> None:
    made = await wing(service)
    token = (await made.tokens())["access_token"]
    jwks = (await service.http.get("/.well-known/jwks.json")).json()
    for how, bent in bent_tokens(made, token, jwks).items():
        assert await made.app.introspect(bent) == {"active": False}, how
        headers = {"Authorization": f"Bearer {bent}"}
        assert (await service.http.get("/oauth/userinfo", headers=headers)).status_code == 401, how


async def test_a_header_that_must_be_understood_is_not_passed_over(service: Hospital) -> None:
    made = await wing(service)
    now = int(service.clock())
    claims = {"iss": made.app.id, "sub": made.app.id, "aud": ORIGIN, "exp": now + 60, "jti": "j" * 20}
    header = {"alg": "ES256", "crit": ["x"], "x": True}
    parts = [b64u(json.dumps(part).encode()) for part in (header, claims)]
    key = made.app.client.key
    signed = jws.serialize_compact({"alg": "ES256"}, json.dumps(claims), key, ["ES256"]).split(".")[2]
    form = {"token": "x", "client_assertion": ".".join([*parts, signed])}
    form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert (await service.http.post("/oauth/introspect", data=form)).json()["error"] == "invalid_client"


async def test_one_kind_of_token_is_never_taken_for_another(service: Hospital) -> None:
    made = await wing(service)
    tokens = await made.tokens()
    for name in ("id_token", "refresh_token"):
        headers = {"Authorization": f"Bearer {tokens[name]}"}
        assert (await service.http.get("/oauth/userinfo", headers=headers)).status_code == 401
    hint = await made.browser.visit(made.app.request(id_token_hint=tokens["access_token"])[0])
    assert "error=invalid_request" in hint.headers["location"]
    assert (
        await service.http.get("/oauth/logout", params={"id_token_hint": tokens["access_token"]})
    ).status_code == 400


async def test_a_person_s_token_opens_no_door_of_stations_or_applications(service: Hospital) -> None:
    made = await wing(service, dpop=True)
    key = service.client()
    got = await made.browser.sign_in(made.app)
    key.token = (await made.app.exchange(got, dpop=key)).json()["access_token"]
    for method, path in (("GET", "/v1/workstation"), ("POST", "/v1/tokens/redeem")):
        body = b'{"token": "x"}' if method == "POST" else b""
        headers = {**key.signed(method, path, body), "Content-Type": "application/json"}
        answer = await service.http.request(method, path, headers=headers, content=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    station = {"Authorization": f"DPoP {made.ward.station.token}", **made.ward.station.signed("GET", "/oauth/userinfo")}
    assert (await service.http.get("/oauth/userinfo", headers=station)).status_code == 401


async def test_a_hint_of_another_application_is_none(service: Hospital) -> None:
    made = await wing(service)
    hint = (await made.tokens())["id_token"]
    other = await register(service, "portal", "urn:portal")
    answer = await made.browser.visit(other.request(id_token_hint=hint)[0])
    assert "error=invalid_request" in answer.headers["location"]


async def test_a_sign_in_that_was_put_back_by_sql_is_not_believed(either: Hospital) -> None:
    either.tampered = True
    made = await wing(either)
    got = await made.browser.sign_in(made.app)
    code = hashlib.sha256(got.answer["code"].encode()).hexdigest()

    async def set_by_sql(**values: object) -> None:
        await either.db.write(lambda conn: conn.execute(update(openid_grant).values(**values)))

    await set_by_sql(acr="phrh")
    assert (await made.app.exchange(got)).status_code == 401
    await set_by_sql(acr="urn:kiosk:pin")
    tokens = (await made.app.exchange(got)).json()
    await made.app.exchange(got)
    await set_by_sql(ended=None, used=None, refreshed=0, code=code)
    assert (await made.app.exchange(got)).status_code == 401
    answer = await made.app.post("/oauth/introspect", {"token": tokens["access_token"]})
    assert answer.status_code == 403
