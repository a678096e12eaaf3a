"""Somebody pairs their phone at the station and approves an export on it: real pcscd, a real screen, a real Chromium.

What the phone reads it reads from a picture of the station's screen, as its camera does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import answer_of
from kiosk.demo.phone import phone
from kiosk.demo.phone_browser import PhoneBrowser
from kiosk.service.folder import open_folder
from kiosk.service.proofs.phones import number_of
from tests.fakes.buttons import place_of
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.paired import READER, pair, scanned
from tests.fakes.web_page import BROWSER
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium"),
    pytest.mark.skipif(READER is None, reason="nothing here reads QR codes; apt-get install zbar-tools"),
]
RULES = """
[risk]
enabled = false

[policy]
phone_approval = true
"""
ASK = {
    "action": "record.export",
    "resource": "Ward/3-North",
    "records": 12,
    "purpose": "transfer of care",
    "patients": ["Patient/1001"],
    "audience": "urn:stories:phone",
}
SLOT = 2


@pytest.fixture(scope="module")
def place(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A station of a hospital where people approve on phones."""
    ward = Ward(tmp_path_factory.mktemp("hospital"), cards=one_card_service, settings=RULES)
    try:
        ward.start()
        made = ward.workplace("ward-5", "Ward 5", SLOT)
        made.station.start()
        made.wait("locked", service="online")
        yield made
    finally:
        ward.stop()


@pytest.fixture(scope="module")
def anna(place: Workplace) -> Colleague:
    return place.ward.hire("Anna Phones", key=True)


@pytest.fixture(scope="module")
def own(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneBrowser]:
    """The phone in their pocket."""
    with phone(tmp_path_factory.mktemp("phone"), place.ward.data / "tls" / "server.pem") as browser:
        yield browser


def test_a_phone_is_paired_and_approves_an_export(
    place: Workplace, anna: Colleague, own: PhoneBrowser, tmp_path: Path
) -> None:
    ward = place.ward
    pair(place, anna, own, tmp_path)

    program = place.ask(ASK)
    place.asked(anna.login)
    place.covered(RED)
    place.touch(*place_of("step_up_with_phone", "On your phone"))
    uri = scanned(place, tmp_path)
    number = number_of(open_folder(ward.data).keys, uri.partition("#")[2])  # what stands below the code
    own.scan(uri)
    own.at("type")
    own.enter(number)
    own.at("ask")
    for word in ("Export patient records", "12", "Ward/3-North", "Patient/1001", "transfer of care", anna.login):
        assert word in own.text()
    own.press("approve")
    own.at("approved")
    status, answer = answer_of(program)
    assert (status, answer["decision"], answer["acr"]) == (0, "granted", "urn:kiosk:mfa")
    assert answer["amr"] == ["pop", "user", "mfa", "mca"]
    place.wait("active", login=anna.login)
    [row] = [row for row in ward.trail(action="stepup", login=anna.login) if row["result"] == "success"]
    assert row["method"] == "phone"
    assert ward.verify()


def test_a_no_on_the_phone_ends_it_at_the_station(
    place: Workplace, anna: Colleague, own: PhoneBrowser, tmp_path: Path
) -> None:
    place.wait("active", login=anna.login)
    program = place.ask(ASK)
    place.asked(anna.login)
    own.scan(scanned(place, tmp_path))  # the way picked last time comes first
    own.at("type")
    own.press("not_me")
    own.at("reported")
    status, answer = answer_of(program)
    assert (status != 0, answer["reason"]) == (True, "refused_by_person")
    place.wait("active", login=anna.login)
    [row] = [row for row in place.ward.trail(action="phone_answered") if row["reason"] == "reported"]
    assert (row["login"], row["station"]) == (anna.login, "ward-5")
