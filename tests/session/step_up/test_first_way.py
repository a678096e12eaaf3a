"""A person who picked a way begins with it the next time; what is asked for decides all the same."""

from __future__ import annotations

from kiosk.model.ceremony import MethodOffer, Purpose, Why
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.person_input import MethodPicked
from kiosk.session.facts.stage_news import WorkspaceShown
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, CODE_OFFER, KEY, KEY_OFFER, PIN_OFFER, granted, rung, wants


def asked(shift: Shift, number: int, *offers: MethodOffer, person: Person = ANA) -> Method:
    """A wish comes; the way that is offered first."""
    shift.happens(rung(number))
    shift.says(wants(f"u{number}", person, *offers, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    return shift.prove.method


def by_code(shift: Shift, number: int) -> None:
    """They pick PIN and code instead of the key."""
    shift.happens(MethodPicked(Method.PIN))
    shift.types("246810")
    shift.says(wants(f"u{number}", ANA, KEY_OFFER, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.types("123456")
    shift.says(granted(f"u{number}", ANA))
    shift.happens(WorkspaceShown("ana"))


def by_key(shift: Shift, number: int) -> None:
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges(f"u{number}", Method.FIDO2)
    shift.signs()
    shift.says(granted(f"u{number}", ANA))
    shift.happens(WorkspaceShown("ana"))


def ways(shift: Shift) -> list[Method | None]:
    """What is remembered with each workspace that runs here."""
    return [running.way for running in shift.watch.state.workspaces]


def at_work() -> Shift:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    return shift


def test_the_key_comes_first_until_they_pick_another_way() -> None:
    shift = at_work()
    assert asked(shift, 1, KEY_OFFER, PIN_OFFER) == Method.FIDO2
    by_code(shift, 1)
    assert asked(shift, 2, KEY_OFFER, PIN_OFFER) == Method.PIN
    shift.happens(MethodPicked(Method.FIDO2))
    by_key(shift, 2)
    assert asked(shift, 3, KEY_OFFER, PIN_OFFER) == Method.FIDO2


def test_what_is_not_enough_is_not_offered_because_it_was_picked_before() -> None:
    shift = at_work()
    asked(shift, 1, KEY_OFFER, PIN_OFFER)
    by_code(shift, 1)
    assert asked(shift, 2, KEY_OFFER) == Method.FIDO2
    by_key(shift, 2)
    assert asked(shift, 3, KEY_OFFER, PIN_OFFER) == Method.PIN, "nothing else was picked since"


def test_a_way_that_was_not_granted_is_not_remembered() -> None:
    shift = at_work()
    asked(shift, 1, KEY_OFFER, PIN_OFFER)
    shift.happens(MethodPicked(Method.PIN))
    shift.happens(Pressed(Button.REFUSE))
    shift.happens(WorkspaceShown("ana"))
    assert ways(shift) == [None]


def test_it_outlives_a_lock_and_ends_with_their_workspace() -> None:
    shift = at_work()
    asked(shift, 1, KEY_OFFER, PIN_OFFER)
    by_code(shift, 1)
    shift.happens(Pressed(Button.LOCK))
    again = shift.works(ANA, ANA_BADGE)
    assert ways(shift) == [Method.PIN]
    shift.hears("end", again.id)
    assert ways(shift) == []
    shift.works(ANA, ANA_BADGE)
    assert ways(shift) == [None]
