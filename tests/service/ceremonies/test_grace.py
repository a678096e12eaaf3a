"""How far a second factor carries: by place, by time, by what it was worth, and with what became of its station."""

from __future__ import annotations

import pytest

from kiosk.service.policy import rules_from
from kiosk.service.shared.place_names import place_of
from kiosk.service.store import workstations
from kiosk.service.store.sessions import MAX_PLACES, full_proofs
from tests.fakes.client import Client
from tests.fakes.service import Hospital, with_rules

ADA = "04A1B2C3"
HOUR = 3600


async def ready(hospital: Hospital) -> str:
    ada = await hospital.person("ada")
    await hospital.badge(ada, ADA)
    return ada


async def why(station: Client) -> str:
    answer = (await station.tap(ADA)).body
    return "done" if answer["state"] == "done" else str(answer["why"])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ward 3", "ward  3 ", True),
        ("Ward 3 / Room 1", "Ward 3/Corridor", True),
        ("Ward 3, bed 12", "Ward 3, bed 13", True),
        ("Ward 3", "Ward 31", False),
        ("Ward 3", "Ward 3 North", False),
        ("WARD ÉTAGE", "ward étage", True),
    ],
)
def test_a_place_is_what_stands_before_the_first_comma_or_stroke(one: str, other: str, same: bool) -> None:
    assert (place_of(one) == place_of(other)) is same
    assert place_of(" / Room 1") == ""


async def test_the_proof_at_each_place_ends_in_its_own_time(either: Hospital) -> None:
    await ready(either)
    here, there = await either.station("a", "Ward 1"), await either.station("b", "Ward 2")
    await here.open(ADA)
    either.clock.pass_by(3 * HOUR)
    assert await why(there) == "new_place"
    await there.open(ADA)
    either.clock.pass_by(HOUR)
    assert await why(here) == "new_place", "its own is over, the other's not"
    assert await why(there) == "done"
    either.clock.pass_by(3 * HOUR)
    assert await why(here) == "grace_over"
    assert await why(there) == "grace_over"


async def test_a_station_that_is_gone_or_stands_elsewhere_now_vouches_for_its_old_place_no_more(
    either: Hospital,
) -> None:
    await ready(either)
    here, beside = await either.station("a", "Ward 1"), await either.station("b", "Ward 1 / Room 2")
    await here.open(ADA)
    assert await why(beside) == "done"
    await either.db.write(workstations.revoke, here.client_id, int(either.clock()))
    assert await why(beside) == "new_place"


async def test_a_clock_that_was_set_back_carries_nobody(service: Hospital) -> None:
    await ready(service)
    here = await service.station("a", "Ward 1")
    await here.open(ADA)
    service.clock.pass_by(-120)
    assert await why(here) == "grace_over"


async def test_a_step_up_and_a_tap_renew_no_place(service: Hospital) -> None:
    await ready(service)
    here = await service.station("a", "Ward 1")
    await here.open(ADA)
    service.clock.pass_by(4 * HOUR - 1)
    assert await why(here) == "done"
    service.clock.pass_by(1)
    assert await why(here) == "grace_over"


async def test_under_another_rule_the_same_proofs_are_read_anew(service: Hospital) -> None:
    await ready(service)
    here, there = await service.station("a", "Ward 1"), await service.station("b", "Ward 2")
    await here.open(ADA)
    with with_rules(service, rules_from({"grace_scope": "anywhere"})):
        assert await why(there) == "done"
    with with_rules(service, rules_from({"grace_scope": "station"})):
        assert await why(there) == "new_station"


async def test_no_more_places_are_remembered_than_anybody_works_at(service: Hospital) -> None:
    ada = await ready(service)
    for number in range(MAX_PLACES + 5):
        await (await service.station(f"s{number}", f"Ward {number}")).open(ADA)
        service.clock.pass_by(1)
    _, there = await service.db.read(full_proofs, ada)
    assert len(there) == MAX_PLACES
    service.clock.pass_by(25 * HOUR)
    await (await service.station("last", "Ward last")).open(ADA)
    _, there = await service.db.read(full_proofs, ada)
    assert len(there) == 1
