"""A sealed code that opened something by the service opens nothing when the cable is pulled right after."""

from __future__ import annotations

import queue
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.agent.emergencies import Emergencies
from kiosk.agent.link import Link
from kiosk.client.enrol import enrol
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import EmergencyOpened, ServiceRefused
from kiosk.session.facts.session_orders import BeginEmergency
from kiosk.settings import AgentSettings, load
from tests.fakes.central import ServiceProcess

REASON = "patient in danger"
RULES = '\n[emergency]\nstations = ["resus-1"]\ncodes = true\nunknown = true\n'
CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


class Room:
    """A workstation that has heard its rules once, and whose event stream tells it nothing more."""

    def __init__(self, folder: Path) -> None:
        self.service, self.home = ServiceProcess(folder), folder / "home"
        with (self.service.data / "service.toml").open("a") as settings:
            settings.write(RULES)
        self.service.start()
        enrol(self.home, self.service.url, self.service.code("resus-1"))
        self.codes = CODE.findall(self.service.admin("emergency-codes", "print", "resus-1", "--count", "2"))
        self.heard: queue.Queue[Event] = queue.Queue()
        self.started()
        self.link.downtime.opened().heard(self.link.api().station())

    def started(self) -> None:
        """The station's program, started anew."""
        self.link = Link(self.home, load(AgentSettings, self.home / "agent.toml"), self.heard.put)
        self.emergencies = Emergencies(self.link, self.heard.put)
        self.emergencies.start()

    def types(self, code: str, reason: str = REASON) -> EmergencyOpened | ServiceRefused:
        self.emergencies.begin(BeginEmergency(1, SealedCodePresented(code), reason))
        while not isinstance(event := self.heard.get(timeout=30), EmergencyOpened | ServiceRefused):
            pass
        return event

    def ended(self) -> None:
        """The station's program ends."""
        self.emergencies.stop()
        self.link.stop()

    def close(self) -> None:
        self.ended()
        self.service.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.close()


def test_used_with_the_service_it_opens_nothing_without_it(room: Room) -> None:
    assert isinstance(room.types(room.codes[0]), EmergencyOpened)
    room.service.stop()
    assert room.types(room.codes[0]) == ServiceRefused(1, "bad_code")
    room.ended()
    room.started()
    assert room.types(room.codes[0]) == ServiceRefused(1, "bad_code"), "a restart forgot it"
    assert isinstance(room.types(room.codes[1]), EmergencyOpened), "the other envelope is good"


def test_one_that_the_service_refused_for_another_reason_is_good_still(room: Room) -> None:
    assert room.types(room.codes[0], "no such reason") == ServiceRefused(1, "not_a_reason")
    room.service.stop()
    assert isinstance(room.types(room.codes[0]), EmergencyOpened)


def test_used_without_the_service_it_opens_nothing_with_it_before_anything_was_told(room: Room) -> None:
    room.service.stop()
    assert isinstance(room.types(room.codes[0]), EmergencyOpened)
    room.service.start()
    room.ended()
    room.started()  # it finds the service again; its journal is not told yet
    assert not room.link.outage.away
    assert room.types(room.codes[0]) == ServiceRefused(1, "bad_code")
    assert isinstance(room.types(room.codes[1]), EmergencyOpened), "the other envelope is good"


def test_one_that_the_station_has_not_heard_of_yet_is_judged_by_the_service(room: Room) -> None:
    printed = room.service.admin("emergency-codes", "print", "resus-1", "--count", "1", "--keep")
    assert isinstance(room.types(CODE.findall(printed)[0]), EmergencyOpened)
