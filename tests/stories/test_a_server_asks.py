"""A server of the hospital asks a person; the question appears where they work, and their key answers it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import until
from tests.fakes.asking_server import AskingServer
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.ping_receiver import PingReceiver
from tests.fakes.workplace import Workplace

SLOT = 2
ACT = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 12, "purpose": "audit"}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PingReceiver]:
    with closing(PingReceiver(tmp_path_factory.mktemp("receiver"))) as made:
        yield made


@pytest.fixture(scope="module")
def place(
    one_card_service: VirtualCardService, receiver: PingReceiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workplace]:
    folder = tmp_path_factory.mktemp("hospital")
    settings = f'[openid]\nloopback = true\nca_file = "{receiver.ca}"\n'
    ward = Ward(folder, cards=one_card_service, settings=settings)
    try:
        ward.start()
        made = ward.workplace("ward-9", "Ward 9", SLOT)
        made.station.start()
        made.wait("locked", service="online")
        yield made
    finally:
        ward.stop()


@pytest.fixture(scope="module")
def server(place: Workplace, receiver: PingReceiver) -> AskingServer:
    ward, key = place.ward, place.ward.folder / "records.jwk"
    client_id = ward.admin("app", "add", "records", "--audience", "urn:records", "--new-key", str(key)).strip()
    ward.admin("app", "openid", "set", "records", "--title", "Clinical records")
    ping = ["--delivery", "ping", "--notify-uri", receiver.uri, "--action", "record.export"]
    ward.admin("app", "ciba", "set", "records", *ping)
    ward.admin("app", "token", "open", "records")
    return AskingServer(ward.url, client_id.splitlines()[0], key, ward.data / "tls" / "ca-1.crt")


@pytest.fixture(scope="module")
def anna(place: Workplace) -> Colleague:
    return place.ward.hire("Anna Adler", key=True)


def test_a_question_finds_its_person_and_their_key_answers_it(
    place: Workplace, server: AskingServer, anna: Colleague, receiver: PingReceiver
) -> None:
    place.sign_in(anna)
    said = {"login_hint": anna.login, "binding_message": "Ward 9, code 4711", "acr_values": "phr"}
    asked = server.ask(**said, client_notification_token="night", authorization_details=json.dumps([ACT]))
    assert asked.get("interval") == 5, asked
    place.asked(anna.login)
    assert server.poll(asked["auth_req_id"])["error"] == "authorization_pending"
    place.enter(KEY_PIN)
    place.tap(anna.own_key, "active", login=anna.login)
    until("the ping", receiver.came.is_set)
    assert receiver.got == [(json.dumps({"auth_req_id": asked["auth_req_id"]}), "Bearer night", "/ciba")]
    tokens = server.poll(asked["auth_req_id"])
    who, token = server.claims(tokens["id_token"], "JWT"), server.claims(tokens["access_token"], "at+jwt")
    assert (who["aud"], who["preferred_username"], who["acr"]) == (server.client_id, anna.login, "phr")
    assert who["auth_time"] > time.time() - 120
    assert (token["aud"], token["authorization_details"]) == ("urn:records", [ACT])
    assert server.introspect(tokens["access_token"])["active"] is True
    assert server.poll(asked["auth_req_id"])["error"] == "invalid_grant"
    # The evidence holds whom and what: an auditor sees it years later.
    assert place.ward.verify()


def test_who_is_not_at_work_is_asked_once_they_come(
    place: Workplace, server: AskingServer, anna: Colleague, receiver: PingReceiver
) -> None:
    place.lock()
    asked = server.ask(login_hint=anna.login, client_notification_token="night")
    place.sign_in(anna)
    place.asked(anna.login)
    receiver.came.clear()
    place.press("Escape")
    place.wait("active", login=anna.login)
    until("the ping", receiver.came.is_set)
    assert server.poll(asked["auth_req_id"])["error"] == "access_denied"


def test_a_program_of_theirs_gets_a_token_by_the_doorbell(
    place: Workplace, server: AskingServer, anna: Colleague
) -> None:
    place.lock()
    place.sign_in(anna)
    words = [sys.executable, "-m", "kiosk", "token", "--home", str(place.home), "--audience", "urn:records"]
    refused = subprocess.run(words, capture_output=True, text=True, check=False)
    assert refused.returncode == 1, refused.stderr
    assert "not signed in here" in refused.stderr
    wanted = ("token", "--audience", "urn:records", "--jkt", "A" * 43, "--json")
    answer = place.ask_inside(anna, {}, *wanted)
    said = until("its answer", lambda: answer.exists() and answer.read_text())
    given = json.loads(str(said).split("\n", 1)[1])
    claims = server.claims(given["access_token"], "at+jwt")
    assert given["token_type"] == "DPoP"
    within_grace = "urn:kiosk:identified"
    assert (claims["aud"], claims["acr"], claims["cnf"]) == ("urn:records", within_grace, {"jkt": "A" * 43})
    # It asks for more: so does the station.
    answer = place.ask_inside(anna, {}, "token", "--audience", "urn:records", "--acr", "phr")
    place.asked(anna.login)
    place.enter(KEY_PIN)
    place.tap(anna.own_key, "active", login=anna.login)
    said = until("its answer", lambda: answer.exists() and answer.read_text())
    status, token = str(said).split()
    assert (status, server.claims(token, "at+jwt")["acr"]) == ("0", "phr")
    assert place.ward.verify()
