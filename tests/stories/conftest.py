"""One hospital for all stories on SQLite: two stations, each with its own screen and reader, and a counter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.demo.cardservice import VirtualCardService
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace

RULES = """
[risk]
enabled = false

[emergency]
stations = ["resus-1"]
unknown = true
step_up = ["record.export"]
step_up_records = 20

[policy]
lockout = 4
quick_failures = 50
"""
"""Few tries, so that a lock-out is reached soon; no slowing down, which has tests of its own. Emergency access at a
station that one story has. Nothing is unusual here, where everybody is asked and refuses all
day: risk has its own tests. The table that stories add to stands last."""


@pytest.fixture(scope="session")
def ward(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    hospital = Ward(tmp_path_factory.mktemp("hospital"), cards=one_card_service, settings=RULES)
    try:
        hospital.start()
        yield hospital
    finally:
        hospital.stop()


@pytest.fixture(scope="session")
def both(ward: Ward) -> tuple[Workplace, Workplace]:
    first = ward.workplace("ward-3", "Ward 3 North", slot=0)
    second = ward.workplace("ward-4", "Ward 4 South", slot=1)
    for place in (first, second):
        place.station.start()
        place.wait("locked", service="online")
    return first, second


@pytest.fixture(scope="session")
def resus(ward: Ward, both: tuple[Workplace, Workplace]) -> Workplace:
    """A station that ``[emergency]`` names, in the same place as the second one of the stories.

    It goes on when its story is over, so its reader is no other's.
    """
    assert both
    place = ward.workplace("resus-1", "Ward 4 South", slot=4)
    place.station.start()
    place.wait("locked", service="online")
    return place


@pytest.fixture
def here(both: tuple[Workplace, Workplace]) -> Workplace:
    """The first station, locked, in touch with its service."""
    return at_rest(both[0])


@pytest.fixture
def there(both: tuple[Workplace, Workplace]) -> Workplace:
    """The second station, as the first."""
    return at_rest(both[1])


def at_rest(place: Workplace) -> Workplace:
    """Whatever the last story did to it: in touch anew after a service that was down, which takes some seconds."""
    place.lock()
    place.wait("locked", "refused", service="online", card_service="ok")
    return place
