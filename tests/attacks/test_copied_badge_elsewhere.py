"""A badge's number was copied. Where does it open a session while its owner's grace lasts?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.central import PIN, UID, ServiceProcess
from tests.fakes.client import Answer, Client
from tests.fakes.over_tls import connected, station

Stations = dict[str, Client]
PLACES = {
    "desk-1": "Ward 3",
    "desk-2": "ward 3, bed 7",
    "theatre": "Theatre 3",
    "nowhere": "/ no ward",
    "nowhere-2": "/ no ward",
    "likewise": "Ward 31",
}


@asynccontextmanager
async def hospital(folder: Path, scope: str) -> AsyncIterator[Stations]:
    """A service under that rule, in a process of its own, with a station at each place."""
    process = ServiceProcess(folder)
    settings = process.data / "service.toml"
    if scope:
        settings.write_text(settings.read_text() + f'\n[policy]\ngrace_scope = "{scope}"\n')
    process.person("anna", "Anna Berg")
    process.start()
    try:
        async with connected(process) as http:
            yield {name: await station(process, http, name, place) for name, place in PLACES.items()}
    finally:
        await asyncio.to_thread(process.close)


Open = Callable[[str], AbstractAsyncContextManager[Stations]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    return lambda scope: hospital(tmp_path, scope)


def said(answer: Answer) -> str:
    """``done``, or why more is asked."""
    return "done" if answer.body["state"] == "done" else str(answer.body["why"])


async def tapped(at: Client) -> str:
    return said(await at.tap(UID))


async def test_as_shipped_a_copied_number_opens_nothing_in_another_place(opened: Open) -> None:
    async with opened("") as at:
        await at["desk-1"].open(UID, PIN)
        for elsewhere in ("theatre", "likewise", "nowhere"):
            assert await tapped(at[elsewhere]) == "new_place", elsewhere
        # The price that is left: the other stations of the same place.
        assert await tapped(at["desk-2"]) == "done"
        # Their PIN once, and the new place is theirs, too; the first one stays so.
        await at["theatre"].open(UID, PIN)
        for place in ("theatre", "desk-1", "desk-2"):
            assert await tapped(at[place]) == "done", place
        assert await tapped(at["likewise"]) == "new_place"
        # A station that names no place is one by itself.
        await at["nowhere"].open(UID, PIN)
        assert await tapped(at["nowhere"]) == "done"
        assert await tapped(at["nowhere-2"]) == "new_place"


async def test_at_the_station_alone(opened: Open) -> None:
    async with opened("station") as at:
        await at["desk-1"].open(UID, PIN)
        assert await tapped(at["desk-2"]) == "new_station"
        assert await tapped(at["desk-1"]) == "done"
        await at["desk-2"].open(UID, PIN)
        assert await tapped(at["desk-2"]) == "done"
        assert await tapped(at["desk-1"]) == "done"


async def test_anywhere_where_the_hospital_says_so(opened: Open) -> None:
    async with opened("anywhere") as at:
        await at["desk-1"].open(UID, PIN)
        for place in PLACES:
            assert await tapped(at[place]) == "done", place


async def test_what_is_left_of_grace_is_told_for_this_place(opened: Open) -> None:
    async with opened("") as at:
        view = await at["desk-1"].tap(UID)
        done = await at["desk-1"].pin(view.body["id"], PIN)
        assert done.body["session"]["grace_left"] == 4 * 3600
        view = await at["theatre"].tap(UID)
        assert said(view) == "new_place"
        assert [offer["method"] for offer in view.body["offers"]] == ["pin"]
