"""Numbers that no program means, at every door of a running service: a named refusal, and hardly a line of log."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest
from joserfc import jws

from kiosk.service.platform import bounds, logs, request_ids
from tests.fakes import attacked_service
from tests.fakes.client import Client

HUGE = 10**400
NUMBERS = ["1" + "0" * 400, "-1" + "0" * 400, "1e999", "-1e999", "NaN", "Infinity", "9" * 5000, str(2**53), "1e400000"]


def signed(client: Client, header: dict[str, object], claims: str) -> str:
    return jws.serialize_compact(header, claims, client.key, ["ES256"])


def proof(client: Client, path: str, **raw: str) -> str:
    """A DPoP proof whose claims of those names are JSON as it is written."""
    claims = {"jti": '"0123456789abcdef"', "htm": '"POST"', "htu": json.dumps(client.base + path)}
    claims |= {"iat": str(int(client.clock())), "nonce": json.dumps(client.nonce), **raw}
    text = "{" + ",".join(f'"{name}":{value}' for name, value in claims.items()) + "}"
    return signed(client, {"typ": "dpop+jwt", "alg": "ES256", "jwk": client.jwk}, text)


def assertion(client: Client, **raw: str) -> str:
    now = int(client.clock())
    claims = {"iss": json.dumps(client.client_id), "sub": json.dumps(client.client_id), "jti": '"0123456789abcdef"'}
    claims |= {"aud": json.dumps(client.base), "iat": str(now), "exp": str(now + 60), **raw}
    return signed(client, {"alg": "ES256"}, "{" + ",".join(f'"{n}":{v}' for n, v in claims.items()) + "}")


async def test_no_number_at_any_door_is_the_services_fault(tmp_path: Path, database: str) -> None:
    async with attacked_service.ward(tmp_path, ["ada"], database=database) as ward:
        station = await ward.station()
        await station.sign_on()
        answers = []
        for number in NUMBERS:
            for name in ("iat", "jti", "nonce", "htm"):
                answers.append(await station.ask_token(proof=proof(station, "/oauth/token", **{name: number})))
            for name in ("exp", "iat", "nbf", "jti", "sub", "aud"):
                answers.append(await station.ask_token(assertion=assertion(station, **{name: number})))
            for path, body in (
                ("/v1/ceremonies", f'{{"presented": {{"uid": "04A1B2C3", "kind": "uid"}}, "tap": {number}}}'),
                ("/v1/reports", f'{{"reports": [{{"id": "x", "action": "lock", "at": {number}}}]}}'),
                ("/v1/stepups", f'{{"ask": {{"action": "a", "resource": "r", "records": {number}}}}}'),
                ("/v1/workstations/enroll", f'{{"code": "x", "jwk": {{"kty": {number}}}}}'),
            ):
                headers = {**station.signed("POST", path), "content-type": "application/json"}
                answer = await station.http.post(path, content=body, headers=headers)
                answers.append(station._answer(answer))
        wrong = [(a.status, a.code) for a in answers if not 400 <= a.status < 500]
        assert wrong == []
        assert (await station.tap(ward.uids["ada"])).status == 200
        await ward.close()
        _, errors = ward.service.stop()
        assert errors == ""


@pytest.mark.parametrize("body", ["[" * 60_000, '{"a":' * 10_000, "1" * 60_000, ""])
async def test_neither_depth_nor_length_is(tmp_path: Path, body: str) -> None:
    async with attacked_service.ward(tmp_path, []) as ward:
        station = await ward.station()
        await station.sign_on()
        headers = {**station.signed("POST", "/v1/ceremonies"), "content-type": "application/json"}
        answer = await station.http.post("/v1/ceremonies", content=body, headers=headers)
        assert answer.status_code in (400, 422)
        reader, writer = await asyncio.open_connection("localhost", ward.service.port, ssl=ward.service.trust())
        writer.write(b"POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 4400 + b"\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 4")
        writer.close()
        await ward.close()
        _, errors = ward.service.stop()
        assert errors == ""


def test_json_keeps_the_numbers_that_programs_mean() -> None:
    assert bounds.loads(b'{"a": [1, -9007199254740991, 0.5]}') == {"a": [1, -9007199254740991, 0.5]}
    for number in NUMBERS:
        with pytest.raises(ValueError, match=r"number|NaN|JSON"):
            bounds.loads(f'{{"a": [{number}]}}')
    assert [bounds.seconds(value) for value in (0, 1, -1, True, 1.0, "1", HUGE, None)] == [0, 1, *[None] * 6]


def test_the_log_has_one_line_a_kind_and_minute_with_a_count() -> None:
    now = [0.0]
    once = logs.OncePerMinute(lambda: now[0])

    def said(text: str, *args: object) -> str | None:
        record = logging.LogRecord("kiosk", logging.WARNING, "", 0, text, args, None)
        return record.getMessage() if once.filter(record) else None

    assert said("refused %s", "a") == "refused a"
    assert [said("refused %s", "b") for _ in range(1000)] == [None] * 1000
    assert said("another") == "another"
    now[0] = 61.0
    assert said("refused %s", "c") == "refused c (1000 more like it were left out)"
    assert said("refused %s", "d") is None
    now[0] = 130.0
    assert [record.getMessage() for record in once.due()] == ["refused c (1 more like it were left out)"]
    assert once.due() == []
    assert len(said("x" * 100_000) or "") < 2200


def test_lines_that_are_left_out_name_no_more_requests_than_a_line_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    once = logs.OncePerMinute(lambda: 0.0)
    number = [0]
    monkeypatch.setattr(request_ids, "current", lambda: f"{number[0]:04d}-0000")
    for number[0] in range(1000):
        once.filter(logging.LogRecord("kiosk", logging.WARNING, "", 0, "refused", (), None))
    (told,) = once.due(every=True)
    assert told.getMessage().startswith("refused (999 more like it were left out, requests 0001-0000, 0002-0000, ")
    assert told.getMessage().count("-0000") == logs.MAX_IDS
