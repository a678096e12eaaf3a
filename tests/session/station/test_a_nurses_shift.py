"""A shift as the ward sees it: in with a PIN, back within grace, a colleague in between, home."""

from __future__ import annotations

from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import ProbeCard
from kiosk.session.facts.ceremony_orders import BeginCeremony, SendSecret
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Fading, Opening, Reading, SecondFactor, UnknownBadge
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import UserActivity, WorkspaceShown
from kiosk.session.facts.stage_orders import Cover, EndWorkspace, ShowWorkspace, WatchIdle
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, PIN_OFFER, opened, refused, session, wants


def test_first_sign_in_of_the_shift_asks_for_the_pin_and_opens() -> None:
    shift = Shift()
    number = shift.tap()
    assert shift.shows(Reading).busy is False
    assert shift.did(PlaySound) == [PlaySound("tap")]
    assert shift.did(ProbeCard)[0].tap == number
    shift.reads(ANA_BADGE)
    assert shift.did(BeginCeremony)[0].presented == ANA_BADGE
    assert shift.shows(Reading).busy is True
    shift.says(wants("c1", ANA, PIN_OFFER))
    screen = shift.shows(SecondFactor)
    assert screen.person == ANA
    assert (screen.prove.stage, screen.prove.digits_only, screen.prove.retries_left) == ("type", True, 5)
    secret = shift.types("246810")
    assert shift.did(SendSecret)[0].secret is secret
    assert shift.prove.stage == "wait"
    shift.says(opened("c1", session(1, ANA)))
    assert shift.shows(Opening).returning is False
    assert shift.did(ShowWorkspace) == [ShowWorkspace(ANA)]
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).person == ANA
    assert shift.did(WatchIdle) == [WatchIdle(60)]


def test_tapping_out_covers_first_and_tapping_back_in_grace_opens_at_once() -> None:
    shift = Shift()
    first = shift.works(ANA, ANA_BADGE)
    shift.tap()
    assert shift.name == "active"
    shift.reads(ANA_BADGE)
    assert shift.orders[0] == Cover()
    assert ReportEvent("lock", first.id, "tap_out") in shift.orders
    assert [w.label for w in shift.shows(LockScreen).waiting] == ["AML"]
    shift.lift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c9", session(9, ANA)))
    assert shift.shows(Opening).returning is True


def test_a_colleague_taps_over_and_nothing_of_the_first_is_seen_meanwhile() -> None:
    shift = Shift()
    anas = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.orders[0] == Cover()
    shift.shows(Reading)
    shift.says(wants("c7", BEN, PIN_OFFER))
    assert shift.shows(SecondFactor).person == BEN
    shift.types("135790")
    shift.says(opened("c7", session(7, BEN)))
    assert ReportEvent("lock", anas.id, "tap_over") in shift.orders
    shift.happens(WorkspaceShown("ben"))
    assert shift.shows(Active).person == BEN
    shift.presses(Button.LOCK)
    assert {w.label for w in shift.shows(LockScreen).waiting} == {"AML", "BO"}


def test_a_colleague_who_gives_up_does_not_uncover_the_first_ones_workspace() -> None:
    shift = Shift()
    anas = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(wants("c7", BEN, PIN_OFFER))
    shift.presses(Button.CANCEL)
    shift.shows(LockScreen)
    assert ReportEvent("lock", anas.id, "tap_over") in shift.orders
    assert not shift.did(ShowWorkspace)


def test_walking_away_warns_and_then_locks_without_losing_the_workspace() -> None:
    shift = Shift()
    anas = shift.works(ANA, ANA_BADGE)
    shift.leaves_alone()
    assert shift.shows(Fading).seconds == 30
    shift.happens(UserActivity())
    assert shift.shows(Active).sign is False
    shift.leaves_alone()
    shift.rings("fade")
    assert shift.orders[0] == Cover()
    assert ReportEvent("lock", anas.id, "idle") in shift.orders
    assert not shift.did(EndWorkspace)
    assert shift.shows(LockScreen).waiting


def test_any_press_while_fading_keeps_it_open() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone()
    shift.presses(Button.STAY)
    assert shift.shows(Active).person == ANA


def test_an_unknown_badge_is_named_as_such_and_the_next_tap_still_works() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(refused("c1", RefusalCode.UNKNOWN_BADGE))
    assert shift.shows(UnknownBadge).resembles == "reversed"
    shift.tap()
    shift.shows(Reading)


def test_an_unknown_badge_goes_away_by_itself() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(refused("c1", RefusalCode.UNKNOWN_BADGE))
    shift.rings("unknown")
    assert shift.name == "locked"
