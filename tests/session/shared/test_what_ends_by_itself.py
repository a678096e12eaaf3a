"""What covers a workspace ends without its person: the cover stays, says what happened, and goes when nobody types."""

from __future__ import annotations

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import Purpose
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button, KeyPress
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.events import StepUpWithdrawn
from kiosk.session.facts.orders import SetTimer
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Aftermath, Fading, Opening, StepUp
from kiosk.session.facts.service_answers import ServiceRefused, Unreachable
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import Cover, ShowWorkspace
from kiosk.session.facts.state import STILL
from tests.session.shift import Shift, a_station, asked, seconds_of
from tests.session.world import ANA, ANA_BADGE, BEN_BADGE, KEY, granted, opened, refused, rung, session


def impatient(shift: Shift) -> Shift:
    """From now on nobody waits for anything."""
    shift.patient = False
    return shift


def ended(shift: Shift) -> str:
    """What is said of the end."""
    assert not shift.did(ShowWorkspace)
    return shift.shows(Aftermath).notice.key


def test_a_prompt_that_its_program_takes_back_keeps_the_cover_until_nobody_types() -> None:
    shift = impatient(asked())
    shift.happens(StepUpWithdrawn(1))
    assert ended(shift) == "notice.step_up_withdrawn"
    for _ in range(5):
        shift.happens(KeyPress())
        shift.shows(Aftermath)
    assert seconds_of(shift, STILL)[-6:] == [2] * 6, "two seconds after each"
    shift.rings(STILL)
    assert shift.did(ShowWorkspace)
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.step_up_withdrawn", "and the bar says it, too"


def test_a_touch_of_its_button_ends_it_at_once_and_enter_and_escape_do_not() -> None:
    shift = impatient(asked())
    shift.happens(StepUpWithdrawn(1))
    shift.presses(Button.CANCEL)
    shift.presses(Button.REFUSE)
    shift.shows(Aftermath)
    shift.presses(Button.DONE)
    assert shift.did(ShowWorkspace)


def test_every_end_that_is_not_theirs_says_why() -> None:
    for event, notice in (
        (lambda s: Unreachable(s.last_turn()), "notice.step_up_unreachable"),
        (lambda s: ServiceRefused(s.last_turn(), "locked_out"), "notice.step_up_locked_out"),
    ):
        shift = Shift()
        shift.works(ANA, ANA_BADGE)
        shift.happens(rung(1))
        impatient(shift).happens(event(shift))
        assert ended(shift) == notice
    shift = impatient(asked())
    shift.rings("stepup")
    assert ended(shift) == "notice.step_up_timeout"
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    impatient(shift).says(refused("u1", RefusalCode.NO_METHOD, Purpose.STEP_UP))
    assert ended(shift) == "notice.step_up_no_method"


def test_a_lock_that_comes_meanwhile_does_not_wait() -> None:
    shift = impatient(asked())
    shift.happens(StepUpWithdrawn(1))
    shift.hears("lock", "s1", "Ward 5")
    shift.shows(LockScreen)


def test_a_card_that_was_meant_for_it_opens_nothing() -> None:
    shift = impatient(asked())
    shift.happens(StepUpWithdrawn(1))
    shift.tap()
    shift.shows(Aftermath)
    assert shift.asked(SetTimer).name == STILL


def test_their_own_refusal_is_gone_at_once_unless_they_type_on() -> None:
    shift = impatient(asked())
    shift.happens(KeyPress())
    shift.presses(Button.REFUSE)
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)
    shift = impatient(asked())
    shift.presses(Button.REFUSE)
    shift.happens(KeyPress(), WorkspaceShown("ana"))
    assert shift.shows(Opening).held
    shift.rings(STILL)
    shift.shows(Active)


def test_a_key_that_grants_under_typing_fingers_does_not_give_them_the_workspace() -> None:
    shift = asked()
    shift.types("plum")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", shift.prove.method)
    shift.signs()
    shift.happens(KeyPress())
    shift.says(granted("u1", ANA))
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Opening).held
    shift.happens(KeyPress())
    shift.rings(STILL)
    shift.shows(Active)


def test_a_tap_within_grace_does_not_give_the_workspace_to_whoever_types_a_pin_already() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(KeyPress())
    shift.says(opened("c2", session(2, ANA)))
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Opening).held
    shift.rings(STILL)
    shift.shows(Active)


def test_a_card_on_the_reader_keeps_a_fading_workspace_covered_until_it_is_known_whose_it_is() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone()
    shift.tap()
    shift.happens(KeyPress())
    shift.presses(Button.STAY)
    shift.shows(Fading)
    shift.reads(BEN_BADGE)
    assert shift.orders[0] == Cover()


def test_a_card_that_cannot_be_read_keeps_a_fading_workspace_open_for_who_does_not_type() -> None:
    for types in (False, True):
        shift = a_station()
        shift.works(ANA, ANA_BADGE)
        shift.leaves_alone()
        number = shift.tap()
        if types:
            shift.happens(KeyPress())
        shift.fails(CardTrouble.LIFTED_EARLY)
        assert DropCard(number) in shift.orders
        shift.happens(WorkspaceShown("ana"))
        assert isinstance(shift.screen, Opening if types else Active)


def test_what_is_done_in_the_first_second_of_a_prompt_is_done_to_nothing() -> None:
    shift = impatient(Shift())
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.presses(Button.REFUSE)
    shift.presses(Button.NOT_ME)
    shift.tap()
    assert not shift.shows(StepUp).ready
    assert shift.shows(StepUp).notice is not None, "lift the card and tap again"
