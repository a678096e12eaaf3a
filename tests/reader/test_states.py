"""What the readers show, turned into taps and lifts: every case of the table, and what holds for any sequence."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model.card import CardService, Lift, ReaderRole, ReaderState, Tap
from kiosk.reader.states import KnownReader, ReaderSnapshot, Roles, advance, forget, health

EMPTY = ReaderSnapshot("A", event=4)
CARD = ReaderSnapshot("A", present=True, event=5, atr=b"\x3b")
ROLES = Roles()


def run(*views: list[ReaderSnapshot], roles: Roles = ROLES) -> tuple[tuple[KnownReader, ...], list[Tap | Lift]]:
    """Everything that happened over these views, after the first of them."""
    number = itertools.count(1).__next__
    known: tuple[KnownReader, ...] = ()
    happened: list[Tap | Lift] = []
    for at, view in enumerate(views):
        known, events = advance(known, view, roles, number, float(at))
        happened.extend(events)
    return known, happened


def summary(events: list[Tap | Lift]) -> list[tuple[str, int]]:
    return [(type(event).__name__, event.number) for event in events]


@pytest.mark.parametrize(
    ("views", "happened", "state"),
    [
        pytest.param([EMPTY], [], ReaderState.READY, id="an empty reader is ready"),
        pytest.param([EMPTY, CARD], ["Tap"], ReaderState.CARD, id="a card comes"),
        pytest.param([EMPTY, CARD, replace(EMPTY, event=6)], ["Tap", "Lift"], ReaderState.READY, id="a card leaves"),
        pytest.param([CARD], ["Tap"], ReaderState.LEFT, id="a card lies there from before"),
        pytest.param([EMPTY, CARD, CARD], ["Tap"], ReaderState.CARD, id="the same card is one tap"),
        pytest.param(
            [EMPTY, CARD, replace(CARD, event=7)], ["Tap", "Lift", "Tap"], ReaderState.CARD, id="a swap nobody saw"
        ),
        pytest.param(
            [CARD, replace(CARD, event=7)], ["Tap", "Lift", "Tap"], ReaderState.CARD, id="a card left there is swapped"
        ),
        pytest.param(
            [EMPTY, replace(CARD, event=EMPTY.event), CARD], ["Tap"], ReaderState.CARD, id="seen before it is counted"
        ),
        pytest.param(
            [EMPTY, replace(CARD, event=EMPTY.event), replace(CARD, event=EMPTY.event), CARD],
            ["Tap"],
            ReaderState.CARD,
            id="seen twice before it is counted",
        ),
        pytest.param(
            [CARD, replace(EMPTY, event=5), replace(EMPTY, event=5), replace(EMPTY, event=6)],
            ["Tap", "Lift"],
            ReaderState.READY,
            id="seen to leave before it is counted",
        ),
        pytest.param(
            [replace(EMPTY, event=0xFFFF), *[replace(CARD, event=0xFFFF)] * 2, replace(CARD, event=0)],
            ["Tap"],
            ReaderState.CARD,
            id="seen before the counter wraps",
        ),
        pytest.param([EMPTY, replace(EMPTY, event=6)], ["Tap", "Lift"], ReaderState.READY, id="a tap too short"),
        pytest.param([EMPTY, replace(CARD, mute=True)], [], ReaderState.MUTE, id="a mute card is no tap"),
        pytest.param(
            [EMPTY, replace(CARD, mute=True), CARD], ["Tap"], ReaderState.CARD, id="a mute card finds its voice"
        ),
        pytest.param(
            [EMPTY, CARD, replace(CARD, exclusive=True)], ["Tap"], ReaderState.EXCLUSIVE, id="another program takes it"
        ),
        pytest.param(
            [EMPTY, CARD, replace(CARD, exclusive=True), CARD], ["Tap"], ReaderState.CARD, id="and gives it back"
        ),
        pytest.param(
            [replace(EMPTY, event=0xFFFF), replace(CARD, event=0)], ["Tap"], ReaderState.CARD, id="the counter wraps"
        ),
        pytest.param(
            [replace(EMPTY, event=0xFFFF), replace(EMPTY, event=1)],
            ["Tap", "Lift"],
            ReaderState.READY,
            id="wraps",
        ),
    ],
)
def test_one_reader(views: list[ReaderSnapshot], happened: list[str], state: ReaderState) -> None:
    known, events = run(*([view] for view in views))
    assert [type(event).__name__ for event in events] == happened
    assert [reader.state for reader in known] == [state]


def test_only_a_card_that_lay_there_before_is_not_fresh() -> None:
    _, events = run([CARD], [replace(CARD, event=7)], [replace(EMPTY, event=8)], [replace(CARD, event=9)])
    assert [event.fresh for event in events if isinstance(event, Tap)] == [False, True, True]


def test_a_mute_card_that_lay_there_before_is_not_fresh_when_it_answers() -> None:
    known, events = run([replace(CARD, mute=True)], [CARD])
    assert [event.fresh for event in events if isinstance(event, Tap)] == [False]
    assert known[0].state is ReaderState.LEFT


def test_a_tap_tells_its_card_its_count_and_its_time() -> None:
    _, events = run([EMPTY], [CARD])
    assert events == [Tap(1, "A", ReaderRole.TAP, b"\x3b", 5, 1.0, fresh=True)]


def test_a_card_that_is_seen_before_it_is_counted_has_the_number_that_it_gets() -> None:
    _, (tap,) = run([EMPTY], [replace(CARD, event=EMPTY.event)])
    assert isinstance(tap, Tap) and tap.event == CARD.event


def test_an_unplugged_reader_is_shown_as_gone_and_its_card_as_lifted() -> None:
    known, events = run([EMPTY], [CARD], [])
    assert summary(events) == [("Tap", 1), ("Lift", 1)]
    assert [reader.state for reader in known] == [ReaderState.GONE]
    assert health(known).service is CardService.NO_READER


def test_a_reader_that_is_plugged_in_again_with_a_card_on_it_has_no_fresh_tap() -> None:
    known, events = run([EMPTY], [], [CARD])
    assert [event.fresh for event in events if isinstance(event, Tap)] == [False]
    assert [reader.state for reader in known] == [ReaderState.LEFT]


def test_no_reader_at_all_is_said() -> None:
    assert health(run([])[0]).service is CardService.NO_READER


def test_two_readers_do_not_mix_and_numbers_run_over_both() -> None:
    other = ReaderSnapshot("B", event=0)
    _, events = run(
        [EMPTY, other], [CARD, other], [CARD, replace(other, present=True, event=1)], [replace(EMPTY, event=6)]
    )
    assert [(type(e).__name__, e.number, e.reader) for e in events] == [
        ("Tap", 1, "A"),
        ("Tap", 2, "B"),
        ("Lift", 1, "A"),
        ("Lift", 2, "B"),
    ]


def test_when_the_service_stops_every_card_counts_as_lifted() -> None:
    known, _ = run([EMPTY], [CARD])
    assert forget(known, 9.0) == (Lift(1, "A", ReaderRole.TAP, 9.0),)
    assert forget((), 9.0) == ()


def test_roles_and_wanted_readers_go_by_a_part_of_the_name() -> None:
    roles = Roles(wanted=("ACS", "Slot"), insertion=("Slot",))
    assert roles.wants("ACS ACR1252 01 00")
    assert not roles.wants("Other")
    assert roles.role("Inner Slot 0") is ReaderRole.INSERTION
    assert roles.role("ACS ACR1252 01 00") is ReaderRole.TAP


def test_a_card_that_comes_after_one_seen_to_leave_before_it_was_counted_has_its_own_number() -> None:
    _, events = run([CARD], [replace(EMPTY, event=5)], [replace(CARD, event=6)])
    assert [event.event for event in events if isinstance(event, Tap)] == [5, 7]


steps = st.lists(
    st.sampled_from(["come", "leave", "mute", "speak", "take", "give", "look", "glimpse", "unplug", "plug"]),
    max_size=40,
)


@given(steps)
def test_taps_and_lifts_alternate_whatever_happens_between_two_looks(acts: list[str]) -> None:
    """A reader is driven by random acts and looked at now and then, as by a slow consumer.

    A glimpse is a look that comes before what happened last is counted, and after what happened before it was seen.
    """
    reader, plugged = ReaderSnapshot("A"), True
    arrivals: set[int] = set()
    views: list[list[ReaderSnapshot]] = [[reader]]
    for before, act in itertools.pairwise(["look", *acts]):
        match act:
            case "glimpse" if (
                before in ("come", "leave") and plugged and views[-1][-1:] and (views[-1][0].event == reader.event - 1)
            ):
                views.append([replace(reader, event=reader.event - 1)])
            case "come" if not reader.present:
                reader = replace(reader, present=True, event=reader.event + 1, atr=b"\x3b")
                arrivals.add(reader.event)
            case "leave" if reader.present:
                reader = replace(reader, present=False, mute=False, exclusive=False, event=reader.event + 1, atr=b"")
            case "mute" | "speak" if reader.present:
                reader = replace(reader, mute=act == "mute")
            case "take" | "give" if reader.present:
                reader = replace(reader, exclusive=act == "take")
            case "unplug" | "plug":
                plugged = act == "plug"
            case "look":
                views.append([reader] if plugged else [])
    known, events = run(*views)
    lying: int | None = None
    for event in events:
        if isinstance(event, Tap):
            assert lying is None
            assert event.event in arrivals
            lying = event.number
        else:
            assert event.number == lying
            lying = None
    assert known[0].tap == lying
    numbers = [event.number for event in events if isinstance(event, Tap)]
    assert numbers == list(range(1, len(numbers) + 1))
    last = views[-1]
    if last and last[0].present and not last[0].mute:
        assert lying is not None, "a card that lies there and answers is a tap"
    if not last or not last[0].present:
        assert lying is None
