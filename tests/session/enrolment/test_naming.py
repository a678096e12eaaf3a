"""In My keys a person gives a key a name of their own."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_orders import NameFactor
from kiosk.session.facts.enrolment_screens import MyKeys
from kiosk.session.facts.person_input import FactorNamed, FactorPicked
from kiosk.session.facts.service_answers import FactorsReceived
from tests.session.enrolments import LOST_KEY, factors
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE


def at_their_key() -> Shift:
    """Ana looks at their key."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.MY_KEYS)
    shift.happens(FactorsReceived(shift.last_turn(), factors()), FactorPicked("f2"))
    return shift


def test_it_is_typed_sent_and_shown() -> None:
    shift = at_their_key()
    shift.presses(Button.NAME)
    assert shift.shows(MyKeys).naming
    shift.happens(FactorNamed("  Red   key "))
    [order] = shift.did(NameFactor)
    assert (order.factor, order.name) == ("f2", "Red key")
    named = replace(factors(), factors=(replace(LOST_KEY, name="Red key"),))
    shift.happens(FactorsReceived(order.turn, named))
    screen = shift.shows(MyKeys)
    assert (screen.factors[0].name, screen.chosen, screen.naming) == ("Red key", "f2", False)


def test_a_name_that_cannot_be_shown_is_said_so_and_typed_anew() -> None:
    shift = at_their_key()
    shift.presses(Button.NAME)
    shift.happens(FactorNamed("key\u202e"))
    assert shift.did(NameFactor) == []
    assert (shift.shows(MyKeys).notice, shift.shows(MyKeys).naming) == (notices.NAME_NOT_DRAWABLE, True)


def test_escape_leaves_the_name_as_it_is_and_a_badge_has_none() -> None:
    shift = at_their_key()
    shift.presses(Button.NAME)
    shift.presses(Button.CANCEL)
    assert (shift.shows(MyKeys).naming, shift.shows(MyKeys).chosen) == (False, "f2")
    shift.happens(FactorNamed("Red key"))
    assert shift.did(NameFactor) == [], "nobody asked for it"
    shift.happens(FactorPicked("f1"))
    shift.presses(Button.NAME)
    assert not shift.shows(MyKeys).naming
