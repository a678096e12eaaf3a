"""A paired phone is woken by Web Push: by a real push service over TLS, whose browser reads what comes by the RFC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import Connection, text

from kiosk.service.jobs import housekeeping
from kiosk.service.platform.web_push import VapidKey
from kiosk.service.store import factors, phone_subscriptions, phones
from kiosk.service.store.columns import METADATA
from tests.fakes.away import Away, allowed, away
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.push_service import PushService, WokenBrowser
from tests.fakes.service import Hospital


@pytest.fixture(scope="module")
def push(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with closing(PushService(tmp_path_factory.mktemp("push"))) as made:
        yield made


@pytest_asyncio.fixture
async def made(either: Hospital, push: PushService) -> AsyncIterator[Away]:
    push.got.clear()
    push.status = 201
    with allowed(either, **push.settings):
        yield await away(either)


async def subscribed(made: Away, push: PushService) -> WokenBrowser:
    browser = push.browser()
    kept = await made.subscribe(browser.subscription())
    assert kept.status_code == 204, kept.text
    return browser


async def test_a_question_wakes_the_phone_and_tells_nothing(made: Away, push: PushService) -> None:
    browser = await subscribed(made, push)
    await made.asked(binding_message="Patient Miller")
    await made.wake()
    [got] = push.got
    assert got.path == "/send/abc"
    assert browser.read(got.body) == b'{"kiosk":"waiting"}'
    sent = {name: got.headers[name] for name in ("content-encoding", "urgency", "topic", "ttl")}
    assert sent == {"content-encoding": "aes128gcm", "urgency": "high", "topic": "waiting", "ttl": "110"}
    sender = got.sender(push.origin)
    assert (sender["sub"], sender["k"]) == (ORIGIN, VapidKey(made.hospital.folder.keys.nonce).public)
    assert set(sender) == {"aud", "exp", "sub", "k"}, "no claim of ours says more"
    await made.wake()
    assert len(push.got) == 1, "once taken, it is not sent again"
    assert (await made.waits())["state"] == "waiting"


async def test_the_trail_says_which_push_service_and_never_the_address(made: Away, push: PushService) -> None:
    browser = await subscribed(made, push)
    [row] = await made.hospital.trail("phone_push")
    assert (row["result"], row["login"], row["detail"]["service"]) == ("success", "ada", push.origin)
    kept = await made.hospital.db.read(lambda conn: str(conn.execute(text("SELECT * FROM phone_subscription")).all()))
    for word in (browser.endpoint, "/send/abc", browser.subscription()["auth"], browser.subscription()["p256dh"]):
        assert word not in str(await made.hospital.trail()) and word not in kept


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_forgotten(made: Away, push: PushService, status: int) -> None:
    assert (await made.waits())["woken"] is False
    await subscribed(made, push)
    assert (await made.waits())["woken"] is True
    push.status = status
    await made.asked()
    await made.wake()
    assert (await made.waits())["woken"] is False, "its page offers it anew"
    rows = await made.hospital.trail("phone_push")
    assert (rows[-1]["result"], rows[-1]["reason"]) == ("seen", "gone")
    made.hospital.clock.pass_by(200)
    await made.asked()
    await made.wake()
    assert len(push.got) == 1, "nothing more is sent there"
    assert (await made.waits())["state"] == "waiting", "and the page works as before"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_is_not_taken_is_tried_again_and_not_for_ever(made: Away, push: PushService, status: int) -> None:
    browser = await subscribed(made, push)
    push.status = status
    await made.asked(requested_expiry="600")
    await made.wake()
    made.hospital.clock.pass_by(20)
    push.status = 201
    await made.wake()
    assert len(push.got) == 2 and browser.read(push.got[-1].body)
    made.hospital.clock.pass_by(600)
    push.status = status
    await made.asked(requested_expiry="600")
    for _ in range(12):
        await made.wake()
        made.hospital.clock.pass_by(60)
    assert len(push.got) == 2 + 5


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 413])
async def test_a_no_is_a_no_and_a_redirect_is_not_followed(made: Away, push: PushService, status: int) -> None:
    await subscribed(made, push)
    push.status = status
    await made.asked()
    for _ in range(3):
        await made.wake()
        made.hospital.clock.pass_by(20)
    assert [got.path for got in push.got] == ["/send/abc"]


async def test_after_a_crash_it_is_sent_by_whoever_comes_next(made: Away, push: PushService) -> None:
    """What is to be sent is a row: it was claimed by a replica that died, and its time is not over."""
    browser = await subscribed(made, push)
    await made.asked(requested_expiry="600")
    now = int(made.hospital.clock())
    assert len(await made.hospital.db.write(phone_subscriptions.claim, now, now + 15, 20)) == 1
    await made.wake()
    assert push.got == [], "another one has it"
    made.hospital.clock.pass_by(16)
    await made.wake()
    assert browser.read(push.got[0].body)


async def test_who_is_at_a_station_is_not_woken(made: Away, push: PushService) -> None:
    await subscribed(made, push)
    await made.come_back()
    await made.asked()
    await made.wake()
    assert push.got == []


async def test_a_phone_that_was_lost_is_not_woken(made: Away, push: PushService) -> None:
    await subscribed(made, push)
    await made.asked()
    [row] = await made.hospital.db.read(phones.of_person, made.person)
    await made.hospital.db.write(factors.suspend, "phone", row.id, "lost", NOW)
    await made.wake()
    assert push.got == []


async def test_what_is_over_is_forgotten_with_its_phone(made: Away, push: PushService) -> None:
    await subscribed(made, push)
    await made.asked()
    [row] = await made.hospital.db.read(phones.of_person, made.person)
    await made.hospital.db.write(factors.revoke, "phone", row.id, NOW)
    made.hospital.clock.pass_by(700)
    await made.hospital.db.write(housekeeping.tidy, int(made.hospital.clock()))
    for table in ("phone_push", "phone_subscription"):
        assert await made.hospital.db.read(count, table) == 0


def count(conn: Connection, table: str) -> int:
    return len(conn.execute(METADATA.tables[table].select()).all())


async def test_what_was_answered_meanwhile_wakes_nobody_any_more(made: Away, push: PushService) -> None:
    await subscribed(made, push)
    push.status = 503
    await made.asked(requested_expiry="600")
    await made.wake()
    push.status = 201
    assert await made.approve(await made.waits()) == "approved"
    for _ in range(4):
        made.hospital.clock.pass_by(20)
        await made.wake()
    assert len(push.got) == 1


async def test_a_service_that_is_no_longer_allowed_gets_nothing_more(made: Away, push: PushService) -> None:
    await subscribed(made, push)
    await made.asked()
    service = made.hospital.service
    elsewhere = replace(service.phone, push_services=("https://push.example",))
    made.hospital.app.state.service = made.hospital.service = replace(service, phone=elsewhere)
    await made.wake()
    assert push.got == []


async def test_where_nothing_is_set_the_page_offers_nothing_and_no_door_opens(service: Hospital) -> None:
    with allowed(service):
        here = await away(service)
        page = await service.http.get("/phone/waiting")
        assert "data-push-key" not in page.text and "worker-src" not in page.headers["content-security-policy"]
        answer = await here.subscribe(WokenBrowser("https://push.example/a").subscription())
        assert (answer.status_code, answer.json()["code"]) == (404, "not_here")
        await here.asked()
        await here.wake()
