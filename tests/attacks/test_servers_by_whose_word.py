"""A server's own word: whom it is by, how often it counts, and where the service calls it back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jwskate
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from kiosk.service.store.backchannel_clients import BackchannelRules
from tests.fakes.backchannel import CIBA, Asking, asking, look
from tests.fakes.client import ORIGIN
from tests.fakes.ping_receiver import PingReceiver
from tests.fakes.service import Hospital


@pytest.mark.parametrize(
    ("uri", "loopback"),
    [
        ("https://127.0.0.1:9/ciba", False),
        ("https://localhost:9/ciba", False),
        ("https://169.254.169.254/latest/meta-data", True),
        ("https://[fe80::1]/ciba", True),
        ("https://[::ffff:127.0.0.1]:9/ciba", False),
        ("https://[fd00:ec2::254]/ciba", True),
        ("https://0.0.0.0/ciba", True),
    ],
)
async def test_no_ping_goes_to_an_address_that_is_nobody_s(
    service: Hospital, uri: str, loopback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    made = await asking(service, BackchannelRules("ping", uri))
    await made.asked(client_notification_token="token")
    await made.approve()
    await look(service, loopback=loopback)
    assert "its address is one that nothing is sent to" in caplog.text


def _as(header: dict[str, Any], claims: dict[str, Any], key: ECKey | OctKey, alg: str) -> str:
    return jws.serialize_compact(header, json.dumps(claims), key, [alg])


async def assertion_of(made: Asking, kind: str) -> str:
    """A client assertion that is wrong in one way (RFC 8725)."""
    own = made.app.client
    now = int(own.clock())
    claims = {"iss": own.client_id, "sub": own.client_id, "aud": ORIGIN, "iat": now, "exp": now + 60, "jti": "j" * 16}
    public = json.dumps(own.jwk)
    match kind:
        case "none":
            return f"{_b64({'alg': 'none'})}.{_b64(claims)}."
        case "public key as HMAC secret":
            return _as({"alg": "HS256"}, claims, OctKey.import_key(public), "HS256")
        case "another's key by jwk":
            return _as({"alg": "ES256", "jwk": made.ward.station.jwk}, claims, made.ward.station.key, "ES256")
        case "unknown crit":
            return jwskate.Jwt.sign(
                claims, key=own.key.as_dict(private=True), alg="ES256", extra_headers={"crit": ["x"], "x": True}
            ).value.decode()
        case "another audience":
            return _as({"alg": "ES256"}, {**claims, "aud": "https://other.example"}, own.key, "ES256")
        case "another's name":
            other = {**claims, "iss": made.ward.station.client_id, "sub": made.ward.station.client_id}
            return _as({"alg": "ES256"}, other, own.key, "ES256")
        case _:
            return _as({"alg": "ES256"}, {**claims, "exp": now + 3600}, own.key, "ES256")


def _b64(value: dict[str, Any]) -> str:
    from kiosk.model.binding import b64u

    return b64u(json.dumps(value).encode())


@pytest.mark.parametrize(
    "kind",
    [
        "none",
        "public key as HMAC secret",
        "another's key by jwk",
        "unknown crit",
        "another audience",
        "another's name",
        "an hour long",
    ],
)
async def test_a_server_s_assertion_is_by_its_own_key_and_for_us(service: Hospital, kind: str) -> None:
    made = await asking(service)
    form = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "scope": "openid"}
    form |= {"client_assertion": await assertion_of(made, kind), "login_hint": "ada"}
    answer = await service.http.post("/oauth/backchannel", data=form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), answer.text


async def test_an_assertion_counts_once_at_whichever_door(service: Hospital) -> None:
    made = await asking(service)
    shown, _ = made.app.shown(aud=ORIGIN)
    form = {**shown, "scope": "openid", "login_hint": "ada"}
    assert (await service.http.post("/oauth/backchannel", data=form)).status_code == 200
    form = {**shown, "grant_type": CIBA, "auth_req_id": "x"}
    assert (await service.http.post("/oauth/token", data=form)).json()["error"] == "invalid_client"


async def test_a_request_object_is_refused_whatever_it_is_signed_with(service: Hospital) -> None:
    made = await asking(service)
    claims = {"iss": made.app.id, "aud": ORIGIN, "login_hint": "ada", "scope": "openid", "jti": "x" * 16}
    signed = _as({"alg": "ES256"}, claims, made.app.client.key, "ES256")
    for request in (signed, f"{_b64({'alg': 'none'})}.{_b64(claims)}."):
        answer = await made.ask(scope=None, login_hint=None, request=request)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.fixture
def receiver(tmp_path_factory: pytest.TempPathFactory) -> PingReceiver:
    return PingReceiver(tmp_path_factory.mktemp("receiver"))


async def test_a_name_that_turns_into_a_private_address_later_is_not_followed(
    service: Hospital, receiver: PingReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what was looked up is what is connected to."""
    made = await asking(service, BackchannelRules("ping", receiver.uri))
    await made.asked(client_notification_token="token")
    await made.approve()
    loop, asked = asyncio.get_running_loop(), 0
    real = loop.getaddrinfo

    async def turning(host: Any, port: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        return await real("127.0.0.1" if asked == 1 else "127.0.0.2", port, **more)

    monkeypatch.setattr(loop, "getaddrinfo", turning)
    await look(service, loopback=True, ca_file=str(receiver.ca))
    assert (asked, len(receiver.got)) == (1, 1)
    receiver.close()
