"""The service's database is restored from a backup: event numbers go back, and some sessions were never there.

A station that goes by the numbers it knew hears of no lock, and keeps open what the service does not know.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.client.enrol import enrol
from kiosk.demo.processes import until
from kiosk.session.facts.session_orders import ReportEvent
from tests.fakes.central import PIN, UID, ServiceProcess, free_port
from tests.fakes.gate import Gate
from tests.fakes.headless import Headless
from tests.fakes.over_tls import connected, station


class Ward:
    """A service behind a gate, so that a station can be cut off from it, and a station in front of it."""

    def __init__(self, folder: Path) -> None:
        self.backup = folder / "backup"
        self.service = ServiceProcess(folder, behind := free_port())
        self.service.person("anna", "Anna Berg")
        self.service.start()
        self.gate = Gate(int(self.service.url.rpartition(":")[2]), behind)
        self.home = folder / "station"

    def enrol(self) -> None:
        enrol(self.home, self.service.url, self.service.code("ward-3"))

    def keep(self) -> None:
        """A backup, as docs/install.md has it: the folder, while the service stands still."""
        self.service.stop()
        shutil.copytree(self.service.data, self.backup)
        self.service.start()

    def restore(self) -> None:
        self.service.stop()
        shutil.rmtree(self.service.data)
        shutil.copytree(self.backup, self.service.data)
        self.service.start()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    with made.gate:
        made.enrol()
        yield made
    made.service.close()


def locks(agent: Headless) -> list[ReportEvent]:
    return [order for order in agent.orders if isinstance(order, ReportEvent) and order.action == "lock"]


def test_a_lock_that_was_given_a_lower_number_than_the_station_knew_is_heard(ward: Ward) -> None:
    with Headless(ward.home) as agent:
        until("contact", lambda: agent.online)
        agent.sign_in(UID, PIN)
        ward.keep()
        for act in (("ca", "next"), ("ca", "switch", "--anyway"), ("ca", "retire", "--anyway")):
            ward.service.admin(*act)  # each is an event for every station
        until("it to have heard", lambda: agent.online and "ca-2" not in str(agent.seen[-1]))
        ward.gate.shut()
        until("the cut to be noticed", lambda: not agent.online)
        ward.restore()

        async def sign_in_elsewhere() -> None:
            async with connected(ward.service) as http:
                there = await station(ward.service, http, "ward-4")
                await there.open(UID, PIN)

        ward.gate.open = True
        asyncio.run(sign_in_elsewhere())
        until("the station to lock", lambda: agent.locked)
        assert locks(agent)


def test_a_session_that_the_restored_service_does_not_know_is_locked(ward: Ward) -> None:
    with Headless(ward.home) as agent:
        until("contact", lambda: agent.online)
        ward.keep()
        until("contact", lambda: agent.online)
        session = agent.sign_in(UID, PIN)
        ward.restore()
        until("the station to lock", lambda: agent.locked)
        assert [lock.session for lock in locks(agent)] == [session]
        assert agent.sessions().kept == (session,), "what they had open waits for them, locked"


def test_a_session_that_stands_is_not_disturbed_by_a_new_start(ward: Ward) -> None:
    with Headless(ward.home) as agent:
        until("contact", lambda: agent.online)
        session = agent.sign_in(UID, PIN)
        before = len(agent.seen)
        ward.service.stop()
        until("the loss to be noticed", lambda: not agent.online)
        ward.service.start()
        until("contact", lambda: agent.online)
        assert agent.link.api().session(session).state == "open"
        assert agent.sessions().open == (session,)
        assert not locks(agent), agent.seen[before:]
