"""A page in a workspace's Chromium rings its own person's doorbell: real stage, sandbox, way out, browser and door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent.doorbell.inside_doors import HandedOver
from kiosk.agent.doorbell.web import WebDoor
from kiosk.model.people import ProgramView
from kiosk.stage import protocol as p
from kiosk.stage.single_workspace import owner
from tests.fakes.networked import Networked
from tests.fakes.session_at_the_door import SessionAtTheDoor
from tests.fakes.two_networks import PUBLIC, WHY_NOT, TwoNetworks, possible
from tests.fakes.visible_display import Glass, xvfb
from tests.fakes.web_page import BROWSER, FLAGS

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(not possible(), reason=WHY_NOT),
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium"),
]
DOOR = 8765
RECORDS, STRANGER = f"http://{PUBLIC}:8000", f"http://{PUBLIC}:8001"
CHROMIUM = ProgramView("Chromium", "/usr/lib/chromium/chromium", None, True)
KINDS: dict[str, dict[str, Any]] = {"root": {}, "users": {"user": 54_323, "users": 1}}


class TwoPeople:
    """Ada and Ben, whose doorbells lead to one session; ``said``: what the pages of each site were answered."""

    def __init__(self, people: Networked, networks: TwoNetworks) -> None:
        self.people, self.session = people, SessionAtTheDoor()
        self.said = {url: networks.serve(f"page={PUBLIC}/{url[-4:]}/{DOOR}") for url in (RECORDS, STRANGER)}
        self.leaders = {people.open(number, who, [RECORDS]): who for number, who in ((1, "ada"), (2, "ben"))}
        self.doors = {who: self._door(number, who) for number, who in ((1, "ada"), (2, "ben"))}

    def _door(self, number: int, login: str) -> WebDoor:
        stage = self.people.stage
        while number not in stage.doors:
            stage.hear(p.Doorbell)
        handed_over = HandedOver(login, *stage.doors.pop(number))
        origins = (RECORDS, STRANGER)  # so that it is the browser that holds back the one it was not told of
        return WebDoor(
            *(0, self.session.rings, self.owner_of, lambda: origins, lambda: (CHROMIUM,)), inside=handed_over
        )

    def owner_of(self, pid: int) -> str | None:
        return owner(pid, self.leaders)

    def visits(self, login: str, url: str) -> dict[str, Any]:
        """What the page's script was answered."""
        profile = f"--user-data-dir=/tmp/{url[-4:]}"  # and no keyring, whose password it would wait for
        secure = f"--unsafely-treat-insecure-origin-as-secure={RECORDS},{STRANGER}"  # as with TLS
        words = ["/usr/bin/chromium", *FLAGS, "--password-store=basic", profile, secure, "--remote-debugging-port=0"]
        assert self.people.does(login, "start", *words, url) == "started"
        told: dict[str, Any] = json.loads(self.said[url].readline())
        return told

    def close(self) -> None:
        for door in self.doors.values():
            door.close()


@pytest.fixture(scope="module", params=KINDS)
def two(request: pytest.FixtureRequest) -> Iterator[TwoPeople]:
    with TwoNetworks() as networks, xvfb() as name:
        glass = Glass(name)
        reach = (f"{PUBLIC}:8000-8001",)
        with (
            Networked(glass, networks, reach, door=DOOR, **KINDS[request.param]) as people,
            closing(TwoPeople(people, networks)) as made,
        ):
            yield made
        glass.close()


@pytest.mark.parametrize("login", ["ada", "ben"])
def test_a_registered_page_rings_in_its_own_person_s_name(two: TwoPeople, login: str) -> None:
    told = two.visits(login, RECORDS)
    assert told.get("decision") == "granted" and "token" not in told, told
    asker = two.session.requested().asker
    assert (asker.login, asker.program, asker.origin) == (login, "Chromium", RECORDS)


def test_the_browser_holds_back_a_page_that_is_not_registered(two: TwoPeople) -> None:
    assert two.visits("ada", STRANGER) == {"failed": "TypeError"}


def test_the_settings_are_there_for_each_browser(two: TwoPeople) -> None:
    for root in ("/etc/chromium", "/etc/opt/chrome", "/etc/opt/edge"):
        said = json.loads(two.people.does("ada", "read", f"{root}/policies/managed/zz-kiosk-workspace.json"))
        assert said["LoopbackNetworkAllowedForUrls"] == said["LocalNetworkAccessAllowedForUrls"] == [RECORDS]
    said = json.loads(two.people.does("ada", "read", "/etc/firefox/policies/policies.json"))
    assert said["policies"]["LocalNetworkAccess"]["SkipDomains"] == [PUBLIC]
    assert not Path("/etc/chromium/policies/managed/zz-kiosk-workspace.json").exists()


def test_another_program_at_the_doorbell_is_no_browser(two: TwoPeople) -> None:
    script = (
        "import http.client; line = http.client.HTTPConnection('127.0.0.1', 8765, timeout=20);"
        'body = \'{"action": "record.export", "resource": "Patient/1", "records": 1}\';'
        f"head = {{'Content-Type': 'application/json', 'Origin': '{RECORDS}'}};"
        "line.request('POST', '/step-up', body, head); print(line.getresponse().read().decode())"
    )
    status, said = two.people.does("ben", "run", "/usr/bin/python3", "-c", script)
    assert status == 0 and json.loads(said)["error"] == "not_a_browser"
