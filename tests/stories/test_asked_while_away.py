"""A pharmacy's system asks somebody who has left their station: they type its number on their phone and approve.

Real pcscd, a real screen, a real Chromium, and a server that knows us by OpenID CIBA's documents alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.phone import phone
from kiosk.demo.phone_browser import PhoneBrowser
from kiosk.demo.processes import until
from tests.fakes.asking_server import AskingServer
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.paired import READER, pair
from tests.fakes.web_page import BROWSER
from tests.fakes.workplace import Workplace

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium"),
    pytest.mark.skipif(READER is None, reason="nothing here reads QR codes; apt-get install zbar-tools"),
]
RULES = "\n[risk]\nenabled = false\n\n[policy]\nphone_approval = true\n\n[phone]\nservers = true\n"
ACT = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 12, "purpose": "audit"}
SLOT = 2


@pytest.fixture(scope="module")
def place(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A station of a hospital whose servers reach people on their phones."""
    ward = Ward(tmp_path_factory.mktemp("hospital"), cards=one_card_service, settings=RULES)
    try:
        ward.start()
        made = ward.workplace("ward-6", "Ward 6", SLOT)
        made.station.start()
        made.wait("locked", service="online")
        yield made
    finally:
        ward.stop()


@pytest.fixture(scope="module")
def pharmacy(place: Workplace) -> AskingServer:
    ward, key = place.ward, place.ward.folder / "pharmacy.jwk"
    client_id = ward.admin("app", "add", "pharmacy", "--audience", "urn:pharmacy", "--new-key", str(key)).strip()
    ward.admin("app", "openid", "set", "pharmacy", "--title", "Pharmacy")
    ward.admin("app", "ciba", "set", "pharmacy", "--phones", "--action", "record.export")
    return AskingServer(ward.url, client_id.splitlines()[0], key, ward.data / "tls" / "ca-1.crt")


@pytest.fixture(scope="module")
def anna(place: Workplace) -> Colleague:
    return place.ward.hire("Anna Away", key=True)


@pytest.fixture(scope="module")
def own(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneBrowser]:
    """The phone in their pocket."""
    with phone(tmp_path_factory.mktemp("phone"), place.ward.data / "tls" / "server.pem") as browser:
        yield browser


def opened(own: PhoneBrowser, ward: Ward, *parts: str) -> str:
    """The page “Waiting requests”, unlocked; which of ``parts`` it shows."""
    own.scan(f"{ward.url}/phone/waiting")
    own.at("start")
    own.press("open")
    return own.at(*parts)


def test_a_server_reaches_them_on_the_phone_once_they_have_gone(
    place: Workplace, anna: Colleague, own: PhoneBrowser, pharmacy: AskingServer, tmp_path: Path
) -> None:
    ward = place.ward
    pair(place, anna, own, tmp_path)
    assert opened(own, ward, "at_station", "nothing") == "at_station", "while they work there, the station asks"
    place.lock()
    said = {"login_hint": anna.login, "binding_message": "Window 2", "authorization_details": json.dumps([ACT])}
    asked = pharmacy.ask(**said)
    number = asked["kiosk_number"]  # what the pharmacy's own screen shows
    until("the question is on the phone", lambda: opened(own, ward, "type", "nothing") == "type")
    assert "Pharmacy" in own.text() and "Window 2" not in own.text()
    own.enter(number)
    own.at("ask")
    for word in ("Export patient records", "12", "Patient/123", "audit", "Window 2", anna.login):
        assert word in own.text()
    assert pharmacy.poll(asked["auth_req_id"])["error"] == "authorization_pending"
    own.press("approve")
    own.at("approved")
    tokens = pharmacy.poll(asked["auth_req_id"])
    who, token = pharmacy.claims(tokens["id_token"], "JWT"), pharmacy.claims(tokens["access_token"], "at+jwt")
    assert (who["preferred_username"], who["acr"]) == (anna.login, "urn:kiosk:mfa")
    assert (token["aud"], token["authorization_details"]) == ("urn:pharmacy", [ACT])
    assert pharmacy.introspect(tokens["access_token"])["active"] is True
    ward.verify()


def test_who_comes_back_is_asked_at_the_station_after_all(
    place: Workplace, anna: Colleague, own: PhoneBrowser, pharmacy: AskingServer
) -> None:
    asked = pharmacy.ask(login_hint=anna.login, binding_message="Window 2", requested_expiry="300")
    until("the question is on the phone", lambda: opened(own, place.ward, "type", "nothing") == "type")
    place.sign_in(anna)
    place.asked(anna.login)
    own.enter(asked["kiosk_number"])
    own.at("over")
