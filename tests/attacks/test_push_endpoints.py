"""Web Push: endpoints that lead inside, a thief's subscription, a push service that is slow or sends one in circles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import Connection, update

from kiosk.service.openid import posting
from kiosk.service.openid.reachable import pinned
from kiosk.service.platform.phone_settings import PhoneSettings
from kiosk.service.platform.web_addresses import UnreachableUriError
from kiosk.service.store import phone_subscriptions, phones
from kiosk.service.store.schema import phone_subscription
from tests.attacks.test_asked_while_away import mallory
from tests.fakes.away import Away, allowed, away
from tests.fakes.push_service import PushService, WokenBrowser
from tests.fakes.service import Hospital


@pytest.fixture
def push(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with closing(PushService(tmp_path_factory.mktemp("push"))) as made:
        yield made


@pytest_asyncio.fixture
async def made(service: Hospital, push: PushService) -> AsyncIterator[Away]:
    with allowed(service, **push.settings):
        yield await away(service)


async def many(made: Away) -> int:
    """Subscriptions that are kept."""
    return await made.hospital.db.read(lambda conn: len(conn.execute(phone_subscription.select()).all()))


INSIDE = [
    "https://127.0.0.1:8443/v1/health",
    "https://localhost/a",
    "https://[::1]/a",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/a",
    "https://evil.example/a",
    "http://push.example/a",
    "https://user:pass@localhost/a",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("endpoint", INSIDE)
async def test_an_endpoint_that_nobody_allowed_is_not_kept(made: Away, push: PushService, endpoint: str) -> None:
    asked = {**push.browser().subscription(), "endpoint": endpoint}
    answer = await made.subscribe(asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "push_service")
    assert await many(made) == 0


@pytest.mark.parametrize(
    "bend",
    [
        "{origin}.evil.example/a",
        "{origin}@evil.example/a",
        "{origin}#@evil.example",
        "{origin}1/a",
        "{origin}\\\\@evil/a",
    ],
)
async def test_no_spelling_makes_another_origin_look_allowed(made: Away, push: PushService, bend: str) -> None:
    asked = {**push.browser().subscription(), "endpoint": bend.format(origin=push.origin)}
    assert (await made.subscribe(asked)).status_code == 422


@pytest.mark.parametrize(
    "uri",
    ["https://127.0.0.1/a", "https://[::1]/a", "https://10.1.2.3/a", "https://192.168.1.1/a", "https://172.16.0.1/a",
     "https://169.254.169.254/a", "https://[fd00::1]/a", "https://[fe80::1]/a", "https://100.64.0.1/a",
     "https://0.0.0.0/a", "https://[::ffff:10.0.0.1]/a", "https://localhost/a", "https://2130706433/a"],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_not_connected_to(uri: str) -> None:
    """Even where an administrator named it: what is looked up decides, and that very address is connected to."""
    with pytest.raises(UnreachableUriError):
        await pinned(uri, loopback=False, public=True)


async def test_an_allowed_name_that_turns_inside_later_is_not_reached(made: Away, push: PushService) -> None:
    """The push service is on this machine, and the setting that allows that is taken back: as where a name's owner
    changes its address once it is allowed."""
    assert (await made.subscribe(push.browser().subscription())).status_code == 204
    service = made.hospital.service
    inside = replace(service.phone, loopback=False)
    made.hospital.app.state.service = made.hospital.service = replace(service, phone=inside)
    await made.asked()
    for _ in range(3):
        await made.wake()
        made.hospital.clock.pass_by(20)
    assert push.got == []


async def test_a_subscription_is_kept_for_the_phone_that_signed_it_alone(made: Away, push: PushService) -> None:
    """Mallory signs with their own phone: they wake themselves, and are not woken for Ada."""
    thief = await mallory(made)
    assert (await made.subscribe(push.browser("/thief").subscription(), thief)).status_code == 204
    await made.asked()
    await made.wake()
    assert push.got == []


async def test_a_thief_of_an_open_session_or_page_subscribes_nothing(made: Away, push: PushService) -> None:
    """Without the passkey there is no word for it: not a signature that opened the page, not one for another address,
    not one of somebody else."""
    good, evil = push.browser().subscription(), push.browser("/thief").subscription()
    opened = (await made.phone.post("waiting/begin", {})).json()
    proof = made.phone.sign(opened["sign"])
    tries = [{**evil, "nonce": opened["nonce"], "proof": proof}]
    begun = (await made.phone.post("push/begin", good)).json()
    signed = made.phone.sign(begun["sign"])
    tries += [{**evil, "nonce": begun["nonce"], "proof": signed}]
    tries += [{**good, "auth": evil["auth"], "nonce": begun["nonce"], "proof": signed}]
    thief = await mallory(made)
    theirs = (await thief.post("push/begin", evil)).json()
    tries += [{**evil, "nonce": theirs["nonce"], "proof": {**thief.sign(theirs["sign"]), "user_handle": None}}]
    for body in tries:
        answer = await made.phone.post("push/keep", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert await many(made) == 0


async def test_a_signed_subscription_is_kept_once(made: Away, push: PushService) -> None:
    """Sent again later, it does not put an old address back."""
    first = push.browser("/old").subscription()
    begun = (await made.phone.post("push/begin", first)).json()
    body = {**first, "nonce": begun["nonce"], "proof": made.phone.sign(begun["sign"])}
    assert (await made.phone.post("push/keep", body)).status_code == 204
    assert (await made.subscribe(push.browser("/new").subscription())).status_code == 204
    again = await made.phone.post("push/keep", body)
    assert again.status_code in (403, 404)
    await made.asked()
    await made.wake()
    assert [got.path for got in push.got] == ["/new"]


async def test_a_row_that_somebody_put_there_wakes_nobody(made: Away, push: PushService) -> None:
    """Another phone's sealed address in Ada's row, and one that the service did not write."""
    made.hospital.tampered = True
    thief = await mallory(made)
    await made.subscribe(push.browser("/ada").subscription())
    await made.subscribe(push.browser("/thief").subscription(), thief)
    [mine] = await made.hospital.db.read(phones.of_person, made.person)
    rows = await made.hospital.db.read(lambda conn: conn.execute(phone_subscription.select()).all())
    other = next(row.sealed for row in rows if row.phone != mine.id)

    def bend(conn: Connection) -> None:
        where = phone_subscription.c.phone == mine.id
        conn.execute(update(phone_subscription).where(where).values(sealed=other))

    await made.hospital.db.write(bend)
    await made.asked()
    await made.wake()
    assert push.got == []
    assert (await made.waits())["state"] == "waiting", "the question waits there all the same"


async def test_a_sealed_address_of_another_phone_does_not_open(made: Away, push: PushService) -> None:
    from kiosk.service.away.sealed_subscription import SealedSubscriptions
    from kiosk.service.platform.web_push import PushSubscription

    seals = SealedSubscriptions(b"k" * 32)
    asked = PushSubscription(**push.browser().subscription())
    sealed = seals.seal("phone-1", asked)
    assert seals.open("phone-1", sealed) == asked
    assert seals.open("phone-2", sealed) is None
    assert SealedSubscriptions(b"l" * 32).open("phone-1", sealed) is None
    for bent in ("", "a.b.c.d.e", sealed[:-2], sealed + "x"):
        assert seals.open("phone-1", bent) is None


async def test_a_push_service_that_never_answers_keeps_nobody_else_waiting(
    made: Away, push: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a moment; meanwhile questions are asked and answered, and afterwards it is tried again."""
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    await made.subscribe(push.browser().subscription())
    push.stuck = True
    secret = await made.asked(requested_expiry="600")
    waking = asyncio.create_task(made.wake())
    await asyncio.to_thread(push.came.wait, 20)
    assert await made.approve(await made.waits()) == "approved"
    assert (await made.asking.poll(secret)).status_code == 200
    await waking
    assert await made.hospital.db.read(phone_subscriptions.waiting, int(made.hospital.clock()) + 60)


async def test_a_push_service_that_sends_one_in_circles_is_asked_once(made: Away, push: PushService) -> None:
    await made.subscribe(push.browser().subscription())
    push.status = 308
    await made.asked()
    await made.wake()
    made.hospital.clock.pass_by(30)
    await made.wake()
    assert [got.path for got in push.got] == ["/send/abc"]


async def test_keys_that_are_no_keys_are_refused(made: Away, push: PushService) -> None:
    for bent in ({"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "é"}, {"auth": ""}):
        answer = await made.subscribe({**push.browser().subscription(), **bent})
        assert (answer.status_code, answer.json()["code"]) == (422, "subscription")


async def test_somebody_without_the_switch_is_told_nothing(service: Hospital) -> None:
    """Off is the default: neither door nor worker page does anything."""
    assert PhoneSettings().push_services == ()
    answer = await service.http.post(
        "/phone/push/begin",
        json=WokenBrowser("https://push.example/a").subscription(),
        headers={"Origin": "https://auth.hospital.example", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 404
