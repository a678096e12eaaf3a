"""A page in a real browser asks for an export: answered without a token, which its backend collects."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.client.errors import ServiceProblemError
from kiosk.demo.hospital import free_port
from kiosk.demo.processes import until
from kiosk.demo.token_check import check_token
from tests.fakes.application import Application
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.web_page import BROWSER, Site, visit
from tests.fakes.workplace import Workplace

AUDIENCE = "urn:stories:web"
CHROMIUM = "/usr/lib/chromium/chromium"
"""What ``/usr/bin/chromium``, a script, starts."""
ASK = {"action": "record.export", "resource": "Ward/3", "records": 80, "purpose": "quality review"}
in_a_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium")
"""Ubuntu has Chromium as a snap only, which cannot run in a build."""


@pytest.fixture(scope="module")
def backend(ward: Ward) -> Iterator[Application]:
    with closing(Application(ward, "web", AUDIENCE)) as made:
        yield made


@pytest.fixture(scope="module")
def doorbell() -> int:
    """The port on loopback where web pages ring."""
    return free_port()


@pytest.fixture(scope="module")
def here(ward: Ward, doorbell: int) -> Iterator[Workplace]:
    """A station of this story's own: at another's, what was refused before may keep the next question away."""
    made = ward.workplace("pages", "Ward 7", slot=2, settings=f"doorbell_port = {doorbell}")
    made.station.start()
    made.wait("locked", service="online")
    yield made
    made.station.stop()


@pytest.fixture(scope="module")
def site(ward: Ward, here: Workplace, backend: Application, doorbell: int) -> Iterator[Site]:
    """The application's page; its origin may ask for exports and nothing else, and the station has heard of it.

    Nobody is signed in there meanwhile: they would be asked, and whoever is asked in vain is not asked again so soon.
    """
    assert here.status()["state"] == "locked"
    browsers = ward.browsers(CHROMIUM, os.path.realpath(sys.executable))
    with closing(Site(doorbell, ASK)) as made, browsers:
        ours = f"http://localhost:{made.port}"
        ward.admin("app", "origin", "add", "web", "--origin", ours, "--action", "record.export")
        until("the origin to be known", lambda: ring(doorbell, body={"op": "status"}, Origin=ours)[0] == 400)
        until("the browsers to be known", lambda: ring(doorbell, body=ASK, Origin=ours)[0] == 200)
        yield made


@pytest.fixture
def anna(ward: Ward, here: Workplace) -> Colleague:
    """Signed in."""
    here.lock()
    who = ward.hire("Anna Adler", key=True)
    here.sign_in(who)
    here.wait("active", service="online")
    return who


@in_a_browser
def test_a_page_is_told_and_its_backend_gets_the_token(
    ward: Ward, here: Workplace, anna: Colleague, site: Site, backend: Application, tmp_path: Path
) -> None:
    with visit(f"http://localhost:{site.port}/", tmp_path / "profile"):
        until("the question", lambda: here.status().get("state") == "step_up", 120)
        here.asked()
        here.enter(KEY_PIN)
        here.tap(anna.own_key, "active", login=anna.login)
        said = site.said()
    assert (said["decision"], said["acr"], "token" in said) == ("granted", "phr", False)
    token = backend.collect(said["request_id"])
    claims = check_token(token, ward.url, here.home / "trust.pem", AUDIENCE, "record.export")
    assert (claims["sub"], claims["records"]) == (anna.login, 80)
    with pytest.raises(ServiceProblemError, match="collected before"):
        backend.collect(said["request_id"])
    asked = ward.trail(action="stepup_asked", ceremony=said["request_id"])[-1]
    assert asked["detail"]["origin"] == f"http://localhost:{site.port}"


@in_a_browser
def test_a_page_of_another_origin_is_not_heard(here: Workplace, anna: Colleague, site: Site, tmp_path: Path) -> None:
    with visit(f"http://127.0.0.1:{site.port}/", tmp_path / "profile"):
        assert site.said() == {"failed": "TypeError"}
    assert here.status()["state"] == "active"


def ring(doorbell: int, method: str = "POST", body: object = ASK, **headers: str) -> tuple[int, dict[str, str]]:
    """What a program that only pretends to be that page is answered."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", doorbell, timeout=20)) as line:
        line.request(method, "/step-up", json.dumps(body), {"Content-Type": "application/json", **named})
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")


def test_everything_else_on_loopback_is_refused(here: Workplace, anna: Colleague, site: Site, doorbell: int) -> None:
    ours = f"http://localhost:{site.port}"
    assert ring(doorbell)[0] == 403
    assert ring(doorbell, Origin="null")[0] == 403
    assert ring(doorbell, Origin=f"http://localhost:{site.port}0")[0] == 403
    assert ring(doorbell, Origin=ours, Host="records.example")[0] == 403
    assert ring(doorbell, Origin=ours, Content_Type="text/plain")[0] == 415
    assert ring(doorbell, "GET", Origin=ours)[0] == 405
    assert ring(doorbell, body={"op": "status"}, Origin=ours)[0] == 400
    assert here.status()["state"] == "active"


def test_an_origin_may_ask_for_its_own_actions_only(
    here: Workplace, anna: Colleague, site: Site, doorbell: int
) -> None:
    ours = f"http://localhost:{site.port}"
    status, said = ring(doorbell, body={**ASK, "action": "bulk.print"}, Origin=ours)
    assert (status, said["decision"], said["reason"]) == (200, "refused", "policy")
    here.wait("active", login=anna.login)
