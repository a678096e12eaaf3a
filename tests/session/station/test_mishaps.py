"""What goes wrong on a ward: the stage, a room, logins half typed, and taps that were not meant."""

from __future__ import annotations

from kiosk.model.ceremony import LoginPresented, Why
from kiosk.model.secret import Secret
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.ceremony_orders import BeginCeremony, CancelCeremony
from kiosk.session.facts.events import TimerExpired
from kiosk.session.facts.orders import WipeSecret
from kiosk.session.facts.person_input import LoginTyped, Typed
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.session.facts.screens import Active, OutOfOrder, Reading, SecondFactor
from kiosk.session.facts.service_answers import CeremonyUpdated
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import StageFailed, WorkspaceShown
from kiosk.session.facts.stage_orders import Cover
from kiosk.session.facts.station_news import RoomFailed
from tests.session.shift import Shift, notice
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, PIN_OFFER, opened, session, wants


def test_their_own_badge_again_within_three_seconds_says_who_is_signed_in() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE, settled=False)
    shift.tap()
    shift.reads(ANA_BADGE)
    assert shift.shows(Active).person == ANA
    assert notice(shift) == Notice("notice.signed_in", values=(("name", "Ana Maria Lopez"),))
    shift.rings("settle")
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.shows(LockScreen)


def test_a_tap_while_the_workspace_opens_is_not_lost() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    shift.lift()
    number = shift.tap()
    shift.happens(WorkspaceShown("ana"))
    assert shift.did(ProbeCard)[0].tap == number
    shift.reads(BEN_BADGE)
    assert shift.did(BeginCeremony)[0].presented == BEN_BADGE


def test_a_second_tap_takes_the_place_of_the_first_and_the_firsts_answer_is_dropped() -> None:
    shift = Shift()
    first = shift.tap()
    shift.reads(ANA_BADGE)
    turn = shift.last_turn()
    shift.lift()
    shift.tap()
    assert DropCard(first) in shift.orders
    shift.happens(CeremonyUpdated(turn, wants("c1", ANA, PIN_OFFER)))
    shift.shows(Reading)
    assert shift.did(CancelCeremony) == [CancelCeremony("c1", "withdrawn")]
    shift.reads(BEN_BADGE)
    shift.says(wants("c2", BEN, PIN_OFFER))
    assert shift.shows(SecondFactor).person == BEN


def test_signing_in_by_typing_a_login_goes_the_same_way() -> None:
    shift = Shift()
    shift.presses(Button.USE_CODE)
    assert shift.shows(LockScreen).typing_login is True
    shift.happens(LoginTyped("  "))
    assert notice(shift).key == "notice.no_login"
    shift.happens(LoginTyped(" ana "))
    assert shift.did(BeginCeremony)[0].presented == LoginPresented("ana")
    shift.says(wants("c1", ANA, PIN_OFFER, why=Why.TYPED_NAME))
    assert shift.shows(SecondFactor).why == Why.TYPED_NAME


def test_a_login_left_half_typed_goes_away() -> None:
    shift = Shift()
    shift.presses(Button.USE_CODE)
    shift.rings("typing")
    assert shift.shows(LockScreen).typing_login is False


def test_the_stage_fails_and_the_station_heals_by_itself() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(StageFailed("XEPHYR-1"))
    assert shift.orders[0] == Cover()
    assert (shift.shows(OutOfOrder).code, shift.shows(OutOfOrder).key) == ("XEPHYR-1", "out_of_order.stage")
    shift.rings("heal")
    shift.shows(LockScreen)


def test_a_workspace_that_does_not_come_up_is_not_waited_for_for_ever() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    shift.rings("opening")
    assert ReportEvent("lock", "s1", "out_of_order") in shift.orders
    shift.shows(OutOfOrder)


def test_a_workspace_painted_after_all_is_covered_again() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.happens(WorkspaceShown("ana"))
    assert shift.did(Cover)
    shift.shows(LockScreen)


def test_a_room_breaks_and_a_press_tries_again() -> None:
    shift = Shift()
    shift.happens(RoomFailed("CARD-THREAD"))
    assert shift.shows(OutOfOrder).code == "CARD-THREAD"
    shift.presses(Button.TRY_AGAIN)
    shift.shows(LockScreen)


def test_an_alarm_that_was_replaced_does_nothing() -> None:
    shift = Shift()
    shift.happens(TimerExpired(0, AlarmName.HEAL), TimerExpired(999, AlarmName.NOTICE))
    assert shift.orders == ()


def test_a_secret_typed_where_none_is_wanted_is_wiped() -> None:
    shift = Shift()
    secret = Secret("1234")
    shift.happens(Typed(secret))
    assert shift.did(WipeSecret) == [WipeSecret(secret)]
