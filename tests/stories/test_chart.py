"""The demo's chart in real browsers: signed in by a tap, asked for more by RFC 9470, each workspace its own."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.chart_server import ChartServer, browser
from kiosk.demo.hospital import free_port
from kiosk.demo.processes import until
from tests.fakes.browser_pages import BrowserPages
from tests.fakes.hospital import KEY_PIN, Colleague, Ward, Workplace

pytestmark = pytest.mark.skipif(browser() is None, reason="there is no Chromium here; apt-get install chromium")
SLOT = 2
REFUSED = "Not signed in for this"


@dataclass
class ChartWard:
    """A station whose workspaces show the chart."""

    place: Workplace
    chart: ChartServer
    profiles: Path
    anna: Colleague
    ben: Colleague

    def of(self, who: Colleague) -> BrowserPages:
        return BrowserPages(self.profiles / who.login)

    def came(self, line: str) -> None:
        """The chart says so."""
        assert self.chart.child is not None
        child = self.chart.child
        until(f"the chart to say {line!r}, not {child.lines}", lambda: line in child.lines)

    def prove(self, who: Colleague) -> None:
        self.place.asked(who.login)
        self.place.enter(KEY_PIN)
        self.place.tap(who.own_key, "active", login=who.login)


@pytest.fixture(scope="module")
def ward(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChartWard]:
    folder, door = tmp_path_factory.mktemp("hospital"), free_port()
    chart = ChartServer(folder / "chart")
    made = Ward(folder / "ward", cards=one_card_service, settings=chart.settings(door))
    try:
        made.start()
        chart.start(made)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        program = chart.program(folder / "profiles", "--remote-debugging-port=0", "--headless", *sandbox)
        place = made.workplace("ward-9", "Ward 9", SLOT, settings=f"doorbell_port = {door}", program=program)
        anna, ben = made.hire("Anna Adler", key=True), made.hire("Ben Castellanos", key=True)
        place.station.start()
        place.wait("locked", service="online")
        yield ChartWard(place, chart, folder / "profiles", anna, ben)
    finally:
        made.stop()
        chart.stop()


def test_a_tap_opens_the_chart_signed_in(ward: ChartWard) -> None:
    ward.place.sign_in(ward.anna)
    ward.of(ward.anna).shows("Ward chart · Anna Adler · urn:kiosk:pin")


def test_an_export_asks_for_a_proof_and_a_no_ends_in_a_sentence(ward: ChartWard) -> None:
    pages = ward.of(ward.anna)
    pages.go(f"{ward.chart.url}/export.csv")
    ward.place.asked(ward.anna.login)
    ward.place.press("Escape")
    ward.place.wait("active", login=ward.anna.login)
    pages.shows(REFUSED)
    pages.go(f"{ward.chart.url}/export.csv")
    ward.prove(ward.anna)
    ward.came("exported csv Anna Adler phr")
    pages.go(f"{ward.chart.url}/export.json")
    ward.came("exported json Anna Adler phr")


def test_a_colleague_s_workspace_is_the_colleague_s_and_a_sensitive_record_asks_for_more(ward: ChartWard) -> None:
    ward.place.sign_in(ward.ben)
    pages = ward.of(ward.ben)
    pages.shows("Ward chart · Ben Castellanos · urn:kiosk:pin")
    pages.go(f"{ward.chart.url}/patient/1001")
    pages.shows("Okafor, Daniel · Ben Castellanos · urn:kiosk:pin")
    pages.go(f"{ward.chart.url}/patient/1006")
    ward.prove(ward.ben)
    pages.shows("Vasquez, Ines · Ben Castellanos · phr")
    # Anna's browser, hidden behind, is still Anna's, and a page that begins there now is nobody's.
    hidden = ward.of(ward.anna)
    hidden.go(f"{ward.chart.url}/patient/1001")
    hidden.shows("Okafor, Daniel · Anna Adler · phr")
    assert not [title for title in hidden.titles() if "Ben" in title]
    assert not [title for title in pages.titles() if "Anna" in title]


def test_a_program_without_a_token_is_told_what_would_do(ward: ChartWard) -> None:
    trust = ssl.create_default_context(cafile=str(ward.chart.ca))
    with httpx.Client(base_url=ward.chart.url, verify=trust, timeout=20) as line:
        nobody = line.get("/fhir/Patient")
        assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
        assert line.get("/fhir/metadata").json()["fhirVersion"] == "4.0.1"
        forged = line.get("/fhir/Patient", headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."})
        assert forged.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_who_leaves_the_hospital_is_signed_out_of_the_chart(ward: ChartWard) -> None:
    ward.place.ward.admin("person", "leave", ward.ben.login)
    ward.came("signed out 1")
    assert ward.place.ward.verify()
