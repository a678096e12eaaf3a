"""Long random shifts: whatever happens in whatever order, every step keeps the rules of ``Watch``."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.card import Tap
from kiosk.model.enrolment import FactorKind
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_answers import CredentialMade, KeyRead, PivRead, Probed, Signed
from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import Entered, Keyed, KindPicked
from kiosk.session.facts.service_answers import CeremonyUpdated, ChallengeReceived, EnrolmentUpdated, FactorsReceived
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.state import initial
from kiosk.session.facts.station_news import Started
from kiosk.session.step import step
from tests.session.choices import choices
from tests.session.watch import Watch
from tests.session.wizard import EnrolShift
from tests.session.world import STATION

LIKELY = (Tap, Probed, CeremonyUpdated, Keyed, Entered, WorkspaceShown)
"""What happens on most days; drawn half of the time so that shifts get far."""

ENROLLING = (
    *LIKELY,
    EnrolmentUpdated,
    FactorsReceived,
    KeyRead,
    CredentialMade,
    PivRead,
    ChallengeReceived,
    Signed,
    KindPicked,
)

draws = st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), min_size=20, max_size=80)


def pick(candidates: list[Event], likely: bool, number: int, kinds: tuple[type[Event], ...] = LIKELY) -> Event:
    """One of the candidates; of these ``kinds`` if that is ``likely``."""
    some = [event for event in candidates if isinstance(event, kinds)] if likely else candidates
    return some[number % len(some)]


@given(draws)
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_events_breaks_a_rule(drawn: list[tuple[bool, int]]) -> None:
    watch = Watch(initial())
    watch.feed(Started(STATION))
    for serial, (likely, number) in enumerate(drawn, start=1):
        watch.feed(pick(choices(watch.state, serial), likely, number))


@given(draws, st.booleans(), st.sampled_from(FactorKind))
@settings(max_examples=100, deadline=None)
def test_no_sequence_of_events_breaks_a_rule_in_an_enrolment(
    drawn: list[tuple[bool, int]], at_lock_screen: bool, kind: FactorKind
) -> None:
    shift = EnrolShift()
    if at_lock_screen:
        shift.unknown()
        shift.presses(Button.ENROL)
    else:
        shift.at_their_keys()
        shift.picks(kind)
    for serial, (likely, number) in enumerate(drawn, start=1000):
        candidates = choices(shift.watch.state, serial)
        shift.watch.feed(pick(candidates, likely, number, ENROLLING))


@given(draws)
@settings(max_examples=30, deadline=None)
def test_the_same_events_always_lead_to_the_same_state_and_orders(drawn: list[tuple[bool, int]]) -> None:
    state = initial()
    for serial, (likely, number) in enumerate(drawn, start=1):
        event = pick(choices(state, serial), likely, number)
        again = step(state, event)
        state, orders = step(state, event)
        assert repr((state, orders)) == repr(again), "but for secrets, of which each step makes its own"
