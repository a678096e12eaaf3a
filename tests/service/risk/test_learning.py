"""How the past moves on: it stays bounded, it fades, and only what was proved teaches it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.risk import Flow, PersonPast, RolePast, StationPast, learning
from kiosk.service.risk.past import HOURS_OF_WEEK, MAX_WARDS, SCALE, hour_of_week

NOW = 1_795_000_000
HOUR, WEEK = 3600, 7 * 86_400


def opened(past: PersonPast, now: int = NOW, place: str = "ward 3", *, proved: bool = True) -> PersonPast:
    return learning.opened(past, now, "s1", place, proved=proved, far=False)


def test_a_tap_alone_moves_the_place_and_teaches_no_habit() -> None:
    past = opened(PersonPast(), proved=False)
    assert (past.station, past.place, past.seen) == ("s1", "ward 3", NOW)
    assert (past.hours, past.wards) == ((), ())


def test_a_proved_sign_in_teaches_its_hour_and_ward() -> None:
    past = opened(opened(PersonPast()), place="ward 4")
    assert past.hours[hour_of_week(NOW)] == 2 * SCALE
    assert sum(past.hours) == 2 * SCALE
    assert past.wards == ("ward 3", "ward 4")
    assert opened(past).wards == ("ward 4", "ward 3"), "the last one last"


def test_habits_fade_by_the_week_and_not_backwards() -> None:
    past = opened(opened(PersonPast()))
    later = opened(past, NOW + 2 * WEEK)
    assert later.hours[hour_of_week(NOW)] == 2 * SCALE * 7 // 8 * 7 // 8 + SCALE
    back = opened(later, NOW - WEEK)
    assert sum(back.hours) == sum(later.hours) + SCALE
    assert back.week == later.week
    assert sum(opened(past, NOW + 100 * WEEK).hours) == SCALE


@given(st.lists(st.tuples(st.integers(0, 3 * WEEK), st.text(max_size=3)), max_size=40))
@settings(max_examples=50, deadline=None)
def test_it_stays_bounded_whatever_comes(steps: list[tuple[int, str]]) -> None:
    past, now = PersonPast(), NOW
    for seconds, place in steps:
        now += seconds
        past = opened(past, now, place)
        past = learning.asked(learning.failed(past, now, 600), now, 600)
    assert len(past.wards) <= MAX_WARDS
    assert len(past.hours) in (0, HOURS_OF_WEEK)
    assert all(0 <= count <= learning.MAX_COUNT for count in past.hours)


def test_failures_are_counted_within_their_time() -> None:
    past = learning.failed(learning.failed(PersonPast(), NOW, 600), NOW + 599, 600)
    assert (past.failed, past.failed_since) == (2, NOW)
    assert learning.failed(past, NOW + 600, 600).failed == 1


def test_prompts_that_are_given_up_count_and_one_that_is_granted_ends_it() -> None:
    past = PersonPast()
    for second in range(3):
        past = learning.turned_down(learning.asked(past, NOW + second, 600), NOW + second, 600)
    assert (past.asked, past.turned_down) == (3, 3)
    assert learning.granted(past) == PersonPast()
    assert learning.turned_down(PersonPast(), NOW, 600).turned_down == 1


def test_an_average_is_of_hours_in_which_there_was_any() -> None:
    flow = Flow()
    for hour, amount in enumerate((10, 20, 30)):
        flow, ended = learning.flowed(flow, NOW + hour * HOUR, amount)
        assert ended == (None, 10, 20)[hour]
    assert (flow.usual_amount, flow.hours, flow.amount) == (15 * SCALE, 2, 30)
    again, ended = learning.flowed(flow, NOW + 2 * HOUR + 1, 5)
    assert (again.amount, again.count, ended) == (35, 2, None)


def test_a_strong_success_forgets_this_hour_but_not_what_is_usual() -> None:
    flow, _ = learning.flowed(Flow(), NOW, 40)
    past = learning.strong(PersonPast(exports=flow, failed=3, asked=4, turned_down=2), NOW, "key:a")
    assert (past.strong, past.failed, past.asked, past.turned_down) == (NOW, 0, 0, 0)
    assert past.exports.amount - past.exports.calm_amount == 0
    _, ended = learning.flowed(past.exports, NOW + HOUR, 1)
    assert ended == 40


def test_the_key_that_counted_backwards_is_no_witness_for_itself() -> None:
    past = learning.counted_back(PersonPast(), NOW, "key:a")
    assert learning.strong(past, NOW + 1, "key:a") is past
    assert learning.strong(past, NOW + 1, "key:b").doubted == ""


def test_a_role_moves_slowly() -> None:
    role = RolePast()
    for _ in range(40):
        role = learning.of_role(role, 10)
    assert role.usual_amount == 10 * SCALE
    assert learning.of_role(role, 3200).usual_amount == 10 * SCALE + 3190 * SCALE // 32


def test_what_a_station_says_first_is_no_change_and_silence_is_one() -> None:
    said = {"hardware": "a", "system": "debian 12", "version": "1", "package": "p"}
    first = learning.says(StationPast(), NOW, **said)
    assert (first.hardware_at, first.system_at, first.version_at, first.package_at) == (0, 0, 0, 0)
    assert learning.says(first, NOW + 1, **said) == first
    silent = learning.says(first, NOW + 1, **{**said, "hardware": ""})
    assert silent.hardware_at == NOW + 1
    other = learning.says(first, NOW + 1, **{**said, "package": "q"})
    assert (other.package_at, other.version_at) == (NOW + 1, 0)
    newer = learning.says(first, NOW + 1, **{**said, "package": "q", "version": "2"})
    assert (newer.package_at, newer.version_at) == (0, NOW + 1), "a new version has new files"


def test_a_zone_that_is_named_for_the_first_time_is_no_move() -> None:
    first = learning.at_source(StationPast(), NOW, "10.0.0.1", "")
    named = learning.at_source(first, NOW, "10.0.0.1", "wards")
    assert (named.zone, named.zone_at, named.source_at) == ("wards", 0, 0)
    moved = learning.at_source(named, NOW, "10.9.0.1", "")
    assert (moved.zone_at, moved.source_at) == (NOW, NOW)
