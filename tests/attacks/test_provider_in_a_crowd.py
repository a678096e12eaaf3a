"""Many ask the hospital's own provider at once, and some of them mean ill."""

from __future__ import annotations

import asyncio
import gzip
import threading
import tracemalloc
from collections.abc import Callable

import pytest

from kiosk.service.upstream import turns
from kiosk.service.upstream.errors import ProviderAnswerError, ProviderAwayError
from kiosk.service.upstream.provider_line import ProviderLine
from tests.fakes.elsewhere import Office
from tests.fakes.openid import ticket_in


async def eventually(true: Callable[[], bool]) -> None:
    """The provider is a thread of its own: there is no event to wait for."""
    for _ in range(6000):
        if true():
            return
        await asyncio.sleep(0.01)  # the provider answers on a thread of its own
    raise AssertionError("it never came")


async def test_made_up_codes_for_one_sign_in_are_two_and_cost_no_row(office: Office) -> None:
    """Whichever of its states they come with: the page's ticket can be gone by again and again."""
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    found = []
    for _ in range(4):
        where = str((await office.browser.go(ticket)).json()["location"])
        answer = await office.browser.back({**office.provider.authorized(where), "code": "made-up"})
        found.append(answer.status_code)
    assert found == [403, 403, 409, 409]
    assert len(office.provider.asked) == 2, "the provider saw no flood"
    assert await office.reasons() == []
    assert await office.tokens(), "another sign-in has tries of its own"


async def test_codes_sent_at_once_for_one_sign_in_are_two_as_well(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = {**office.provider.authorized(where), "code": "made-up"}
    answers = await asyncio.gather(*(office.browser.back(brought) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [403] * 2 + [409] * 18
    assert len(office.provider.asked) == 2


async def test_a_crowd_from_one_address_leaves_places_to_everybody_else(office: Office) -> None:
    line: ProviderLine = office.hospital.app.state.upstream
    office.provider.gate = threading.Event()

    async def code(source: str) -> str:
        try:
            return await line.id_token("made-up", "v", "https://x/", int(office.provider.clock()), source)
        except (ProviderAnswerError, ProviderAwayError) as error:
            return type(error).__name__

    crowd = [asyncio.create_task(code("198.51.100.7")) for _ in range(turns.MAX_WAITING + 5)]
    over = (await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED))[0]
    assert all(task.result() == "ProviderAwayError" for task in over), "no queue without end"
    other = asyncio.create_task(code("203.0.113.9"))
    await eventually(lambda: len(office.provider.asked) == turns.MAX_OF_SOURCE + 1)
    office.provider.gate.set()
    assert await other == "ProviderAnswerError", "the provider itself said no"
    assert {await task for task in crowd} == {"ProviderAwayError", "ProviderAnswerError"}


async def test_who_comes_while_all_places_are_taken_has_a_turn_or_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT", 0.2)
    line: ProviderLine = office.hospital.app.state.upstream
    office.provider.gate = threading.Event()
    now = int(office.provider.clock())
    crowd = [
        asyncio.create_task(line.id_token("made-up", "v", "https://x/", now, f"198.51.100.{n}"))
        for n in range(turns.MAX_AT_ONCE)
    ]
    await eventually(lambda: len(office.provider.asked) == turns.MAX_AT_ONCE)
    with pytest.raises(ProviderAwayError, match="too many ask for it at once"):
        await line.id_token("made-up", "v", "https://x/", now, "203.0.113.9")
    office.provider.gate.set()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_nine_people_at_once_all_sign_in_though_nothing_is_known_of_the_provider_any_more(office: Office) -> None:
    """Nor is it asked nine times."""
    wheres = [await office.sent_there() for _ in range(9)]
    office.hospital.app.state.upstream = ProviderLine(office.provider.settings())
    office.provider.read.clear()
    answers = await asyncio.gather(*(office.browser.back(office.provider.authorized(where)) for where, _ in wheres))
    assert [answer.status_code for answer in answers] == [303] * 9
    assert [path.rpartition("/")[2] for path in office.provider.read] == ["openid-configuration", "jwks"]


async def test_who_goes_away_takes_the_answer_from_nobody_else(office: Office) -> None:
    line = ProviderLine(office.provider.settings())
    first, second = asyncio.create_task(line.facts()), asyncio.create_task(line.facts())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).token.startswith(office.provider.issuer)
    assert first.cancelled()


async def test_a_few_packed_bytes_do_not_become_many(office: Office) -> None:
    """64 MiB of spaces are 64 KiB by gzip: it is never unpacked, so it is never JSON."""
    office.provider.packed = gzip.compress(b" " * (64 << 20))
    line = ProviderLine(office.provider.settings())
    tracemalloc.start()
    try:
        with pytest.raises(ProviderAnswerError) as refused:
            await line.facts()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.reason == "no_json"
    assert peak < 16 << 20
