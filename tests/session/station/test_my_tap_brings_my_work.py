"""Ana works, a colleague's card covers their work, somebody taps next: what each of them expects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.model.proof import Fido2Presented
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, SecondFactor
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import EndWorkspace, ShowWorkspace
from tests.session.shift import Shift, a_station
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    BEN_BADGE,
    KEY_OFFER,
    PIN_OFFER,
    opened,
    refused,
    session,
    wants,
)


def ben_is_asked(shift: Shift) -> None:
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(wants("c7", BEN, PIN_OFFER))


def ben_is_asked_for_his_key(shift: Shift) -> None:
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(wants("c7", BEN, KEY_OFFER))
    shift.types("123456")
    assert shift.prove.stage == "hold"


def ben_is_waited_for(shift: Shift) -> None:
    shift.tap()
    shift.reads(BEN_BADGE)


def ben_has_begun_to_type(shift: Shift) -> None:
    ben_is_asked(shift)
    shift.keys("13")


def ben_gives_up(shift: Shift) -> None:
    ben_is_asked(shift)
    shift.presses(Button.CANCEL)


def ben_is_unknown(shift: Shift) -> None:
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(refused("c7", RefusalCode.UNKNOWN_BADGE))


def ben_opened_within_his_grace(shift: Shift) -> None:
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(opened("c7", session(7, BEN)))
    shift.happens(WorkspaceShown("ben"))


def ben_came_while_it_faded(shift: Shift) -> None:
    shift.leaves_alone()
    ben_is_asked(shift)


MISTAKES = [
    ben_is_asked,
    ben_is_asked_for_his_key,
    ben_is_waited_for,
    ben_has_begun_to_type,
    ben_gives_up,
    ben_is_unknown,
    ben_opened_within_his_grace,
    ben_came_while_it_faded,
]


def brought_back(shift: Shift) -> None:
    shift.says(opened("c9", session(9, ANA)))
    assert shift.did(ShowWorkspace) == [ShowWorkspace(ANA)]
    shift.happens(WorkspaceShown("ana"))
    if shift.name == "opening":
        shift.rings("still")  # What Ben still types goes to none of their programs.
    assert shift.shows(Active).person == ANA


@pytest.mark.parametrize("tap_out", ["lock", "sign_out"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_tap_of_the_one_who_was_covered_brings_their_work_back(
    mistake: Callable[[Shift], None], tap_out: str
) -> None:
    shift = a_station(tap_out=tap_out)
    anas = shift.works(ANA, ANA_BADGE)
    mistake(shift)
    shift.tap()
    shift.reads(ANA_BADGE)
    brought_back(shift)
    assert ReportEvent("lock", anas.id, "tap_over") in shift.history
    assert not any(isinstance(order, EndWorkspace) for order in shift.history)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_where_a_proof_is_due_it_is_asked_for_before_anything_is_shown(mistake: Callable[[Shift], None]) -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    mistake(shift)
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c9", ANA, PIN_OFFER))
    assert shift.shows(SecondFactor).person == ANA
    assert not shift.did(ShowWorkspace)
    shift.types("246810")
    brought_back(shift)


def test_a_proof_that_is_refused_leaves_their_work_covered() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    ben_is_asked(shift)
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c9", ANA, PIN_OFFER))
    shift.types("000000")
    shift.says(refused("c9", RefusalCode.LOCKED_OUT))
    shift.shows(LockScreen)
    assert not shift.did(ShowWorkspace)


def test_another_card_of_theirs_brings_it_back_too() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    ben_is_asked(shift)
    shift.tap()
    shift.reads(ANA_PIV)
    assert CancelCeremony("c7", "lifted") in shift.history
    brought_back(shift)


def test_two_keys_that_no_number_tells_apart_are_told_apart_by_their_person() -> None:
    key = Fido2Presented("a" * 32, has_pin=True, built_in_uv=False)
    shift = Shift()
    shift.works(ANA, key)
    shift.tap()
    shift.reads(key)
    shift.says(wants("c7", BEN, PIN_OFFER))
    shift.tap()
    shift.reads(key)
    brought_back(shift)


def test_who_is_on_the_screen_leaves_by_another_card_of_theirs_however_often_they_tap_it() -> None:
    shift = Shift()
    anas = shift.works(ANA, ANA_BADGE)
    for _ in range(2):
        shift.tap()
        shift.reads(ANA_PIV)
    shift.says(opened("c9", session(9, ANA)))
    shift.shows(LockScreen)
    assert ReportEvent("lock", anas.id, "tap_out") in shift.orders
    assert not shift.did(ShowWorkspace)


def test_a_third_colleague_signs_in_and_the_first_is_locked() -> None:
    shift = Shift()
    anas = shift.works(ANA, ANA_PIV)
    ben_is_asked(shift)
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c9", session(9, BEN)))
    assert shift.did(ShowWorkspace) == [ShowWorkspace(BEN)]
    assert ReportEvent("lock", anas.id, "tap_over") in shift.orders


def test_their_next_tap_leaves_once_they_are_back() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    ben_is_asked(shift)
    number = shift.tap()
    shift.reads(ANA_BADGE)
    brought_back(shift)
    shift.lift(number)
    shift.rings("settle")
    shift.tap()
    shift.reads(ANA_BADGE)
    assert ReportEvent("lock", "s9", "tap_out") in shift.orders
    shift.shows(LockScreen)


def test_the_hook_is_told_that_one_session_ended_and_the_next_began() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    ben_is_asked(shift)
    shift.tap()
    shift.reads(ANA_BADGE)
    brought_back(shift)
    told = [(o.event, o.person.login, o.reason) for o in shift.history if isinstance(o, RunHook)]
    assert told == [("tap_in", "ana", None), ("tap_out", "ana", "tap_over"), ("tap_in", "ana", None)]
