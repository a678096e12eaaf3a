"""The page “Waiting requests” in a real Chromium of a phone's size, in three languages, with the screen reader's tree.

The service is a process of its own over TLS, and looks by itself whose phone is to be asked; the server asks by CIBA.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from kiosk.demo.phone import phone
from kiosk.demo.phone_browser import PhoneBrowser
from kiosk.demo.processes import until
from kiosk.service.store import backchannel_clients, phone_questions
from tests.fakes import attacked_service
from tests.fakes.attacked_service import PIN, RealClock, Ward
from tests.fakes.away import RULES, SHOWS
from tests.fakes.client import Client
from tests.fakes.enrolling import Wizard, in_session
from tests.fakes.keys import give_key
from tests.fakes.openid import OpenIdApp, register
from tests.fakes.push_service import PushService
from tests.fakes.service import Hospital
from tests.fakes.web_page import BROWSER

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium"),
]
LANGUAGES = ("en", "es", "fr")
PICTURES = os.environ.get("KIOSK_PHONE_PICTURES", "")
"""A folder for screenshots, for whoever wants to look."""
CALM = "[policy]\nphone_approval = true\n\n[phone]\nservers = true\n\n[risk]\nenabled = false\n"
SAID = {
    "en": ("Waiting requests", "Somebody asks you to approve", "The six digits that its screen shows", "Chart"),
    "es": ("Solicitudes en espera", "Alguien le pide que apruebe", "Las seis cifras que muestra su pantalla", "Chart"),
    "fr": ("Demandes en attente", "On vous demande d’approuver", "Les six chiffres affichés sur son écran", "Chart"),
}
CIBA = "urn:openid:params:grant-type:ciba"


@dataclass
class Pocket:
    """Ada's paired phone; their workstation, where they have locked; and a server."""

    ward: Ward
    station: Client
    app: OpenIdApp
    hospital: Hospital
    phone: PhoneBrowser
    uid: str
    person: str
    number: str = ""

    async def asked(self) -> str:
        """The server asks, and the service has seen that it goes to the phone; its ``auth_req_id``."""
        form = {"scope": "openid", "login_hint": "ada", "binding_message": SHOWS}
        answer = await self.app.post("/oauth/backchannel", form)
        assert answer.status_code == 200, answer.text
        self.number = str(answer.json()["kiosk_number"])
        await asyncio.to_thread(until, "the question is on the phone", self._there)
        return str(answer.json()["auth_req_id"])

    def _there(self) -> bool:
        db = self.ward.folder.database()
        try:
            return db.read_now(phone_questions.waiting, self.person, int(time.time())) is not None
        finally:
            db.close_now()

    async def poll(self, secret: str) -> dict[str, Any]:
        return dict((await self.app.post("/oauth/token", {"grant_type": CIBA, "auth_req_id": secret})).json())

    def open(self) -> None:
        self.phone.scan(f"{self.ward.service.base}/phone/waiting")
        self.phone.at("start")
        self.phone.press("open")

    def look(self, name: str) -> None:
        if PICTURES:
            language = self.phone.run("document.documentElement.lang")
            self.phone.picture(Path(PICTURES) / f"waiting-{name}-{language}.png")


async def paired(ward: Ward, hospital: Hospital, station: Client, session: str, browser: PhoneBrowser) -> str:
    """Their phone; their id."""
    person = (await station.get(f"/v1/sessions/{session}")).body["person"]["id"]
    key = await give_key(hospital, person, told=True)
    here = Wizard(station)
    await here.begin(in_session(session), "phone")
    await here.key(key, origin=ward.service.base, rp_id="localhost")
    await here.made({"kind": "seen"})
    browser.scan(here.view["make"]["phone"]["uri"])
    browser.at("pair")
    browser.press("pair")
    browser.at("confirm")
    browser.press("confirm")
    browser.at("paired")
    await here.type(str(browser.run("document.querySelector('#paired .number').textContent")))
    assert here.step == "done", here.view
    return str(person)


async def lock(station: Client, session: str) -> None:
    report = {"id": str(uuid.uuid4()), "action": "lock", "at": int(RealClock()()), "session": session, "reason": "tap"}
    answer = await station.post("/v1/reports", {"reports": [{**report, "detail": {}}]})
    assert answer.status == 204, answer.body


@pytest.fixture(scope="module")
def push(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with closing(PushService(tmp_path_factory.mktemp("push"))) as made:
        yield made


def wakes(push: PushService) -> str:
    """Of ``[phone]``: this push service alone, on this machine."""
    return f'push_services = ["{push.origin}"]\nca_file = "{push.ca}"\nloopback = true'


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pocket(tmp_path_factory: pytest.TempPathFactory, push: PushService) -> AsyncIterator[Pocket]:
    path = tmp_path_factory.mktemp("pocket")
    settings = CALM.replace("servers = true", f"servers = true\n{wakes(push)}")
    async with attacked_service.ward(path, ["ada"], rules=settings) as ward:
        db, base = ward.folder.database(), ward.service.base
        async with httpx.AsyncClient(base_url=base, verify=ward.service.trust(), timeout=30) as http:
            clock = RealClock()
            made = SimpleNamespace(db=db, clock=clock, http=http, client=lambda: Client(http, clock, base=base))
            hospital = cast(Hospital, made)
            station = await ward.station()
            session = await station.open(ward.uids["ada"], PIN)
            app = await register(hospital, redirect_uris=())
            await db.write(backchannel_clients.put, app.id, RULES, int(clock()))
            with phone(path / "ada", ward.folder.tls.server_pem) as browser:
                person = await paired(ward, hospital, station, session, browser)
                await lock(station, session)
                yield Pocket(ward, station, app, hospital, browser, ward.uids["ada"], person)
        await db.close()


@pytest.fixture(params=LANGUAGES)
def language(pocket: Pocket, request: pytest.FixtureRequest) -> Iterator[str]:
    """The phone speaks it for one test."""
    pocket.phone.speaks(request.param)
    yield str(request.param)
    pocket.phone.speaks("en")


async def test_it_shows_what_waits_and_approves(pocket: Pocket, language: str) -> None:
    secret = await pocket.asked()
    browser, (title, asks, field, server) = pocket.phone, SAID[language]
    browser.scan(f"{pocket.ward.service.base}/phone/waiting")
    browser.at("start")
    assert title in browser.text() and server not in browser.text(), "nothing is known before a passkey signed"
    pocket.look("start")
    browser.press("open")
    browser.at("type")
    pocket.look("type")
    assert asks in browser.text() and server in browser.text() and SHOWS not in browser.text()
    spoken = browser.spoken()
    assert ("heading", asks) in spoken and ("textbox", field) in spoken
    assert browser.run("document.activeElement.id") == "number"
    browser.enter(f"{(int(pocket.number) + 1) % 10**6:06}")
    browser.until("a wrong number is said", "document.getElementById('wrong').textContent")
    browser.enter(pocket.number)
    browser.at("ask")
    pocket.look("ask")
    for word in (SHOWS, server, "ada"):
        assert word in browser.text(), (word, browser.text())
    assert len([role for role, _ in browser.spoken() if role == "button"]) == 3
    assert browser.run("document.documentElement.scrollWidth <= innerWidth"), "nothing runs off the side"
    browser.press("approve")
    browser.at("approved")
    tokens = await pocket.poll(secret)
    assert "access_token" in tokens, tokens
    claims = await pocket.app.read(tokens["id_token"], "JWT")
    assert (claims["acr"], claims["amr"]) == ("urn:kiosk:mfa", ["pop", "user", "mfa", "mca"])


async def test_it_refuses_before_any_number_with_one_touch(pocket: Pocket) -> None:
    secret = await pocket.asked()
    pocket.open()
    pocket.phone.at("type")
    pocket.phone.press("refuse")
    pocket.phone.at("refused")
    assert (await pocket.poll(secret))["error"] == "access_denied"


async def test_a_finger_that_is_not_its_owner_s_opens_nothing_and_may_try_again(pocket: Pocket) -> None:
    browser = pocket.phone
    browser.scan(f"{pocket.ward.service.base}/phone/waiting")
    browser.at("start")
    browser.finger(right=False)
    browser.press("open")
    browser.until("it is said", "!document.getElementById('again').hidden")
    browser.finger(right=True)
    browser.press("open")
    browser.at("nothing")
    pocket.look("nothing")


async def test_a_phone_that_is_not_paired_opens_nothing(pocket: Pocket, tmp_path: Path) -> None:
    with phone(tmp_path / "thief", pocket.ward.folder.tls.server_pem) as other:
        other.scan(f"{pocket.ward.service.base}/phone/waiting")
        other.at("start")
        other.press("open")
        other.until("it is said", "!document.getElementById('again').hidden")


async def test_the_page_loads_nothing_from_elsewhere_and_keeps_nothing(pocket: Pocket) -> None:
    pocket.open()
    browser = pocket.phone
    browser.at("nothing")
    loaded = browser.run("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert all(str(name).startswith(pocket.ward.service.base) for name in loaded) and len(loaded) >= 3
    assert browser.run("document.cookie + localStorage.length + sessionStorage.length") == "00"
    inserted = "const s = document.createElement('script'); s.textContent = 'window.own = 1'; document.head.append(s)"
    browser.run(f"(() => {{ {inserted} }})()")
    assert browser.run("window.own ?? 0") == 0, "a script that somebody put in is not run"


PLAYED = """
(() => {
  const said = %s;
  let on = false;
  const made = {
    toJSON: () => ({ endpoint: said.endpoint, keys: { p256dh: said.p256dh, auth: said.auth } }),
    unsubscribe: async () => { on = false; return true; },
  };
  PushManager.prototype.subscribe = async wish => { window.wished = wish; on = true; return made; };
  PushManager.prototype.getSubscription = async () => on ? made : null;
})();
"""
"""The one part of Web Push that no Chromium has without its maker's servers: to get a subscription."""


async def test_the_phone_is_woken_and_its_worker_says_so(pocket: Pocket, push: PushService) -> None:
    browser, base = pocket.phone, pocket.ward.service.base
    mine = push.browser("/send/ada")
    browser.call("ServiceWorker.enable")
    browser.call("BackgroundService.startObserving", service="notifications")
    browser.call("BackgroundService.setRecording", shouldRecord=True, service="notifications")
    browser.call("Browser.grantPermissions", permissions=["notifications"], origin=base)
    played = browser.call("Page.addScriptToEvaluateOnNewDocument", source=PLAYED % json.dumps(mine.subscription()))
    browser.scan(f"{base}/phone/waiting")
    browser.at("start")
    browser.until("the page offers it", "!document.getElementById('wake').hidden")
    pocket.look("wake")
    assert ("button", "Wake this phone") in browser.spoken()
    browser.press("wake")
    browser.until("it is woken", "!document.getElementById('woken').hidden")
    wished = browser.run("({ visible: wished.userVisibleOnly, bytes: wished.applicationServerKey.length })")
    assert wished == {"visible": True, "bytes": 65}
    push.came.clear()
    secret = await pocket.asked()
    await asyncio.to_thread(push.came.wait, 30)
    message = mine.read(push.got[-1].body)
    # What the browser's maker would do now: hand the message to the worker, which is the page's own.
    browser.call("ServiceWorker.deliverPushMessage", origin=base, registrationId=worker(browser), data=message.decode())
    until("a notice", lambda: notices(browser))
    said = {"Title": "Somebody asks you to approve", "Body": "Open to see who it is."}
    assert notices(browser) == [said], "no name, no server, no number"
    browser.press("open")
    browser.at("type")
    browser.press("refuse")
    browser.at("refused")
    assert (await pocket.poll(secret))["error"] == "access_denied"
    browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=played["identifier"])


async def test_the_page_can_stand_on_a_home_screen(pocket: Pocket, language: str) -> None:
    """As an iPhone wants of a page that may wake it; read by Chromium's own parser, under the page's policy."""
    browser = pocket.phone
    browser.scan(f"{pocket.ward.service.base}/phone/waiting")
    browser.at("start")
    found = browser.call("Page.getAppManifest")
    assert (found["errors"], found["url"]) == ([], f"{pocket.ward.service.base}/phone/waiting.webmanifest")
    said = json.loads(found["data"])
    assert (said["name"], said["display"], said["start_url"]) == (SAID[language][0], "standalone", "/phone/waiting")


async def test_a_browser_that_refuses_says_so_and_the_page_goes_on(pocket: Pocket) -> None:
    """A real Chromium that reaches no push service of its maker's, as in a network without a way out."""
    browser = pocket.phone
    browser.scan(f"{pocket.ward.service.base}/phone/waiting")
    browser.at("start")
    browser.until("the page offers it", "!document.getElementById('wake').hidden")
    browser.press("wake")
    browser.until("it is said", "!document.getElementById('not_woken').hidden")
    browser.press("open")
    browser.at("nothing")


def worker(browser: PhoneBrowser) -> str:
    """Id of the worker's registration, as DevTools told."""
    told = [said["params"]["registrations"] for said in browser.heard if said.get("method") == REGISTERED]
    return str(next(each["registrationId"] for found in told for each in found if not each["isDeleted"]))


def notices(browser: PhoneBrowser) -> list[dict[str, str]]:
    """What it has shown on the phone's screen, as DevTools tells."""
    browser.run("1")  # and what has come until now is heard
    told = [said["params"]["backgroundServiceEvent"] for said in browser.heard if said.get("method") == SHOWN]
    return [{each["key"]: each["value"] for each in found["eventMetadata"]} for found in told]


SHOWN = "BackgroundService.backgroundServiceEventReceived"
REGISTERED = "ServiceWorker.workerRegistrationUpdated"


async def test_not_me_is_one_touch_before_any_number(pocket: Pocket) -> None:
    """From here on this server reaches this phone no more, for a day."""
    secret = await pocket.asked()
    pocket.open()
    pocket.phone.at("type")
    pocket.phone.press("not_me")
    pocket.phone.at("reported")
    pocket.look("reported")
    assert (await pocket.poll(secret))["error"] == "access_denied"


async def test_who_is_back_at_a_station_is_sent_there(pocket: Pocket) -> None:
    session = await pocket.station.open(pocket.uid, PIN)
    pocket.open()
    pocket.phone.at("at_station")
    pocket.look("at-station")
    await lock(pocket.station, session)
