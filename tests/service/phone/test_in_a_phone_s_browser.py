"""The page in a real Chromium of a phone's size: it pairs, approves, refuses and reports, in three languages.

The service is a process of its own over TLS; WebAuthn is the browser's, with a virtual authenticator for the finger.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio

from kiosk.demo.phone import phone
from kiosk.demo.phone_browser import PhoneBrowser
from tests.fakes import attacked_service
from tests.fakes.attacked_service import PIN, RealClock, Ward
from tests.fakes.client import Client
from tests.fakes.enrolling import Wizard, in_session
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital
from tests.fakes.web_page import BROWSER

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here; apt-get install chromium"),
]
LANGUAGES = ("en", "es", "fr")
PICTURES = os.environ.get("KIOSK_PHONE_PICTURES", "")
"""A folder for screenshots, for whoever wants to look."""
SAID = {
    "en": ("Do you approve this?", "Export patient records (record.export)", "Approve", "Refuse", "Not me: report"),
    "es": ("¿Lo aprueba?", "Exportar historias clínicas (record.export)", "Aprobar", "Rechazar", "No soy yo: avisar"),
    "fr": (
        "Approuvez-vous cela ?",
        "Exporter des dossiers (record.export)",
        "Approuver",
        "Refuser",
        "Ce n’est pas moi : signaler",
    ),
}


@dataclass
class Bedside:
    """Ada's session at a workstation, and the phone in their hand, which is paired."""

    ward: Ward
    station: Client
    session: str
    key: SoftKey
    phone: PhoneBrowser
    folder: Path

    async def asks(self, **ask: Any) -> dict[str, Any]:
        view = await self.station.step_up(self.session, **{"records": 12, "patients": ["Patient/1001"], **ask})
        assert view.body["state"] == "prove", view.body
        return dict(view.body)

    async def on_phone(self, view: dict[str, Any]) -> dict[str, Any]:
        """What the workstation shows."""
        challenge = await self.station.challenge(view["id"], "phone", "transfer of care")
        assert challenge.status == 200, challenge.body
        return dict(challenge.body["phone"])

    async def collect(self, view: dict[str, Any]) -> dict[str, Any]:
        return dict((await self.station.prove(view["id"], {"method": "phone"}, "transfer of care")).body)

    async def begin_pairing(self) -> Wizard:
        """My keys, Phone, by key: a QR code is shown."""
        here = Wizard(self.station)
        await here.begin(in_session(self.session), "phone")
        await here.key(self.key, origin=self.ward.service.base, rp_id="localhost")
        await here.made({"kind": "seen"})
        return here

    async def pair(self, browser: PhoneBrowser) -> None:
        """As the page says."""
        here = await self.begin_pairing()
        browser.scan(here.view["make"]["phone"]["uri"])
        browser.at("pair")
        self.look(browser, "pair")
        browser.press("pair")
        browser.at("confirm")
        browser.press("confirm")
        browser.at("paired")
        self.look(browser, "paired")
        await here.type(str(browser.run("document.querySelector('#paired .number').textContent")))
        assert here.step == "done", here.view

    def look(self, browser: PhoneBrowser, name: str) -> None:
        if PICTURES:
            language = browser.run("document.documentElement.lang")
            browser.picture(Path(PICTURES) / f"phone-{name}-{language}.png")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bedside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bedside]:
    path = tmp_path_factory.mktemp("phone")
    rules = "[policy]\nphone_approval = true\n\n[risk]\nenabled = false\n"
    async with attacked_service.ward(path, ["ada"], stations=2, rules=rules) as ward:
        db = ward.folder.database()
        hospital = cast(Hospital, SimpleNamespace(db=db, clock=RealClock()))
        station = await ward.station()
        session = await station.open(ward.uids["ada"], PIN)
        person = (await station.get(f"/v1/sessions/{session}")).body["person"]["id"]
        key = await give_key(hospital, person, told=True)
        await db.close()
        with phone(path / "ada", ward.folder.tls.server_pem) as browser:
            made = Bedside(ward, station, session, key, browser, path)
            await made.pair(browser)
            yield made


@pytest.fixture(params=LANGUAGES)
def language(bedside: Bedside, request: pytest.FixtureRequest) -> Iterator[str]:
    """The phone speaks it for one test."""
    bedside.phone.speaks(request.param)
    yield str(request.param)
    bedside.phone.speaks("en")


async def test_its_passkey_is_discoverable_and_belongs_to_the_service(bedside: Bedside) -> None:
    [mine] = bedside.phone.passkeys()
    assert (mine["rpId"], mine["isResidentCredential"]) == ("localhost", True)
    [row] = await bedside.ward.trail("factor_added")
    assert (row["method"], row["login"]) == ("phone", "ada")


async def test_it_shows_what_is_asked_and_approves(bedside: Bedside, language: str) -> None:
    view = await bedside.asks()
    asked = await bedside.on_phone(view)
    browser = bedside.phone
    browser.scan(asked["uri"])
    browser.at("type")
    assert "Patient" not in browser.text() and "record.export" not in browser.text()
    bedside.look(browser, "type")
    browser.enter(f"{(int(asked['number']) + 1) % 10**6:06}")
    browser.until("a wrong number is said", "document.getElementById('wrong').textContent")
    bedside.look(browser, "wrong")
    browser.enter(asked["number"])
    browser.at("ask")
    bedside.look(browser, "ask")
    title, action, approve, refuse, report = SAID[language]
    text = browser.text()
    for word in (title, action, "exporter", "12", "Patient/123", "Patient/1001", "transfer of care", "ada · w-0"):
        assert word in text, (word, text)
    spoken = browser.spoken()
    assert ("heading", title) in spoken
    assert [name for role, name in spoken if role == "button"] == [approve, refuse, report]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth"), "nothing runs off the side"
    browser.press("approve")
    browser.at("approved")
    bedside.look(browser, "approved")
    done = await bedside.collect(view)
    assert (done["state"], done["grant"]["amr"]) == ("done", ["pop", "user", "mfa", "mca"])


async def test_whoever_does_not_see_hears_the_field_its_label_and_what_was_wrong(bedside: Bedside) -> None:
    asked = await bedside.on_phone(await bedside.asks())
    browser = bedside.phone
    browser.scan(asked["uri"])
    browser.at("type")
    spoken = browser.spoken()
    assert ("heading", "Type the number that the workstation shows") in spoken
    assert ("textbox", "Six digits") in spoken
    assert browser.run("document.activeElement.id") == "number"
    browser.enter("000000" if asked["number"] != "000000" else "000001")
    browser.until("a wrong number is said", "document.getElementById('wrong').textContent")
    assert any(role == "alert" for role, _ in browser.spoken())
    assert browser.run("document.activeElement.id") == "number", "and may be typed again at once"


async def test_it_refuses_with_one_touch(bedside: Bedside) -> None:
    view = await bedside.asks()
    asked = await bedside.on_phone(view)
    browser = bedside.phone
    browser.scan(asked["uri"])
    browser.at("type")
    browser.enter(asked["number"])
    browser.at("ask")
    browser.press("refuse")
    browser.at("refused")
    assert (await bedside.collect(view))["refusal"]["code"] == "cancelled"


async def test_a_finger_that_is_not_its_owner_s_approves_nothing_and_may_try_again(bedside: Bedside) -> None:
    view = await bedside.asks()
    asked = await bedside.on_phone(view)
    browser = bedside.phone
    browser.scan(asked["uri"])
    browser.at("type")
    browser.enter(asked["number"])
    browser.at("ask")
    browser.finger(right=False)
    browser.press("approve")
    browser.until("it is said", "!document.getElementById('again').hidden")
    browser.finger(right=True)
    browser.press("approve")
    browser.at("approved")
    assert (await bedside.collect(view))["state"] == "done"


async def test_a_phone_that_is_not_paired_sees_the_page_and_cannot_answer(bedside: Bedside) -> None:
    view = await bedside.asks()
    asked = await bedside.on_phone(view)
    with phone(bedside.folder / "thief", bedside.ward.folder.tls.server_pem) as other:
        other.scan(asked["uri"])
        other.at("type")
        other.press("not_me")
        other.until("it is said", "!document.getElementById('again').hidden")
        assert other.passkeys() == []
    assert (await bedside.collect(view))["refusal"]["code"] == "phone_silent"


async def test_the_second_phone_at_a_pairing_is_told_that_it_is_over(bedside: Bedside) -> None:
    here = await bedside.begin_pairing()
    uri = here.view["make"]["phone"]["uri"]
    with phone(bedside.folder / "faster", bedside.ward.folder.tls.server_pem) as faster:
        faster.scan(uri)
        faster.at("pair")
        faster.press("pair")
        faster.at("confirm")
        with phone(bedside.folder / "slower", bedside.ward.folder.tls.server_pem, language="fr") as slower:
            slower.scan(uri)
            slower.at("over")
            assert "C’est terminé" in slower.text()
    await here.cancel()


async def test_an_old_code_and_none_at_all_say_that_it_is_over(bedside: Bedside) -> None:
    for tail in ("#" + "a" * 32, "", "#<img src=x onerror=alert(1)>"):
        bedside.phone.scan(f"{bedside.ward.service.base}/phone{tail}")
        bedside.phone.at("over")


async def test_the_page_loads_nothing_from_elsewhere_and_keeps_nothing(bedside: Bedside) -> None:
    browser = bedside.phone
    browser.scan(f"{bedside.ward.service.base}/phone#none")
    browser.at("over")
    loaded = browser.run("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert all(str(name).startswith(bedside.ward.service.base) for name in loaded) and len(loaded) >= 2
    assert browser.run("document.cookie + localStorage.length + sessionStorage.length") == "00"
    inserted = "const s = document.createElement('script'); s.textContent = 'window.own = 1'; document.head.append(s)"
    browser.run(f"(() => {{ {inserted} }})()")
    assert browser.run("window.own ?? 0") == 0, "a script that somebody put in is not run"


async def test_what_is_drawn_is_text_and_never_markup(bedside: Bedside) -> None:
    view = await bedside.asks(resource="Patient/<b>bold</b>&amp;", patients=["<script>alert(1)</script>"])
    asked = await bedside.on_phone(view)
    browser = bedside.phone
    browser.scan(asked["uri"])
    browser.at("type")
    browser.enter(asked["number"])
    browser.at("ask")
    assert "Patient/<b>bold</b>&amp;" in browser.text() and "<script>alert(1)</script>" in browser.text()
    assert browser.run("document.querySelectorAll('dl b, dl script').length") == 0


async def test_not_me_is_one_touch_before_any_number_and_stops_the_workstation(bedside: Bedside) -> None:
    """From here on this workstation asks this phone no more, for a day."""
    view = await bedside.asks()
    asked = await bedside.on_phone(view)
    browser = bedside.phone
    browser.scan(asked["uri"])
    browser.at("type")
    browser.press("not_me")
    browser.at("reported")
    bedside.look(browser, "reported")
    again = await bedside.asks()
    assert "phone" not in [offer["method"] for offer in again["offers"]]


async def test_not_me_is_one_touch_after_the_number_in_another_language_than_the_station_s(bedside: Bedside) -> None:
    """At a workstation of its own, for it is asked no more there either."""
    station = await bedside.ward.station()
    there = replace(bedside, station=station, session=await station.open(bedside.ward.uids["ada"], PIN))
    asked = await there.on_phone(await there.asks())
    browser = bedside.phone
    browser.speaks("fr")
    browser.scan(asked["uri"])
    browser.at("type")
    browser.enter(asked["number"])
    browser.at("ask")
    browser.press("not_me")
    browser.at("reported")
    browser.speaks("en")
    assert "phone" not in [offer["method"] for offer in (await there.asks())["offers"]]
