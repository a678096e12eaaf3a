"""Servers that ask, programs' tokens and what is remembered as risk: where one rule meets another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from kiosk.service.audit import writer
from kiosk.service.openid import backchannel_delivery, posting
from kiosk.service.platform import row_keys
from kiosk.service.records import replayed_policy
from kiosk.service.shared import risk_memory
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.store import backchannel_requests, lookups, news, spending
from kiosk.service.store.backchannel_clients import BackchannelRules
from tests.fakes.asking import make
from tests.fakes.backchannel import asking
from tests.fakes.service import Hospital
from tests.service.openid.test_program_tokens import desk

ACT = {"type": "kiosk_act", "action": "record.view", "resource": "Patient/123", "records": 1}
VIEWS = BackchannelRules(actions=("record.view",))


class UndoneError(Exception):
    """The transaction ends here."""


async def test_an_application_whose_tokens_are_bound_gets_no_other_by_exchange(service: Hospital) -> None:
    made = await desk(service, dpop=True)
    answer = await made.exchange((await made.subject()).body["subject_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


async def test_a_server_s_question_is_replayed_as_what_it_was(service: Hospital) -> None:
    made = await asking(service, VIEWS)
    await service.totp(made.ward.person)
    await made.asked(authorization_details=json.dumps([ACT]), acr_values="phr")
    await made.show()
    stored = replayed_policy._stored((await service.trail("stepup_asked"))[-1])
    assert stored is not None
    assert stored.asking.asks == "server"
    assert stored.least > 0


async def test_what_was_rolled_back_makes_nobody_s_past_one_that_was_tampered_with(
    either: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = await make(either)
    now = int(either.clock())

    def act(conn: Connection) -> None:
        news.add(conn, ward.person, "reset", now)
        news.add(conn, ward.person, "lost", now)
        raise UndoneError

    def doubted(conn: Connection) -> bool:
        lookups.person_by_id(conn, ward.person)
        return risk_memory.person(conn, RiskMemory(), ward.person).doubted

    with pytest.raises(UndoneError):
        await either.db.write(act)
    monkeypatch.setattr(row_keys, "SETTLED_SECONDS", 0.0)
    assert not await either.db.write(doubted)


async def test_more_labels_than_there_are_is_refused_when_it_is_asked(service: Hospital) -> None:
    made = await asking(service, VIEWS)
    answer = await made.ask(authorization_details=json.dumps([{**ACT, "labels": ["vip"] * 6}]))
    assert answer.status_code == 400


@pytest.mark.parametrize("what", ["ask", "refused", "poll"])
async def test_the_head_of_the_trail_is_locked_before_the_counter(
    service: Hospital, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """In the other order two requests of one application hold each other up, and the trail with them (decision 33)."""
    made = await asking(service)
    secret = await made.asked() if what == "poll" else ""
    if what == "poll":
        await made.approve()
        service.clock.pass_by(5)
    seen: list[str] = []

    def told(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def first(*args: object) -> object:
            seen.append(name)
            return act(*args)

        return first

    monkeypatch.setattr(writer, "_head", told("5 head", writer._head))
    monkeypatch.setattr(spending, "charge", told("6 counter", spending.charge))
    if what == "poll":
        assert (await made.poll(secret)).status_code == 200
    else:
        await made.ask(login_hint="ada" if what == "ask" else "nobody")
    assert seen and seen == sorted(seen)


async def test_a_server_that_answers_no_ping_keeps_nobody_s_question(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await asking(service, BackchannelRules("ping", "https://chart.example/ping"))
    await made.ask(client_notification_token="abc")
    await made.refuse()
    hanging, looked = asyncio.Event(), asyncio.Event()
    to_offer = backchannel_requests.to_offer

    def looks(conn: Connection, now: int) -> object:
        if hanging.is_set():
            loop.call_soon_threadsafe(looked.set)
        return to_offer(conn, now)

    async def hangs(*_args: object) -> str | None:
        hanging.set()
        await asyncio.Event().wait()
        return None

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(backchannel_requests, "to_offer", looks)
    monkeypatch.setattr(posting, "post", hangs)
    task = asyncio.create_task(backchannel_delivery.run(service.service))
    async with asyncio.timeout(60):
        await looked.wait()
    task.cancel()


async def test_a_token_tells_no_other_purpose_than_the_one_that_was_signed(service: Hospital) -> None:
    made = await asking(service, VIEWS)
    secret = await made.asked(authorization_details=json.dumps([{**ACT, "purpose": "transfer of care"}]))
    done = await made.ward.by_key(await made.show(), "idle curiosity")
    assert done.body["state"] == "done"
    service.clock.pass_by(5)
    answer = (await made.poll(secret)).json()
    assert "authorization_details" not in answer
