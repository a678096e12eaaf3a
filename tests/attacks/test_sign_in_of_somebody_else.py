"""A browser is signed in as its own workspace's person or not at all: CSRF, other workspaces, other browsers."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.agent import attesting
from kiosk.agent.doorbell.askings import Askings
from kiosk.agent.doorbell.sign_in_page import PageRequest, SignInPage
from kiosk.agent.doorbell.web import WebDoor
from kiosk.model.attest import AttestView
from kiosk.model.stepup import Asker
from tests.fakes.asking import ADA
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.openid import BROWSER, PlayedBrowser, Wing, wing
from tests.fakes.service import Hospital
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody, this_is_a_browser

PAGE = "https://records.hospital.example"


async def colleague(made: Wing) -> PlayedBrowser:
    """Ben, at another station, with a browser of his own."""
    ben = await made.hospital.person("ben", "Ben Macdui")
    await made.hospital.badge(ben, "04BEBEBE")
    station = await made.hospital.station("ward-4", "Ward 4")
    return PlayedBrowser(made.hospital, station, await station.open("04BEBEBE"))


async def test_what_the_attacker_s_station_attested_signs_in_no_other_browser(service: Hospital) -> None:
    made = await wing(service)
    ben, ada = await colleague(made), made.browser
    # Ben has a ticket of his own attested, and puts ticket and receipt into Ada's browser.
    ticket = await ben.ticket(made.app.request()[0])
    receipt = (await ben.attest(ticket))["receipt"]
    await ada.ticket(made.app.request()[0])
    answer = await ada.go_on({"ticket": ticket, "receipt": receipt})
    assert (answer.status_code, answer.json()["code"]) == (403, "another_browser")
    # With their ticket it is not his receipt's.
    mixed = await ada.go_on({"ticket": await ada.ticket(made.app.request()[0]), "receipt": receipt})
    assert (mixed.status_code, mixed.json()["code"]) == (403, "bad_receipt")


async def test_a_ticket_of_the_attacker_s_that_their_station_attests_gives_him_nothing(service: Hospital) -> None:
    made = await wing(service)
    ben = await colleague(made)
    ticket = await ben.ticket(made.app.request()[0])
    receipt = (await made.browser.attest(ticket))["receipt"]
    assert (await ben.go_on({"ticket": ticket, "receipt": "x" * 43})).json()["code"] == "bad_receipt"
    assert (await made.browser.go_on({"ticket": ticket, "receipt": receipt})).json()["code"] == "another_browser"


async def test_a_ticket_and_a_receipt_count_once_and_not_for_long(service: Hospital) -> None:
    made = await wing(service)
    ticket = await made.browser.ticket(made.app.request()[0])
    said = await made.browser.attest(ticket)
    assert (await made.browser.attest(ticket))["code"] == "already_used"
    body = {"ticket": ticket, "receipt": said["receipt"]}
    assert (await made.browser.go_on(body)).status_code == 200
    assert (await made.browser.go_on(body)).json()["code"] == "bad_receipt"
    late = await made.browser.ticket(made.app.request()[0])
    said = await made.browser.attest(late)
    service.clock.pass_by(31)
    assert (await made.browser.go_on({"ticket": late, "receipt": said["receipt"]})).json()["code"] == "not_active"
    service.clock.pass_by(600)
    old = await made.browser.attest(late)
    assert (old["status"], old["code"]) == (422, "bad_ticket")


async def test_a_session_that_locks_in_between_gives_no_code(service: Hospital) -> None:
    made = await wing(service)
    ticket = await made.browser.ticket(made.app.request()[0])
    said = await made.browser.attest(ticket)
    report = {"id": str(uuid.uuid4()), "action": "lock", "at": NOW, "session": made.ward.session, "detail": {}}
    sent = await made.ward.station.post("/v1/reports", {"reports": [{**report, "reason": "person"}]})
    assert sent.status == 204
    answer = await made.browser.go_on({"ticket": ticket, "receipt": said["receipt"]})
    assert answer.json()["code"] == "not_active"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_no_other_page_ends_a_sign_in(service: Hospital, headers: dict[str, str]) -> None:
    made = await wing(service)
    ticket = await made.browser.ticket(made.app.request()[0])
    receipt = (await made.browser.attest(ticket))["receipt"]
    answer = await made.browser.go_on({"ticket": ticket, "receipt": receipt}, **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_our_page")


async def test_a_form_of_another_page_is_not_taken(service: Hospital) -> None:
    made = await wing(service)
    ticket = await made.browser.ticket(made.app.request()[0])
    headers = {"Origin": ORIGIN, "Content-Type": "text/plain"}
    body = json.dumps({"ticket": ticket, "failed": "access_denied"})
    assert (await service.http.post("/oauth/continue", content=body, headers=headers)).status_code == 415


async def test_a_station_attests_for_its_own_open_sessions_alone(service: Hospital) -> None:
    made = await wing(service)
    ben = await colleague(made)
    ticket = await ben.ticket(made.app.request()[0])
    assert (await ben.attest(ticket, session=made.ward.session))["reason"] == "not_active"
    assert (await ben.attest(ticket, session="made up"))["reason"] == "not_active"
    assert (await ben.attest(ticket, name="Not registered"))["reason"] == "not_a_browser"
    assert (await ben.attest(ticket, program="/tmp/chromium"))["reason"] == "not_a_browser"
    assert (await ben.attest(ticket[:-4] + "AAAA"))["code"] == "bad_ticket"


async def test_a_proof_for_another_application_or_of_before_is_none(service: Hospital) -> None:
    made = await wing(service)
    old = await made.browser.attest(await made.browser.ticket(made.app.request(acr_values="phr")[0]))
    proof = await made.prove(old)
    service.clock.pass_by(5)
    for bent, error in (({"acr_values": "phr"}, "access_denied"), ({"acr_values": "phrh"}, "access_denied")):
        ticket = await made.browser.ticket(made.app.request(**bent)[0])
        said = await made.browser.attest(ticket, step_up=proof)
        assert said["reason"] == error
    # An export that they approved is no proof for a sign-in, though its token is for the same application.
    service_page = await made.ward.station.step_up(
        made.ward.session, origin=ORIGIN, program=BROWSER, name="Chromium", audience="urn:chart", records=3
    )
    assert service_page.code == "policy"


async def test_one_proof_is_one_sign_in(service: Hospital) -> None:
    made = await wing(service)
    first, second = [await made.browser.ticket(made.app.request(acr_values="phr")[0]) for _ in range(2)]
    proof = await made.prove(await made.browser.attest(first))
    assert (await made.browser.attest(first, step_up=proof))["decision"] == "signed_in"
    again = await made.browser.attest(second, step_up=proof)
    assert again["reason"] == "access_denied"


# At the doorbell.


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def heard() -> list[PageRequest]:
    return []


@pytest.fixture
def door(session: SessionAtTheDoor, heard: list[PageRequest]) -> Iterator[WebDoor]:
    def attest(request: PageRequest, _asker: Asker) -> AttestView:
        heard.append(request)
        return AttestView("signed_in", receipt="r")

    page = SignInPage(lambda: ORIGIN, attest)
    made = WebDoor(0, session.rings, nobody, lambda: (PAGE,), this_is_a_browser, page)
    yield made
    made.close()


def ring(door: WebDoor, path: str = "/attest", body: object = None, **headers: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    sent = {"Origin": ORIGIN, "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    line.request("POST", path, json.dumps({"ticket": "t"} if body is None else body), sent)
    status = line.getresponse().status
    line.close()
    return status


def test_only_the_service_s_own_page_has_anything_attested(door: WebDoor, heard: list[PageRequest]) -> None:
    assert (ring(door), len(heard)) == (200, 1)
    heard.clear()
    for headers in (
        {"Origin": PAGE},  # a page that may ask for a step-up
        {"Origin": "null"},
        {"Origin": f"{ORIGIN}.evil.example"},
        {"Host": "auth.hospital.example"},  # DNS rebinding
        {"Content_Type": "text/plain"},
    ):
        assert ring(door, **headers) in (403, 415), headers
    bodies: list[object] = [{}, {"ticket": ""}, {"ticket": "t", "session": "s"}, {"ticket": "x" * 20_000}, []]
    for body in bodies:
        assert ring(door, body=body) == 400
    assert heard == []


def test_what_is_not_seen_now_attests_nothing() -> None:
    """The service is not even asked: there is none here."""
    asker = Asker(BROWSER, 1, 1, "ada", ORIGIN, "Chromium")
    nothing = AttestView("refused", reason="not_active")
    request = PageRequest("t")
    for login, seen in (("ada", None), (None, "s1")):
        found = attesting.hand_on(None, lambda _login, seen=seen: seen, Askings(), request, replace(asker, login=login))  # type: ignore[arg-type, misc]
        assert found == nothing


async def test_a_frame_of_another_page_shows_nothing(service: Hospital) -> None:
    made = await wing(service)
    page = await made.browser.visit(made.app.request()[0])
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert ADA not in page.text and made.ward.session not in page.text
