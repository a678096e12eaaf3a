"""A person reads the screens in their own language, at whatever station, and the next one in the station's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.people import Person
from kiosk.model.proof import UidPresented
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.events import LanguageChanged
from kiosk.session.facts.orders import NextLanguage, ShowLanguage
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.session_orders import KeepLanguage
from kiosk.session.facts.stage_news import WorkspaceShown
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, opened, session


def spoken(shift: EnrolShift) -> list[str]:
    """Languages that were ordered so far, in their order."""
    return [order.language for order in shift.history if isinstance(order, ShowLanguage)]


def sign_in(shift: EnrolShift, language: str, person: Person = ANA, badge: UidPresented = ANA_BADGE) -> None:
    """By a tap alone; the service says which language it is."""
    shift.tap()
    shift.reads(badge)
    shift.says(opened("c1", replace(session(1 if person == ANA else 2, person), language=language)))
    shift.happens(WorkspaceShown(person.login))
    shift.lift()
    shift.rings("settle")


def test_it_comes_with_the_sign_in_and_goes_at_the_lock() -> None:
    shift = EnrolShift()
    sign_in(shift, "fr")
    assert spoken(shift) == ["fr"]
    shift.presses(Button.LOCK)
    shift.shows(LockScreen)
    assert spoken(shift) == ["fr", ""]


def test_who_has_none_is_spoken_to_as_the_lock_screen_did_and_it_goes_too() -> None:
    shift = EnrolShift()
    shift.presses(Button.LANGUAGE)
    assert shift.orders == (NextLanguage(),)
    shift.happens(LanguageChanged("es"))
    sign_in(shift, "")
    assert spoken(shift) == []
    shift.presses(Button.LOCK)
    assert spoken(shift) == [""]


def test_at_my_keys_it_is_chosen_for_good() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.LANGUAGE)
    shift.happens(LanguageChanged("es"))
    [kept] = [order for order in shift.orders if isinstance(order, KeepLanguage)]
    assert kept.language == "es"
    assert spoken(shift) == []
    shift.presses(Button.CANCEL)
    shift.happens(WorkspaceShown(ANA.login))
    assert spoken(shift) == [], "still theirs"
    shift.presses(Button.LOCK)
    assert spoken(shift) == [""]


@pytest.mark.parametrize("second", ["fr", "es", ""])
def test_a_colleagues_tap_brings_the_colleagues(second: str) -> None:
    shift = EnrolShift()
    sign_in(shift, "fr")
    sign_in(shift, second, BEN, BEN_BADGE)
    assert (spoken(shift)[0], spoken(shift)[-1]) == ("fr", second)
    assert shift.watch.state.language == second
