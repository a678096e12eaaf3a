"""A server that wants a ping is told when its question is answered (CIBA Core section 10.2), and where nothing goes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.schema import backchannel_request
from tests.fakes.backchannel import Asking, asking, look
from tests.fakes.ping_receiver import PingReceiver
from tests.fakes.service import Hospital

TOKEN = "8d67dc78-7faa-4d41-aabd-67707b374255"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PingReceiver]:
    made = PingReceiver(tmp_path_factory.mktemp("receiver"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def forget(receiver: PingReceiver) -> None:
    receiver.got.clear()
    receiver.status = 204


async def pinged(hospital: Hospital, receiver: PingReceiver, *, loopback: bool = True) -> None:
    await look(hospital, loopback=loopback, ca_file=str(receiver.ca))


async def wants_a_ping(hospital: Hospital, uri: str) -> Asking:
    return await asking(hospital, BackchannelRules("ping", uri))


async def test_a_yes_is_told_once_and_fetched_at_once(either: Hospital, receiver: PingReceiver) -> None:
    made = await wants_a_ping(either, receiver.uri)
    secret = await made.asked(client_notification_token=TOKEN)
    await pinged(either, receiver)
    assert receiver.got == [], "there is nothing to tell yet"
    await made.approve()
    for _ in range(2):
        await pinged(either, receiver)
    assert receiver.got == [(json.dumps({"auth_req_id": secret}), f"Bearer {TOKEN}", "/ciba")]
    assert (await made.poll(secret)).status_code == 200


async def test_a_no_is_told_too(service: Hospital, receiver: PingReceiver) -> None:
    made = await wants_a_ping(service, receiver.uri)
    secret = await made.asked(client_notification_token=TOKEN)
    await made.refuse()
    await pinged(service, receiver)
    assert len(receiver.got) == 1
    assert (await made.poll(secret)).json()["error"] == "access_denied"


async def test_one_that_was_not_taken_comes_again_and_no_redirect_is_followed(
    service: Hospital, receiver: PingReceiver
) -> None:
    made = await wants_a_ping(service, receiver.uri)
    await made.asked(client_notification_token=TOKEN)
    await made.approve()
    receiver.status = 302
    await pinged(service, receiver)
    await pinged(service, receiver)
    assert [path for _, _, path in receiver.got] == ["/ciba"]
    receiver.status = 204
    service.clock.pass_by(3)
    await pinged(service, receiver)
    await pinged(service, receiver)
    assert len(receiver.got) == 2


@pytest.mark.parametrize("token", [None, "two words", "x" * 1025, 'quote"'])
async def test_a_ping_needs_a_token_that_a_header_can_hold(
    service: Hospital, receiver: PingReceiver, token: str | None
) -> None:
    made = await wants_a_ping(service, receiver.uri)
    answer = await made.ask(client_notification_token=token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_nothing_in_the_database_is_enough_to_fetch_or_to_ping(service: Hospital, receiver: PingReceiver) -> None:
    made = await wants_a_ping(service, receiver.uri)
    secret = await made.asked(client_notification_token=TOKEN)
    row = await service.db.read(lambda conn: conn.execute(select(backchannel_request)).one())
    held = " ".join(str(value) for value in row)
    assert secret not in held
    assert TOKEN not in held
