"""A browser in a person's workspace signs them in to the chart as they tap; an export asks for proof at the station."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import free_port
from kiosk.demo.processes import until
from tests.fakes.chart import Chart
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.web_page import BROWSER, FLAGS
from tests.fakes.workplace import Workplace

CHROMIUM = "/usr/lib/chromium/chromium"
"""What ``/usr/bin/chromium``, a script, starts."""
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium")
SLOT = 2


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chart]:
    with closing(Chart(tmp_path_factory.mktemp("chart"))) as made:
        yield made


@pytest.fixture(scope="module")
def anna(place: Workplace) -> Colleague:
    return place.ward.hire("Anna Adler", key=True)


@pytest.fixture(scope="module")
def place(
    one_card_service: VirtualCardService, chart: Chart, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workplace]:
    """A station whose workspaces open the chart in a browser of their own."""
    door, folder = free_port(), tmp_path_factory.mktemp("hospital")
    settings = f'[openid]\ndoorbell_port = {door}\nloopback = true\nca_file = "{chart.ca}"\n'
    ward = Ward(folder, cards=one_card_service, settings=settings)
    try:
        ward.start()
        chart.issuer, chart.trust = ward.url, ward.data / "tls" / "ca-1.crt"
        client_id = ward.admin("app", "add", "chart", "--audience", "urn:chart", "--no-key").strip()
        rules = ["--title", "Chart", "--redirect-uri", f"{chart.url}/callback", "--alg", "RS256"]
        rules += ["--auth", "client_secret_basic", "--logout-uri", f"{chart.url}/backchannel"]
        chart.client = (client_id, ward.admin("app", "openid", "set", "chart", *rules).strip())
        ward.admin("program", "add", "Chromium", "--path", CHROMIUM, "--browser")
        profile = f"--user-data-dir={folder}/profile-{{login}}"
        browser = [str(BROWSER), *FLAGS, profile, "--ignore-certificate-errors", f"{chart.url}/"]
        made = ward.workplace("ward-9", "Ward 9", SLOT, settings=f"doorbell_port = {door}", program=browser)
        made.station.start()
        made.wait("locked", service="online")
        yield made
    finally:
        ward.stop()


def test_a_tap_signs_in_and_an_export_asks_for_proof(place: Workplace, anna: Colleague, chart: Chart) -> None:
    ward = place.ward
    place.sign_in(anna)
    what, claims = chart.heard()
    assert (what, claims["preferred_username"], claims["acr"]) == ("signed_in", anna.login, "urn:kiosk:pin")
    # The chart's interface says that this is too little for an export; the station asks, the page waits.
    until("the question", lambda: place.status().get("state") == "step_up", 120)
    place.asked()
    place.enter(KEY_PIN)
    place.tap(anna.own_key, "active", login=anna.login)
    what, claims = chart.heard()
    assert (what, claims["preferred_username"], claims["acr"]) == ("signed_in", anna.login, "phr")
    assert claims["auth_time"] > time.time() - 120
    assert chart.heard()[0] == "exported"
    rows = ward.trail(action="app_sign_in", login=anna.login)
    assert [(row["result"], row["acr"]) for row in rows] == [("success", "urn:kiosk:pin"), ("success", "phr")]
    # They leave the hospital: the chart hears of it.
    ward.admin("person", "leave", anna.login)
    what, told = chart.heard()
    assert (what, told["sub"], told["sid"]) == ("signed_out", claims["sub"], claims["sid"])
    assert ward.verify()
