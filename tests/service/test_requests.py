"""What may be sent at all: JSON of the right form and size; every other answer is a ``LineProblem`` and tells
nothing."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import AsyncIterator

import pytest

from kiosk.model.ceremony import ProofIn
from kiosk.service.platform.request_limits import MAX_BODY
from kiosk.service.routes.strict import check, reader_of
from tests.fakes.client import Client
from tests.fakes.service import Hospital

PATH = "/v1/ceremonies"
GOOD = b'{"presented": {"uid": "04A1B2C3", "kind": "uid"}, "tap": 1}'


async def send(client: Client, body: bytes, kind: str = "application/json", sign: bool = False) -> tuple[int, str]:
    """Status and code. ``sign``: the body, too, as a workstation does; what is turned away before that need not be."""
    if client.token is None:
        await client.sign_on()
    headers = client.signed("POST", PATH, body if sign else None) | {"Content-Type": kind}
    answer = await client.http.post(PATH, content=body, headers=headers)
    return answer.status_code, str(answer.json().get("code"))


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"\xff\xfe", GOOD + b"x", b"[" * 60_000])
async def test_what_is_not_json_is_400(service: Hospital, body: bytes) -> None:
    assert await send(await service.station(), body) == (400, "malformed_json")


async def test_a_number_that_is_none_is_422(service: Hospital) -> None:
    assert await send(await service.station(), b'{"tap": NaN}') == (422, "bad_text")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"presented": {"uid": "04A1B2C3", "kind": "uid"}}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "uid"}, "tap": "1"}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "uid"}, "tap": 1.5}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "uid"}, "tap": true}',
        b'{"presented": {"uid": 4, "kind": "uid"}, "tap": 1}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "piv"}, "tap": 1}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "nfc"}, "tap": 1}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "uid", "more": 1}, "tap": 1}',
        b'{"presented": {"uid": "04A1B2C3", "kind": "uid"}, "tap": 1, "admin": true}',
    ],
)
async def test_json_of_another_form_is_422(service: Hospital, body: bytes) -> None:
    assert await send(await service.station(), body) == (422, "bad_request")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_other_kinds_of_content_are_415(service: Hospital, kind: str) -> None:
    assert await send(await service.station(), GOOD, kind) == (415, "unsupported_media_type")


async def test_a_large_body_is_413_declared_or_not(service: Hospital) -> None:
    client = await service.station()
    assert await send(client, b" " * MAX_BODY + GOOD) == (413, "too_large")

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    headers = client.signed("POST", PATH) | {"Content-Type": "application/json"}
    answer = await client.http.post(PATH, content=in_pieces(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_of_just_the_limit_passes(service: Hospital) -> None:
    assert (await send(await service.station(), b" " * (MAX_BODY - len(GOOD)) + GOOD, sign=True))[0] == 200


async def test_other_addresses_and_methods_are_problems_too(service: Hospital) -> None:
    for path, method, wanted in [
        ("/", "GET", (404, "not_found")),
        ("/v1/nothing", "POST", (404, "not_found")),
        ("/docs", "GET", (404, "not_found")),
        ("/v1/ceremonies", "GET", (405, "method_not_allowed")),
        ("/oauth/token/", "POST", (404, "not_found")),
    ]:
        answer = await service.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == wanted, path


async def test_an_error_never_repeats_what_was_sent(service: Hospital) -> None:
    client = await service.station()
    await client.sign_on()
    headers = client.signed("POST", PATH) | {"Content-Type": "application/json"}
    answer = await client.http.post(PATH, content=b'{"proof": {"pin": "483920"}}', headers=headers)
    assert answer.status_code == 422
    assert "483920" not in answer.text


async def test_every_answer_has_the_security_headers(service: Hospital) -> None:
    for path in ("/v1/openapi.json", "/nothing", "/.well-known/jwks.json"):
        headers = (await service.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "max-age" in headers["strict-transport-security"]


def test_what_a_body_says_is_not_remembered() -> None:
    """pydantic's cache of texts would keep PINs and codes in memory, and grow for the first thousands of requests."""
    reader = reader_of(ProofIn)

    def read(number: int) -> None:
        check(reader, json.dumps({"proof": {"method": "pin", "pin": f"{number:06}"}}).encode())

    for number in range(100):
        read(number)
    gc.collect()
    before = sys.getallocatedblocks()
    for number in range(100_000, 102_000):
        read(number)
    gc.collect()
    assert sys.getallocatedblocks() - before < 500
