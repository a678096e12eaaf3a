"""A rehearsal of a downtime at the station: never in the way of a real one; and what a reviewer's program hands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.downtime import Downtime
from kiosk.agent.helpdesk import hand_on
from kiosk.agent.link import Link
from kiosk.agent.outage import MAX_NAME, Outage
from kiosk.agent.worker import Job
from kiosk.client.api import Api
from kiosk.downtime.errors import JournalError
from kiosk.model.journal import ReplayIn, ReplayOut
from tests.fakes.apart import Apart, apart
from tests.fakes.hospitals import in_memory, service
from tests.fakes.service import Hospital

__all__ = ["in_memory", "service"]


class Telling:
    """Takes each batch whole, or refuses; what was sent."""

    def __init__(self) -> None:
        self.sent: list[ReplayIn] = []

    def replay(self, body: ReplayIn) -> ReplayOut:
        self.sent.append(body)
        return ReplayOut(body.head, "ok", ())


def now(job: Job) -> None:
    job()


class Station:
    """The part of an agent that an outage needs, on the journal and the tickets of ``ward``."""

    def __init__(self, ward: Apart, home: Path) -> None:
        self.service = Telling()
        self.posted: list[object] = []
        self.downtime = Downtime(home, ward.station.client_id, cast(Any, None), lambda: None, self.posted.append)
        self.downtime._own = ward.own
        self.outage = Outage(self.downtime, now, now, lambda: cast(Api, self.service), self.posted.append)


@pytest.fixture
async def station(service: Hospital, tmp_path: Path) -> Station:
    return Station(await apart(service, tmp_path), tmp_path / "agent")


async def test_a_marked_row_is_written_and_told_at_once_and_no_screen_hears_of_it(station: Station) -> None:
    assert station.outage.rehearse("r1")
    (batch,) = station.service.sent
    (row,) = batch.rows
    assert '"action":"rehearsal"' in row.body
    assert '"reason":"r1"' in row.body
    assert '"kept":"yes"' in row.body
    assert '"tickets":"1"' in row.body
    assert '"emergency":"none"' in row.body
    assert not station.outage.behind
    assert station.posted == []


async def test_nothing_is_rehearsed_while_the_service_is_away_or_has_not_heard_everything(station: Station) -> None:
    station.outage.begins()
    assert not station.outage.rehearse("r1")
    assert station.service.sent == []


@pytest.mark.parametrize("name", ["", "x" * (MAX_NAME + 1)])
async def test_a_name_that_is_none_rehearses_nothing(station: Station, name: str) -> None:
    assert not station.outage.rehearse(name)
    assert station.service.sent == []


async def test_a_journal_that_cannot_be_written_is_said_as_in_an_outage(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_what: object) -> None:
        raise JournalError("The disk is full.")

    monkeypatch.setattr(station.downtime, "write", full)
    station.outage.rehearse("r1")
    assert [type(event).__name__ for event in station.posted] == ["RoomFailed"]


@pytest.mark.parametrize(
    "request_",
    [
        Request(op="help_desk", act="show", token="t"),
        Request(op="help_desk", act="close", token="t", reset="R-1"),
        Request(op="help_desk", act="list", token="t", case="C-1"),
        Request(op="help_desk", act="begin", token="t", case="C-1"),
        Request(op="help_desk", act="approve", token="t", reset="R-1", case="C-1"),
        Request(op="help_desk", act="list"),
    ],
)
def test_a_request_that_lacks_something_or_says_too_much_goes_nowhere(request_: Request) -> None:
    with pytest.raises(DoorbellRequestError) as caught:
        hand_on(cast(Link, None), request_)
    assert caught.value.code == "bad_request"
