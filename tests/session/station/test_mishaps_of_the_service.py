"""The service is away, says no, or ends what is open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.agent.status import status_of
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.session.facts.screens import Active, OutOfOrder
from kiosk.session.facts.service_answers import ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_orders import Cover, EndWorkspace, ShowWorkspace
from kiosk.session.facts.station_news import ClockChecked, Offline, Online, Started
from tests.session.shift import Shift, notice
from tests.session.world import ANA, ANA_BADGE, BEN_BADGE, STATION, refused


def test_the_service_is_away_and_nothing_opens_by_guess() -> None:
    shift = Shift()
    shift.happens(Offline("07:41"))
    assert shift.name == "downtime"
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    assert notice(shift).key == "notice.unreachable"
    assert not shift.did(ShowWorkspace)
    assert ReportEvent("session_end", None, "unreachable", {"tap": "1"}) in shift.orders
    shift.rings("notice")
    assert shift.shows(LockScreen).status.offline_since == "07:41"
    shift.happens(Online(STATION))
    assert shift.name == "locked"


def test_what_is_open_stays_open_while_the_service_is_away() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(Offline("07:41"))
    assert shift.shows(Active).status.offline_since == "07:41"
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.shows(Active).person == ANA
    assert notice(shift).key == "notice.tap_over_offline"
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.shows(LockScreen)


def test_the_lock_screen_knows_of_the_services_disk_and_people_sign_in() -> None:
    shift = Shift()
    shift.happens(Online(replace(STATION, storage="low")))
    assert shift.shows(LockScreen).status.storage == "low"
    shift.happens(Offline("07:41"))
    assert shift.shows(LockScreen).status.storage == "low"
    shift.happens(Online(replace(STATION, storage="full")))
    assert shift.shows(LockScreen).status.storage == "full"
    shift.works(ANA, ANA_BADGE)
    shift.happens(Online(STATION))
    assert shift.shows(Active).status.storage == "ok"


def test_a_clock_that_is_hours_off_is_told_and_is_the_reason_where_nothing_is_reached() -> None:
    shift = Shift()
    shift.happens(ClockChecked(3 * 3600))
    assert shift.shows(LockScreen).status.clock_off == 3 * 3600
    shift.works(ANA, ANA_BADGE)  # nothing here goes by it
    assert shift.shows(Active).status.clock_off == 3 * 3600
    shift.happens(ClockChecked(0))
    assert shift.shows(Active).status.clock_off == 0
    for off, stops, said in (
        (-9 * 365 * 86_400, True, "notice.clock_stops"),
        (3 * 3600, False, "notice.unreachable"),  # it was reached so far
        (0, False, "notice.unreachable"),
    ):
        away = Shift()
        away.happens(ClockChecked(off, stops))
        away.happens(Offline("07:41"))
        away.tap()
        away.reads(ANA_BADGE)
        away.happens(Unreachable(away.last_turn()))
        assert notice(away).key == said


def test_what_was_said_of_the_disk_before_the_agent_started_is_not_repeated() -> None:
    shift = Shift()
    shift.happens(Started(replace(STATION, storage="low"), False))
    assert shift.shows(LockScreen).status.storage == "ok"


def test_their_session_moves_to_another_station_and_they_may_say_that_it_was_not_them() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.hears("lock", "s1", "Ward 5")
    assert shift.orders[0] == Cover()
    assert shift.shows(LockScreen).went_to == "Ward 5"
    assert ReportEvent("lock", "s1", "elsewhere") in shift.orders
    shift.presses(Button.NOT_ME)
    assert ReportEvent("not_me", "s1", detail={"where": "Ward 5"}) in shift.orders
    assert shift.shows(LockScreen).went_to is None


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
    assert shift.shows(LockScreen).waiting == ()


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
    shift.shows(LockScreen)


def test_a_refused_request_of_a_revoked_workstation_says_so_as_well() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "station_revoked"))
    shift.shows(OutOfOrder)


@pytest.mark.parametrize("code", ["store_busy", "store_down"])
def test_a_database_that_does_not_answer_is_not_called_the_network(code: str) -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), code))
    assert notice(shift) == Notice(f"notice.{code}", "refused")


def test_an_error_of_the_service_is_told_with_its_code() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "internal"))
    assert notice(shift) == Notice("notice.service_error", "refused", (("code", "internal"),))


def test_where_the_service_gave_a_number_that_is_what_the_help_desk_is_told() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "internal", "7K3F-9QMD"))
    assert notice(shift) == Notice("notice.service_error", "refused", (("code", "7K3F-9QMD"),))
    assert status_of(shift.watch.state, shift.screen)["code"] == "7K3F-9QMD"


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
