"""Approvals on phones: from the station's question to what is asked standing on the phone, on loopback.

A real Chromium of a phone's size. It has the page's address as a camera gives it, and is done once the question is
painted: page, script, number, lines. Between the page and the lines a person types; here the number comes at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from kiosk.demo.phone import phone
from kiosk.demo.phone_browser import PhoneBrowser
from tests.benchmarks.table import Row, at_most, p95
from tests.fakes import attacked_service
from tests.fakes.attacked_service import PIN, RealClock, Ward
from tests.fakes.client import Client
from tests.fakes.enrolling import Wizard, in_session
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital

QUESTIONS = 15
SHOWN_MS = 500
RULES = "[policy]\nphone_approval = true\n\n[risk]\nenabled = false\n"
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def measure(work: Path) -> Iterator[Row]:
    page, whole = asyncio.run(questions(work))
    yield at_most("phone: request to page shown, p95", p95(page), "ms", SHOWN_MS)
    yield at_most("phone: request to what is asked shown, number typed at once, p95", p95(whole), "ms", 2 * SHOWN_MS)


async def questions(work: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of each: to the page that wants the number, and to the lines."""
    page, whole = [], []
    async with attacked_service.ward(work / "service", ["ada"], rules=RULES) as ward:
        station = await ward.station()
        session = await station.open(ward.uids["ada"], PIN)
        with phone(work / "phone", ward.folder.tls.server_pem) as browser:
            await pair(ward, station, session, browser)
            for _ in range(QUESTIONS):
                view = (await station.step_up(session, records=12)).body
                begun = time.monotonic()
                asked = (await station.challenge(view["id"], "phone", "transfer of care")).body["phone"]
                browser.scan(asked["uri"])
                browser.at("type")
                browser.run(PAINTED)
                page.append((time.monotonic() - begun) * 1000)
                browser.enter(asked["number"])
                browser.at("ask")
                browser.run(PAINTED)
                whole.append((time.monotonic() - begun) * 1000)
                await station.post(f"/v1/ceremonies/{view['id']}/cancel", {"reason": "refused_by_person"})
    return page, whole


async def pair(ward: Ward, station: Client, session: str, browser: PhoneBrowser) -> None:
    """The person's phone."""
    db = ward.folder.database()
    person = (await station.get(f"/v1/sessions/{session}")).body["person"]["id"]
    key: SoftKey = await give_key(cast(Hospital, SimpleNamespace(db=db, clock=RealClock())), person)
    await db.close()
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
