"""Cards and readers that go wrong: troubles, pulled cards, unplugged readers."""

from __future__ import annotations

import pytest

from kiosk.model.card import CardService, CardTrouble, ReaderHealth, ReaderRole, ReadersChanged, ReaderState
from kiosk.session.facts.card_orders import ProbeCard
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active
from kiosk.session.facts.service_answers import CeremonyUpdated
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import Cover, ShowWorkspace
from kiosk.session.facts.station_news import Started
from tests.session.shift import Shift, notice
from tests.session.world import ANA, ANA_BADGE, ANA_PIV, STATION, opened, session


@pytest.mark.parametrize("trouble", list(CardTrouble))
def test_every_trouble_with_a_card_has_its_sentence_and_goes_away_by_itself(trouble: CardTrouble) -> None:
    shift = Shift()
    shift.tap()
    shift.fails(trouble)
    assert shift.name == "refused"
    assert notice(shift).key == f"card.{trouble}"
    assert ReportEvent("tap_failed", reason=trouble.value) in shift.orders
    shift.rings("notice")
    assert shift.name == "locked"
    assert shift.shows(LockScreen).notice is None


def test_a_card_that_lay_there_before_must_be_lifted_first() -> None:
    shift = Shift()
    shift.tap(fresh=False)
    assert not shift.did(ProbeCard)
    assert notice(shift).key == "notice.lift_and_tap"


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


def test_a_badge_lifted_too_early_does_not_disturb_the_one_who_works() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.shows(Active).person == ANA
    assert notice(shift).key == "card.lifted_early"
    shift.rings("notice")
    assert shift.shows(Active).notice is None


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
    shift.happens(CeremonyUpdated(turn, opened("c1", session(1, ANA))))
    assert not shift.did(ShowWorkspace)
    assert ReportEvent("lock", "s1", "late") in shift.orders


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
    assert ReportEvent("lock", "s1", "card_removed") in shift.orders
    assert ReportEvent("reader_lost", detail={"reader": "slot"}) in shift.orders


def test_readers_and_card_service_that_go_and_come_are_reported_and_shown() -> None:
    shift = Shift()
    front = ReaderHealth("front", ReaderRole.TAP, ReaderState.READY)
    gone = ReaderHealth("front", ReaderRole.TAP, ReaderState.GONE)
    shift.happens(ReadersChanged(CardService.OK, (front,)))
    assert shift.did(ReportEvent) == []
    shift.happens(ReadersChanged(CardService.STOPPED, (gone,)))
    assert [o.action for o in shift.did(ReportEvent)] == ["card_service_lost", "reader_lost"]
    assert shift.name == "locked"
    assert shift.shows(LockScreen).status.card_service == CardService.STOPPED
    shift.happens(ReadersChanged(CardService.OK, (front,)))
    assert [o.action for o in shift.did(ReportEvent)] == ["card_service_back", "reader_back"]
