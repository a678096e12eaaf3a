"""When a session ends its applications are told, and their tokens are worth nothing; a lock tells nobody."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from kiosk.service.openid import logout_delivery
from kiosk.service.platform.openid_settings import OpenIdSettings
from kiosk.service.platform.tls import Tls
from kiosk.service.store import openid_grants, openid_logouts, stopping
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.openid import Wing, wing
from tests.fakes.service import Hospital


class Receiver:
    """An application's address for logout tokens, over TLS. ``status``: what it answers."""

    def __init__(self, folder: Path) -> None:
        self.status, self.got = 200, list[str]()
        self.paths = list[str]()
        tls = Tls.make(folder / "tls", "Receiver", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.ca = folder / "receiver-ca.pem"
        self.ca.write_text(tls.trust()[0])
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                receiver.got += form["logout_token"]
                receiver.paths.append(self.path)
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.server_pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def uri(self) -> str:
        return f"https://localhost:{self.server.server_address[1]}/backchannel"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    made = Receiver(tmp_path_factory.mktemp("receiver"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def forget(receiver: Receiver) -> None:
    receiver.got.clear()
    receiver.paths.clear()
    receiver.status = 200


async def told(hospital: Hospital, receiver: Receiver, *, loopback: bool = True) -> None:
    """One look of the delivery."""
    settings = OpenIdSettings(loopback=loopback, ca_file=str(receiver.ca))
    await logout_delivery.once(replace(hospital.service, openid=settings))


async def end_session(made: Wing, action: str = "session_end") -> None:
    report = {"id": str(uuid.uuid4()), "action": action, "at": NOW, "session": made.ward.session, "reason": "person"}
    answer = await made.ward.station.post("/v1/reports", {"reports": [{**report, "detail": {}}]})
    assert answer.status == 204, answer.body


async def test_the_end_of_a_session_ends_its_tokens_and_tells_the_application(
    either: Hospital, receiver: Receiver
) -> None:
    made = await wing(either, logout_uri=receiver.uri)
    tokens = await made.tokens()
    await made.tokens()
    sid = (await made.app.read(tokens["id_token"], "JWT"))["sid"]
    await end_session(made)
    assert await made.app.introspect(tokens["access_token"]) == {"active": False}
    assert (await made.app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    await told(either, receiver)
    assert len(receiver.got) == 1, "one a session and application, however many sign-ins there were"
    claims = await made.app.read(receiver.got[0], "logout+jwt")
    assert len(claims.pop("jti")) >= 20
    assert claims == {
        "iss": ORIGIN,
        "aud": made.app.id,
        "sub": made.ward.person,
        "sid": sid,
        "iat": NOW,
        "exp": NOW + 120,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    await told(either, receiver)
    assert len(receiver.got) == 1


async def test_a_lock_tells_nobody_and_lets_nobody_new_in(service: Hospital, receiver: Receiver) -> None:
    made = await wing(service, logout_uri=receiver.uri)
    tokens = await made.tokens()
    await end_session(made, "lock")
    await told(service, receiver)
    assert receiver.got == []
    assert (await made.app.introspect(tokens["access_token"]))["active"] is True
    assert (await made.app.refresh(tokens["refresh_token"])).status_code == 200
    said = await made.browser.attest(await made.browser.ticket(made.app.request()[0]))
    assert (said["decision"], said["reason"]) == ("refused", "not_active")


@pytest.mark.parametrize("what", ["a factor was lost", "the person left"])
async def test_what_is_stopped_by_others_ends_it_too(service: Hospital, receiver: Receiver, what: str) -> None:
    made = await wing(service, logout_uri=receiver.uri)
    tokens = await made.tokens()
    stop = stopping.lock_everywhere if what == "a factor was lost" else stopping.end_everywhere
    await service.db.write(stop, made.ward.person, NOW, "factor")
    assert await made.app.introspect(tokens["access_token"]) == {"active": False}
    await told(service, receiver)
    assert len(receiver.got) == 1


async def test_a_day_is_the_longest(service: Hospital, receiver: Receiver) -> None:
    made = await wing(service, logout_uri=receiver.uri)
    tokens = await made.tokens()
    service.clock.pass_by(86_400)
    assert (await made.app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    await told(service, receiver)
    assert len(receiver.got) == 1
    service.clock.pass_by(openid_grants.KEEP + 1)
    assert await service.db.write(openid_grants.purge, service.service.now()) == 1
    service.clock.pass_by(openid_logouts.KEEP + 1)
    await service.db.write(openid_logouts.purge, service.service.now())


async def test_what_was_not_taken_comes_again_and_no_redirect_is_followed(
    service: Hospital, receiver: Receiver
) -> None:
    made = await wing(service, logout_uri=receiver.uri)
    await made.tokens()
    await end_session(made)
    receiver.status = 307
    await told(service, receiver)
    await told(service, receiver)
    assert receiver.paths == ["/backchannel"]
    receiver.status = 200
    service.clock.pass_by(2)
    await told(service, receiver)
    first, second = [await made.app.read(token, "logout+jwt") for token in receiver.got]
    assert first["jti"] == second["jti"], "it can be told that it came twice"
    service.clock.pass_by(3600)
    await told(service, receiver)
    assert len(receiver.got) == 2


async def test_twenty_applications_do_not_wait_for_one_another(
    service: Hospital, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await wing(service, logout_uri=receiver.uri)
    await made.tokens()
    for number in range(19):
        await service.db.write(openid_logouts.add, made.app.id, made.ward.person, f"s{number}", NOW)
    await end_session(made)
    under_way, most = 0, 0
    real = logout_delivery._posted

    async def counted(*args: object) -> str | None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        try:
            return await real(*args)  # type: ignore[arg-type]  # as it was called
        finally:
            under_way -= 1

    monkeypatch.setattr(logout_delivery, "_posted", counted)
    await told(service, receiver)
    assert (len(receiver.got), most) == (20, 20)


async def test_an_application_signs_its_person_out_of_itself_alone(service: Hospital, receiver: Receiver) -> None:
    made = await wing(service, logout_uri=receiver.uri)
    tokens = await made.tokens()
    where = {"post_logout_redirect_uri": "https://chart.hospital.example/bye", "state": "a b"}
    sent = {"id_token_hint": tokens["id_token"], **where}
    answer = await service.http.get("/oauth/logout", params=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://chart.hospital.example/bye?state=a+b")
    assert await made.app.introspect(tokens["access_token"]) == {"active": False}
    assert (await made.ward.station.get(f"/v1/sessions/{made.ward.session}")).body["state"] == "open"
    await told(service, receiver)
    assert receiver.got == []
    assert (await service.trail("app_sign_out"))[-1]["detail"] == {"app": "chart"}
    assert (await service.http.post("/oauth/logout", data={"id_token_hint": tokens["id_token"]})).status_code == 200
