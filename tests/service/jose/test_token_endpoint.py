"""``POST /oauth/token``: private_key_jwt under attack, and what the discovery document promises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, KeySet

from tests.fakes.client import NOW, ORIGIN, Client
from tests.fakes.service import Hospital


async def station(service: Hospital) -> Client:
    """A workstation that has its nonce."""
    made = await service.station()
    await made.sign_on()
    return made


async def test_a_token_is_an_rfc_9068_token_bound_to_the_key(service: Hospital) -> None:
    client = await station(service)
    answer = await client.ask_token()
    assert (answer.body["token_type"], answer.body["expires_in"]) == ("DPoP", 600)
    keys = KeySet.import_key_set((await client.http.get("/.well-known/jwks.json")).json())
    token = jws.deserialize_compact(answer.body["access_token"], keys, algorithms=["ES256"])
    claims = json.loads(token.payload)
    assert token.headers()["typ"] == "at+jwt"
    assert (claims["iss"], claims["sub"], claims["exp"]) == (ORIGIN, client.client_id, NOW + 600)
    assert claims["cnf"] == {"jkt": client.key.thumbprint()}


@pytest.mark.parametrize(
    "bent",
    [
        {"aud": "https://evil.example"},
        {"aud": None},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"sub": None},
        {"exp": NOW},
        {"exp": NOW + 3600},
        {"exp": None},
        {"exp": 1e12},
        {"jti": None},
        {"jti": ""},
        {"nbf": NOW + 60},
        {"iat": NOW + 60},
        {"iat": "soon"},
    ],
    ids=str,
)
async def test_a_bent_assertion_is_refused(service: Hospital, bent: dict[str, Any]) -> None:
    client = await station(service)
    answer = await client.ask_token(client.assertion(**bent))
    assert (answer.status, answer.code) == (401, "invalid_client")


@pytest.mark.parametrize(
    "audience", [ORIGIN, f"{ORIGIN}/oauth/token", ["x", ORIGIN], "https://localhost:8443/oauth/token"]
)
async def test_the_issuer_and_the_endpoint_are_both_right_audiences(service: Hospital, audience: Any) -> None:
    client = await station(service)
    assert (await client.ask_token(client.assertion(aud=audience))).status == 200


async def test_an_assertion_counts_once(either: Hospital) -> None:
    client = await station(either)
    assertion = client.assertion()
    assert (await client.ask_token(assertion)).status == 200
    assert (await client.ask_token(assertion)).code == "invalid_client"


async def test_a_dpop_proof_counts_once_here_too(service: Hospital) -> None:
    client = await station(service)
    proof = client.proof("POST", "/oauth/token")
    assert (await client.ask_token(proof=proof)).status == 200
    assert (await client.ask_token(proof=proof)).code == "invalid_dpop_proof"


async def test_an_assertion_under_another_key_is_refused(service: Hospital) -> None:
    client, other = await station(service), ECKey.generate_key("P-256")
    forger = Client(client.http, client.clock, other, client.client_id, nonce=client.nonce)
    assert (await forger.ask_token()).code == "invalid_client"
    assert (await forger.ask_token(client.assertion())).code == "invalid_dpop_proof"


@pytest.mark.parametrize("assertion", ["", "a.b.c", "x" * 5000, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
async def test_what_is_no_assertion_is_refused(service: Hospital, assertion: str) -> None:
    client = await station(service)
    answer = await client.ask_token(assertion or " ")
    assert (answer.status, answer.code) == (401, "invalid_client")


async def test_other_grants_and_forms_are_refused(service: Hospital) -> None:
    client = await station(service)
    assert (await client.ask_token(grant_type="password")).code == "unsupported_grant_type"
    assert (await client.ask_token(client_assertion_type="x")).code == "invalid_client"
    assert (await client.ask_token(client_id="somebody")).code == "invalid_client"
    as_json = await client.post("/oauth/token", {"grant_type": "client_credentials"}, headers={})
    assert (as_json.status, as_json.code) == (415, "invalid_request")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in ("grant_type=a&grant_type=b", "&&&", "a=1&" * 20 + "a=1", "%ff"):
        answer = await client.http.post("/oauth/token", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) in [
            (400, "invalid_request"),
            (400, "unsupported_grant_type"),
        ]


async def test_the_first_proof_is_told_the_nonce(service: Hospital) -> None:
    client = await service.station()
    client.nonce = None
    answer = await client.ask_token()
    assert (answer.status, answer.code) == (400, "use_dpop_nonce")
    assert answer.headers["dpop-nonce"]


async def test_discovery_says_what_is_true(service: Hospital) -> None:
    found = (await service.http.get("/.well-known/openid-configuration")).json()
    assert found["issuer"] == ORIGIN
    paths = (await service.http.get("/v1/openapi.json")).json()["paths"]
    for name, address in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert address.removeprefix(ORIGIN) in paths, name
    first, second = (await service.http.get("/.well-known/jwks.json")).json()["keys"]
    assert (first["kty"], first["crv"], first["alg"], first["use"]) == ("EC", "P-256", "ES256", "sig")
    assert (second["kty"], second["alg"], second["use"]) == ("RSA", "RS256", "sig")
    assert not {"d", "p", "q", "dp", "dq", "qi"} & {*first, *second}


async def test_enrolment_codes_count_once_and_grow_old(either: Hospital) -> None:
    code, first, second = await either.code("w"), either.client(), either.client()
    path = "/v1/workstations/enroll"
    assert (await first.post(path, {"code": "wrong", "jwk": first.jwk}, {})).code == "bad_code"
    assert (await first.post(path, {"code": code, "jwk": first.jwk}, {})).status == 200
    assert (await second.post(path, {"code": code, "jwk": second.jwk}, {})).code == "bad_code"
    late = await either.code("late")
    either.clock.pass_by(3600)
    assert (await second.post(path, {"code": late, "jwk": second.jwk}, {})).code == "bad_code"
    again = await either.code("again")
    assert (await first.post(path, {"code": again, "jwk": first.jwk}, {})).code == "key_in_use"


async def test_a_private_or_foreign_key_is_not_enrolled(service: Hospital) -> None:
    code, path = await service.code("w"), "/v1/workstations/enroll"
    client = service.client()
    private = {k: str(v) for k, v in client.key.as_dict(private=True).items() if isinstance(v, str)}
    p384 = ECKey.generate_key("P-384").as_dict(private=False)
    for jwk in (private, {k: str(v) for k, v in p384.items()}, {}, {"kty": "EC"}, {**client.jwk, "x": client.jwk["y"]}):
        assert (await client.post(path, {"code": code, "jwk": jwk}, {})).code == "bad_key"
    assert (await client.post(path, {"code": code, "jwk": client.jwk}, {})).status == 200
