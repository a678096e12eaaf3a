"""Long random shifts: whatever happens in whatever order, every step keeps the rules of ``Watch``."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.card import Tap
from kiosk.session.events import Answered, Event, Probed, Started, Typed, WorkspaceShown
from kiosk.session.state import initial
from kiosk.session.step import step
from tests.session.choices import choices
from tests.session.watch import Watch
from tests.session.world import STATION

LIKELY = (Tap, Probed, Answered, Typed, WorkspaceShown)
"""What happens on most days; drawn half of the time so that shifts get far."""

draws = st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), min_size=20, max_size=80)


def pick(candidates: list[Event], likely: bool, number: int) -> Event:
    """One of the candidates."""
    some = [event for event in candidates if isinstance(event, LIKELY)] if likely else candidates
    return some[number % len(some)]


@given(draws)
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_events_breaks_a_rule(drawn: list[tuple[bool, int]]) -> None:
    watch = Watch(initial())
    watch.feed(Started(STATION))
    for serial, (likely, number) in enumerate(drawn, start=1):
        watch.feed(pick(choices(watch.state, serial), likely, number))


@given(draws)
@settings(max_examples=30, deadline=None)
def test_the_same_events_always_lead_to_the_same_state_and_orders(drawn: list[tuple[bool, int]]) -> None:
    state = initial()
    for serial, (likely, number) in enumerate(drawn, start=1):
        event = pick(choices(state, serial), likely, number)
        again = step(state, event)
        state, orders = step(state, event)
        assert (state, orders) == again
