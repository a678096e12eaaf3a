"""What goes wrong on a ward: cards, readers, the network, the stage, and taps that were not meant."""

from __future__ import annotations

import pytest

from kiosk.model.card import CardService, CardTrouble, ReaderHealth, ReaderRole, ReadersChanged, ReaderState
from kiosk.model.ceremony import LoginPresented, RefusalCode, Why
from kiosk.model.secret import Secret
from kiosk.session.events import (
    Answered,
    Broken,
    Button,
    LoginTyped,
    Offline,
    Online,
    Rang,
    ServiceRefused,
    StageFailed,
    Started,
    Typed,
    Unreachable,
    WorkspaceShown,
)
from kiosk.session.orders import Begin, CancelCeremony, Cover, DropCard, EndWorkspace, Probe, ShowWorkspace, Tell, Wipe
from kiosk.session.screens import Active, Locked, Notice, OutOfOrder, Reading, SecondFactor
from tests.session.shift import Shift
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    BEN_BADGE,
    PIN_OFFER,
    STATION,
    opened,
    refused,
    session,
    wants,
)


def notice(shift: Shift) -> Notice:
    screen = shift.screen
    assert isinstance(screen, Locked | Active)
    assert screen.notice is not None
    return screen.notice


@pytest.mark.parametrize("trouble", list(CardTrouble))
def test_every_trouble_with_a_card_has_its_sentence_and_goes_away_by_itself(trouble: CardTrouble) -> None:
    shift = Shift()
    shift.tap()
    shift.fails(trouble)
    assert shift.name == "refused"
    assert notice(shift).key == f"card.{trouble}"
    assert Tell("tap_failed", reason=trouble.value) in shift.orders
    shift.rings("notice")
    assert shift.name == "locked"
    assert shift.shows(Locked).notice is None


def test_a_card_that_lay_there_before_must_be_lifted_first() -> None:
    shift = Shift()
    shift.tap(fresh=False)
    assert not shift.did(Probe)
    assert notice(shift).key == "notice.lift_and_tap"


def test_her_own_badge_again_within_three_seconds_says_who_is_signed_in() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE, settled=False)
    shift.tap()
    shift.reads(ANA_BADGE)
    assert shift.shows(Active).person == ANA
    assert notice(shift) == Notice("notice.signed_in", values=(("name", "Ana Maria Lopez"),))
    shift.rings("settle")
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.shows(Locked)


def test_a_card_that_was_never_lifted_does_not_tap_out() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.rings("settle")
    shift.tap("back")
    shift.reads(ANA_BADGE)
    assert notice(shift).key == "notice.signed_in"


def test_a_tap_while_the_workspace_opens_is_not_lost() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    shift.lift()
    number = shift.tap()
    shift.happens(WorkspaceShown("ana"))
    assert shift.did(Probe)[0].tap == number
    shift.reads(BEN_BADGE)
    assert shift.did(Begin)[0].presented == BEN_BADGE


def test_a_badge_lifted_too_early_does_not_disturb_the_one_who_works() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.shows(Active).person == ANA
    assert notice(shift).key == "card.lifted_early"
    shift.rings("notice")
    assert shift.shows(Active).notice is None


def test_a_second_tap_takes_the_place_of_the_first_and_the_firsts_answer_is_dropped() -> None:
    shift = Shift()
    first = shift.tap()
    shift.reads(ANA_BADGE)
    turn = shift.last_turn()
    shift.lift()
    shift.tap()
    assert DropCard(first) in shift.orders
    shift.happens(Answered(turn, wants("c1", ANA, PIN_OFFER)))
    shift.shows(Reading)
    assert shift.did(CancelCeremony) == [CancelCeremony("c1", "withdrawn")]
    shift.reads(BEN_BADGE)
    shift.says(wants("c2", BEN, PIN_OFFER))
    assert shift.shows(SecondFactor).person == BEN


def test_the_service_is_away_and_nothing_opens_by_guess() -> None:
    shift = Shift()
    shift.happens(Offline("07:41"))
    assert shift.name == "downtime"
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    assert notice(shift).key == "notice.unreachable"
    assert not shift.did(ShowWorkspace)
    assert Tell("session_end", None, "unreachable", {"tap": "1"}) in shift.orders
    shift.rings("notice")
    assert shift.shows(Locked).around.offline_since == "07:41"
    shift.happens(Online(STATION))
    assert shift.name == "locked"


def test_what_is_open_stays_open_while_the_service_is_away() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(Offline("07:41"))
    assert shift.shows(Active).around.offline_since == "07:41"
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.shows(Active).person == ANA
    assert notice(shift).key == "notice.tap_over_offline"
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.shows(Locked)


def test_her_session_moves_to_another_station_and_she_may_say_that_it_was_not_her() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.hears("lock", "s1", "Ward 5")
    assert shift.orders[0] == Cover()
    assert shift.shows(Locked).went_to == "Ward 5"
    assert Tell("lock", "s1", "elsewhere") in shift.orders
    shift.presses(Button.NOT_ME)
    assert Tell("not_me", "s1", detail={"where": "Ward 5"}) in shift.orders
    assert shift.shows(Locked).went_to is None


def test_a_lock_for_an_older_session_is_ignored() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.hears("lock", "s0", "Ward 5")
    shift.shows(Active)


def test_a_session_ended_by_the_service_ends_its_programs_too() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.hears("end", "s1")
    assert shift.orders[0] == Cover()
    assert EndWorkspace("ana") in shift.orders
    assert shift.shows(Locked).waiting == ()


def test_a_waiting_workspace_can_be_ended_too() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.hears("end", "s1")
    assert EndWorkspace("ana") in shift.orders


def test_a_revoked_workstation_covers_and_says_so_until_it_is_accepted_again() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.hears("revoked")
    assert shift.orders[0] == Cover()
    assert shift.shows(OutOfOrder).code == "STATION-REVOKED"
    shift.tap()
    shift.presses(Button.TRY_AGAIN)
    shift.shows(OutOfOrder)
    shift.happens(Online(STATION))
    shift.shows(Locked)


def test_a_refused_request_of_a_revoked_workstation_says_so_as_well() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "station_revoked"))
    shift.shows(OutOfOrder)


def test_an_error_of_the_service_is_told_with_its_code() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "internal"))
    assert notice(shift) == Notice("notice.service_error", "refused", (("code", "internal"),))


@pytest.mark.parametrize(
    "code", [c for c in RefusalCode if c not in (RefusalCode.UNKNOWN_BADGE, RefusalCode.STATION_REVOKED)]
)
def test_every_refusal_has_its_sentence(code: RefusalCode) -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(refused("c1", code))
    assert shift.name == "refused"
    assert notice(shift).key == f"refusal.{code}"


def test_signing_in_by_typing_a_login_goes_the_same_way() -> None:
    shift = Shift()
    shift.presses(Button.USE_CODE)
    assert shift.shows(Locked).typing_login is True
    shift.happens(LoginTyped("  "))
    assert notice(shift).key == "notice.no_login"
    shift.happens(LoginTyped(" ana "))
    assert shift.did(Begin)[0].presented == LoginPresented("ana")
    shift.says(wants("c1", ANA, PIN_OFFER, why=Why.TYPED_NAME))
    assert shift.shows(SecondFactor).why == Why.TYPED_NAME


def test_a_login_left_half_typed_goes_away() -> None:
    shift = Shift()
    shift.presses(Button.USE_CODE)
    shift.rings("typing")
    assert shift.shows(Locked).typing_login is False


def test_the_stage_fails_and_the_station_heals_by_itself() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(StageFailed("XEPHYR-1"))
    assert shift.orders[0] == Cover()
    assert (shift.shows(OutOfOrder).code, shift.shows(OutOfOrder).key) == ("XEPHYR-1", "out_of_order.stage")
    shift.rings("heal")
    shift.shows(Locked)


def test_a_workspace_that_does_not_come_up_is_not_waited_for_for_ever() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    shift.rings("opening")
    assert Tell("lock", "s1", "out_of_order") in shift.orders
    shift.shows(OutOfOrder)


def test_a_workspace_painted_after_all_is_covered_again() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.happens(WorkspaceShown("ana"))
    assert shift.did(Cover)
    shift.shows(Locked)


def test_a_room_breaks_and_a_press_tries_again() -> None:
    shift = Shift()
    shift.happens(Broken("CARD-THREAD"))
    assert shift.shows(OutOfOrder).code == "CARD-THREAD"
    shift.presses(Button.TRY_AGAIN)
    shift.shows(Locked)


def test_pulling_the_card_that_signed_in_locks_where_the_station_says_so() -> None:
    for removal_locks in (True, False):
        shift = Shift()
        shift.happens(Started(STATION, removal_locks))
        shift.tap("slot", ReaderRole.INSERTION)
        shift.reads(ANA_PIV)
        shift.says(opened("c1", session(1, ANA)))
        shift.happens(WorkspaceShown("ana"))
        shift.lift(reader="slot", role=ReaderRole.INSERTION)
        assert shift.name == ("locked" if removal_locks else "active")


def test_a_card_pulled_before_the_service_has_answered_opens_nothing() -> None:
    shift = Shift()
    shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_PIV)
    turn = shift.last_turn()
    shift.lift(reader="slot", role=ReaderRole.INSERTION)
    assert notice(shift).key == "card.lifted_early"
    shift.happens(Answered(turn, opened("c1", session(1, ANA))))
    assert not shift.did(ShowWorkspace)
    assert Tell("lock", "s1", "late") in shift.orders


def test_unplugging_the_reader_counts_as_pulling_the_card() -> None:
    shift = Shift()
    slot = ReaderHealth("slot", ReaderRole.INSERTION, ReaderState.CARD)
    shift.happens(ReadersChanged(CardService.OK, (slot,)))
    shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_PIV)
    shift.says(opened("c1", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.happens(ReadersChanged(CardService.NO_READER, ()))
    assert shift.orders[0] == Cover()
    assert Tell("lock", "s1", "card_removed") in shift.orders
    assert Tell("reader_lost", detail={"reader": "slot"}) in shift.orders


def test_readers_and_card_service_that_go_and_come_are_reported_and_shown() -> None:
    shift = Shift()
    front = ReaderHealth("front", ReaderRole.TAP, ReaderState.READY)
    gone = ReaderHealth("front", ReaderRole.TAP, ReaderState.GONE)
    shift.happens(ReadersChanged(CardService.OK, (front,)))
    assert shift.did(Tell) == []
    shift.happens(ReadersChanged(CardService.STOPPED, (gone,)))
    assert [o.action for o in shift.did(Tell)] == ["card_service_lost", "reader_lost"]
    assert shift.name == "locked"
    assert shift.shows(Locked).around.card_service == CardService.STOPPED
    shift.happens(ReadersChanged(CardService.OK, (front,)))
    assert [o.action for o in shift.did(Tell)] == ["card_service_back", "reader_back"]


def test_an_alarm_that_was_replaced_does_nothing() -> None:
    shift = Shift()
    shift.happens(Rang(0, "heal"), Rang(999, "notice"))
    assert shift.orders == ()


def test_a_secret_typed_where_none_is_wanted_is_wiped() -> None:
    shift = Shift()
    secret = Secret("1234")
    shift.happens(Typed(secret))
    assert shift.did(Wipe) == [Wipe(secret)]
