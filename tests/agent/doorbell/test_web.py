"""The doorbell for web pages: allowed origins get through, and nothing else does."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.agent.doorbell import web_exchange
from kiosk.agent.doorbell.web import PortTakenError, WebDoor
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody, this_is_a_browser

ORIGIN = "https://records.hospital.example"
WISH = {"action": "record.export", "resource": "Patient/123", "records": 12}


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def door(session: SessionAtTheDoor) -> Iterator[WebDoor]:
    made = WebDoor(0, session.rings, nobody, lambda: (ORIGIN,), this_is_a_browser)
    yield made
    made.close()


def send(
    door: WebDoor,
    method: str = "POST",
    path: str = "/step-up",
    headers: dict[str, str | None] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, str], Any]:
    """One request with the headers of an allowed page; ``headers`` replace them, None removes one."""
    sent: dict[str, str | None] = {"Origin": ORIGIN, "Content-Type": "application/json"}
    sent |= headers or {}
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    content = json.dumps(WISH).encode() if body is None and method == "POST" else body
    connection.request(method, path, content, {k: v for k, v in sent.items() if v is not None})
    response = connection.getresponse()
    raw = response.read()
    connection.close()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, json.loads(raw) if raw else None


def test_an_allowed_page_gets_an_answer_without_the_token(door: WebDoor, session: SessionAtTheDoor) -> None:
    status, headers, answer = send(door)
    asker = session.requested().asker
    assert (status, headers["access-control-allow-origin"], headers["vary"]) == (200, ORIGIN, "Origin")
    assert (answer["decision"], answer["request_id"]) == ("granted", "request-1")
    assert "token" not in answer
    assert (asker.origin, asker.pid) == (ORIGIN, os.getpid())


def test_a_preflight_from_an_allowed_page_is_answered(door: WebDoor) -> None:
    status, headers, _ = send(
        door,
        "OPTIONS",
        headers={
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
            "Access-Control-Request-Private-Network": "true",
        },
    )
    assert status == 204
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["access-control-allow-methods"] == "POST"
    assert headers["access-control-allow-private-network"] == "true"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/step-up", {"Origin": "https://evil.example"}, 403),
        ("POST", "/step-up", {"Origin": None}, 403),
        ("POST", "/step-up", {"Origin": "null"}, 403),
        ("POST", "/step-up", {"Origin": ORIGIN + ".evil.example"}, 403),
        ("POST", "/step-up", {"Origin": ORIGIN.upper()}, 403),
        ("POST", "/step-up", {"Host": "records.hospital.example"}, 403),
        ("POST", "/step-up", {"Host": "127.0.0.1"}, 403),
        ("POST", "/step-up", {"Content-Type": "text/plain"}, 415),
        ("POST", "/step-up", {"Content-Type": None}, 415),
        ("POST", "/status", {}, 404),
        ("POST", "/step-up?x=1", {}, 404),
        ("GET", "/step-up", {}, 405),
        ("PUT", "/step-up", {}, 405),
        ("OPTIONS", "/step-up", {"Access-Control-Request-Method": "PUT"}, 403),
        ("OPTIONS", "/step-up", {"Access-Control-Request-Method": "POST", "Origin": "https://evil.example"}, 403),
        (
            "OPTIONS",
            "/step-up",
            {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"},
            403,
        ),
    ],
)
def test_everything_else_is_refused_without_a_ring(
    door: WebDoor, session: SessionAtTheDoor, method: str, path: str, headers: dict[str, str | None], status: int
) -> None:
    got, answered, _ = send(door, method, path, headers)
    assert got == status
    if status != 404:
        assert answered.get("access-control-allow-origin") is None
    assert session.heard.empty()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b'{"op":"status"}', 400),
        (b'{"action":"a"}', 400),
        (b'{"action":"a","resource":"b","records":1,"token":"x"}', 400),
        (b"x" * 70_000, 413),
    ],
)
def test_a_bad_body_is_named(door: WebDoor, session: SessionAtTheDoor, body: bytes, status: int) -> None:
    got, _, answer = send(door, body=body)
    assert (got, bool(answer["detail"])) == (status, True)
    assert session.heard.empty()


def raw(door: WebDoor, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", door.port), 10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def head(door: WebDoor, *lines: str) -> bytes:
    first = ("POST /step-up HTTP/1.1", f"Host: 127.0.0.1:{door.port}", f"Origin: {ORIGIN}")
    return "\r\n".join((*first, "Content-Type: application/json", *lines, "", "")).encode()


def test_a_body_without_its_length_is_refused(door: WebDoor, session: SessionAtTheDoor) -> None:
    assert b" 400 " in raw(door, head(door)).splitlines()[0]
    assert b" 400 " in raw(door, head(door, "Transfer-Encoding: chunked")).splitlines()[0]
    assert b" 400 " in raw(door, head(door, "Content-Length: -1")).splitlines()[0]
    assert session.heard.empty()


def test_two_hosts_or_two_origins_are_refused(door: WebDoor, session: SessionAtTheDoor) -> None:
    # RFC 9112 section 3.2: two hosts are no request at all.
    assert b" 400 " in raw(door, head(door, "Host: evil.example", "Content-Length: 0")).splitlines()[0]
    assert b" 403 " in raw(door, head(door, "Origin: https://evil.example", "Content-Length: 0")).splitlines()[0]
    assert session.heard.empty()


def test_one_byte_at_a_time_is_hung_up_on(
    door: WebDoor, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_exchange, "SLOWEST", 0.1)
    raw(door, head(door, "Content-Length: 10") + b"{")
    assert session.heard.empty()


def test_a_page_that_is_closed_withdraws_its_ring(door: WebDoor, session: SessionAtTheDoor) -> None:
    session.at_once = None
    body = json.dumps(WISH)
    with socket.create_connection(("127.0.0.1", door.port), 10) as connection:
        connection.sendall(head(door, f"Content-Length: {len(body)}") + body.encode())
        ring = session.requested().request_number
    assert session.withdrawn().request_number == ring


def test_origins_are_asked_anew_each_time(session: SessionAtTheDoor) -> None:
    allowed: list[str] = []
    door = WebDoor(0, session.rings, nobody, lambda: tuple(allowed), this_is_a_browser)
    try:
        assert send(door)[0] == 403
        allowed.append(ORIGIN)
        assert send(door)[0] == 200
    finally:
        door.close()


def test_the_person_is_the_one_whose_workspace_the_browser_runs_in(session: SessionAtTheDoor) -> None:
    door = WebDoor(
        0, session.rings, lambda pid: "anna" if pid == os.getpid() else None, lambda: (ORIGIN,), this_is_a_browser
    )
    try:
        assert send(door)[0] == 200
        assert session.requested().asker.login == "anna"
    finally:
        door.close()


def test_a_port_that_is_taken_is_a_sentence(door: WebDoor, session: SessionAtTheDoor) -> None:
    with pytest.raises(PortTakenError, match="Set another"):
        WebDoor(door.port, session.rings, nobody, lambda: ())


BODY = json.dumps(WISH).encode()
LENGTH = f"Content-Length: {len(BODY)}"


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        ((LENGTH, "Transfer-Encoding: chunked"), BODY, 400),
        (("Transfer-Encoding: identity", LENGTH), BODY, 501),
        (("Transfer-Encoding: chunked",), b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY), 400),
        ((LENGTH, "Content-Length: 1"), BODY, 400),
        (("Content-Length : 1",), b"{", 400),
        (("Content-Length: +10",), BODY, 400),
        (("Content-Length: 1_0",), BODY, 400),
        (("Content-Length: 99999999999999999999999",), BODY, 400),
        (("Content-Length: 999999999",), BODY, 413),
        (("Content-Type: text/plain", LENGTH), BODY, 415),
        ((LENGTH, "X: a\0b"), BODY, 400),
        ((LENGTH, "X: " + "a" * 30_000), BODY, 431),
        ((LENGTH, *(f"X{number}: {'a' * 100}" for number in range(200))), BODY, 431),
    ],
)
def test_what_can_be_read_in_two_ways_or_has_no_end_is_refused(
    door: WebDoor, session: SessionAtTheDoor, lines: tuple[str, ...], body: bytes, status: int
) -> None:
    assert f" {status} ".encode() in raw(door, head(door, *lines) + body).splitlines()[0]
    assert session.heard.empty()


@pytest.mark.parametrize(
    "request_line",
    ["POST http://evil.example/step-up HTTP/1.1", "POST /step-up", "POST /step-up HTTP/2.0", "\x16\x03\x01", "{}"],
)
def test_another_kind_of_request_rings_nothing(door: WebDoor, session: SessionAtTheDoor, request_line: str) -> None:
    whole = head(door, LENGTH).split(b"\r\n", 1)[1] + BODY
    status = raw(door, request_line.encode() + b"\r\n" + whole).splitlines()[0].split()[1]
    assert status in (b"400", b"404", b"505")
    assert session.heard.empty()


def test_a_second_request_behind_the_first_is_not_read(door: WebDoor, session: SessionAtTheDoor) -> None:
    one = head(door, LENGTH) + BODY
    answers = raw(door, one + one)
    assert answers.count(b"HTTP/1.1 200") == 1
    session.requested()
    assert session.heard.empty()


def test_a_body_that_stops_is_no_request(door: WebDoor, session: SessionAtTheDoor) -> None:
    with socket.create_connection(("127.0.0.1", door.port), 10) as connection:
        connection.sendall(head(door, LENGTH) + BODY[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(4096).splitlines()[0]
    assert session.heard.empty()


def test_a_head_that_never_ends_is_hung_up_on(
    door: WebDoor, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_exchange, "SLOWEST", 0.1)
    assert raw(door, b"POST /step-up HTTP/1.1\r\nX: ") == b""
    assert session.heard.empty()
