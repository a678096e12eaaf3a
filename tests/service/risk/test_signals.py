"""Each signal: when it fires, when it does not, and what quiets it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.service.risk import SIGNALS, Flow, PersonPast, RiskFacts, RiskRules, RolePast, StationPast, WalkingTime
from kiosk.service.risk.facts import WishFacts
from kiosk.service.risk.past import HOURS_OF_WEEK, SCALE, hour_of_week

NOW = 1_795_000_000
HOUR, DAY = 3600, 86_400
RULES = RiskRules(walks=(WalkingTime(frozenset(("ward 3", "radiology")), 12),))
QUIET = RiskFacts("step_up", NOW, station_id="s1", place="ward 3", source="10.0.0.1", zone="wards")
AT = StationPast(source="10.0.0.1", zone="wards")
DAYS = tuple(SCALE * 3 if hour % 24 in range(7, 17) else 0 for hour in range(HOURS_OF_WEEK))
"""Somebody who works by day, every day."""
NIGHT = NOW - NOW % DAY + 3 * HOUR
EXPORT = WishFacts(export=True, records=101)


def fired(facts: RiskFacts) -> set[str]:
    return {name for name, signal in SIGNALS.items() if signal(facts, RULES)}


def of(person: PersonPast, **more: object) -> RiskFacts:
    return replace(QUIET, person=person, **more)  # type: ignore[arg-type]  # fields of the dataclass


LOUD = [
    ("station_address", replace(QUIET, station=replace(AT, source="10.0.0.9"))),
    ("station_address", replace(QUIET, station=replace(AT, source_at=NOW - DAY + 1))),
    ("station_zone", replace(QUIET, station=replace(AT, zone="car park"))),
    ("station_zone", replace(QUIET, station=replace(AT, zone_at=NOW - 1))),
    ("station_hardware", replace(QUIET, station=replace(AT, hardware_at=NOW))),
    ("station_system", replace(QUIET, station=replace(AT, system_at=NOW - HOUR))),
    ("station_version", replace(QUIET, station=replace(AT, version_at=NOW - HOUR))),
    ("station_package", replace(QUIET, station=replace(AT, package_at=NOW - HOUR))),
    ("station_reported", replace(QUIET, station=replace(AT, reported=NOW - 2 * DAY))),
    ("station_reported", of(PersonPast(strong=NOW - 1), station=replace(AT, reported=NOW - DAY))),
    ("warned_high", of(PersonPast(warned_high=NOW - HOUR, warned=NOW - HOUR))),
    ("warned", of(PersonPast(warned=NOW - HOUR))),
    ("elsewhere", replace(QUIET, elsewhere=True)),
    ("too_far", of(PersonPast(station="s2", place="radiology", seen=NOW - 12 * 60 + 1))),
    ("too_far", of(PersonPast(far=NOW - HOUR))),
    ("unusual_hour", of(PersonPast(hours=DAYS), now=NIGHT)),
    ("export_volume", of(PersonPast(), wish=EXPORT, roles=(RolePast(100 * SCALE, 9),))),
    (
        "export_volume",
        of(PersonPast(exports=Flow(NOW, 1, 100)), wish=replace(EXPORT, records=1), roles=(RolePast(999),)),
    ),
    ("export_rate", of(PersonPast(exports=Flow(NOW - 60, 10, 10)), wish=replace(EXPORT, records=1))),
    ("export_beyond_role", of(PersonPast(exports=Flow(usual_amount=100 * SCALE)), wish=EXPORT)),
    ("strangers", replace(QUIET, wish=WishFacts(strangers=21))),
    ("failed_proofs", of(PersonPast(failed=5, failed_since=NOW - 599))),
    ("badge_lost", replace(QUIET, lost=NOW - 2 * DAY)),
    ("counter_back", of(PersonPast(back=NOW - DAY, doubted="key:x"))),
    ("factor_changed", replace(QUIET, changed=NOW - DAY + 1)),
    ("prompt_bombing", of(PersonPast(asked=12, asked_since=NOW - 60))),
    ("prompt_bombing", of(PersonPast(asked=3, turned_down=3, asked_since=NOW - 60))),
    ("clock_back", of(PersonPast(seen=NOW + 61, station="s1"))),
    ("past_unreadable", replace(QUIET, doubts=frozenset({"person"}))),
]


def test_nothing_is_unusual_of_somebody_about_whom_nothing_is_known() -> None:
    assert fired(QUIET) == set()
    assert fired(replace(QUIET, station=AT)) == set()


@pytest.mark.parametrize(("name", "facts"), LOUD, ids=[f"{name}-{number}" for number, (name, _) in enumerate(LOUD)])
def test_a_signal_fires_alone(name: str, facts: RiskFacts) -> None:
    assert fired(facts) == {name}


def test_each_signal_was_seen_to_fire() -> None:
    assert {name for name, _ in LOUD} == set(SIGNALS)


@pytest.mark.parametrize(
    "facts",
    [
        replace(QUIET, station=replace(AT, source_at=NOW - DAY)),
        replace(QUIET, station=replace(AT, zone="")),
        of(PersonPast(station="s2", place="radiology", seen=NOW - 12 * 60)),
        of(PersonPast(station="s2", place="laundry", seen=NOW - 1)),
        of(PersonPast(station="s1", place="radiology", seen=NOW - 1)),
        of(PersonPast(hours=DAYS), now=NIGHT + 9 * HOUR),
        of(PersonPast(hours=(SCALE * 19, *(0,) * 167)), now=NIGHT),
        of(PersonPast(exports=Flow(NOW - HOUR, 99, 9999)), wish=replace(EXPORT, records=100)),
        of(PersonPast(exports=Flow(NOW, 12, 60, 12, 60)), wish=replace(EXPORT, records=50)),
        of(
            PersonPast(exports=Flow(usual_amount=40 * SCALE)), wish=replace(EXPORT, records=120), roles=(RolePast(640),)
        ),
        of(PersonPast(strong=NOW - 899), wish=WishFacts(True, 9999, 500)),
        of(PersonPast(), wish=WishFacts(export=False, records=9999)),
        of(PersonPast(failed=5, failed_since=NOW - 600)),
        of(PersonPast(failed=4, failed_since=NOW)),
        of(PersonPast(asked=11, turned_down=2, asked_since=NOW)),
        replace(QUIET, lost=NOW - 3 * DAY, changed=NOW - DAY),
        of(PersonPast(seen=NOW + 60, station="s1")),
    ],
    ids=str,
)
def test_what_is_usual_is_quiet(facts: RiskFacts) -> None:
    assert fired(facts) == set()


SETTLED = {"station_hardware", "station_system", "station_version", "station_package", "badge_lost", "factor_changed"}


@pytest.mark.parametrize(("name", "facts"), [pair for pair in LOUD if pair[0] in SETTLED], ids=str)
def test_a_strong_success_since_quiets_it_and_one_before_does_not(name: str, facts: RiskFacts) -> None:
    assert fired(replace(facts, person=replace(facts.person, strong=NOW))) == set()
    assert fired(replace(facts, person=replace(facts.person, strong=NOW - 30 * DAY))) == {name}


def test_a_strong_success_makes_an_odd_hour_usual_for_a_while() -> None:
    odd = of(PersonPast(hours=DAYS), now=NIGHT)
    assert fired(replace(odd, person=replace(odd.person, strong=NIGHT - 4 * HOUR + 1))) == set()
    assert fired(replace(odd, person=replace(odd.person, strong=NIGHT - 4 * HOUR))) == {"unusual_hour"}


def test_a_clock_that_was_set_back_forgets_nothing_and_believes_no_success_to_come() -> None:
    later = of(PersonPast(failed=5, failed_since=NOW + DAY, strong=NOW + DAY), changed=NOW + DAY, lost=NOW + DAY)
    assert fired(later) == {"failed_proofs", "factor_changed", "badge_lost"}


def test_hours_of_the_week_begin_with_monday() -> None:
    assert hour_of_week(0) == 3 * 24, "the epoch was a Thursday"
    assert hour_of_week(4 * DAY) == 0
    assert hour_of_week(4 * DAY - 1) == 167
