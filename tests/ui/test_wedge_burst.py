"""A reader's keys are told from a person's by their times, their number and the Enter behind them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model.wedge import MIN_TYPED
from kiosk.ui.wedge_burst import BurstOwner, Run

GAP = 50


def typed(gaps: list[int], enter: int | None, start: int = 1000) -> BurstOwner:
    """Whose the last run is: a first key, one more after each of ``gaps``, and Enter after ``enter`` milliseconds."""
    at, run = start, Run().followed(start, GAP)
    for gap in gaps:
        at += gap
        run = run.followed(at, GAP)
    return run.ended() if enter is None else run.entered(at + enter, GAP)


@pytest.mark.parametrize(
    ("gaps", "enter", "whose"),
    [
        ([0, 0, 0, 0], 0, BurstOwner.READER),
        ([50, 50, 50, 50], 50, BurstOwner.READER),
        ([8] * 15, 8, BurstOwner.READER),
        ([8, 8, 8], 8, BurstOwner.PERSON),  # four characters: too few
        ([8, 8, 51, 8, 8], 8, BurstOwner.PERSON),  # a pause parts two short runs
        ([120] * 9, 120, BurstOwner.PERSON),
        ([8] * 9, 51, BurstOwner.CUT),  # Enter came too late to be the reader's
        ([8] * 9, None, BurstOwner.CUT),
        ([8, 8, -1, 8, 8], 8, BurstOwner.PERSON),  # a clock that went back parts them
        ([], None, BurstOwner.PERSON),
    ],
)
def test_the_rule(gaps: list[int], enter: int | None, whose: BurstOwner) -> None:
    assert typed(gaps, enter) is whose


@given(st.lists(st.integers(0, GAP), min_size=MIN_TYPED - 1, max_size=40), st.integers(0, GAP), st.integers(0, 2**32))
def test_whatever_is_fast_enough_and_entered_is_a_readers(gaps: list[int], enter: int, start: int) -> None:
    assert typed(gaps, enter, start) is BurstOwner.READER


@given(st.lists(st.integers(GAP + 1, 5000), max_size=40), st.integers(0, 5000))
def test_nobody_who_types_slowly_is_a_reader(gaps: list[int], enter: int) -> None:
    assert typed(gaps, enter) is BurstOwner.PERSON


@given(st.lists(st.integers(-5, 200), max_size=40), st.one_of(st.none(), st.integers(-5, 200)))
def test_a_reader_is_never_without_enough_fast_keys_and_its_enter(gaps: list[int], enter: int | None) -> None:
    last = gaps[-(MIN_TYPED - 1) :]
    fast = len(last) == MIN_TYPED - 1 and all(0 <= gap <= GAP for gap in last)
    whose = typed(gaps, enter)
    assert (whose is BurstOwner.READER) == (fast and enter is not None and 0 <= enter <= GAP)
    assert (whose is BurstOwner.PERSON) == (not fast)
