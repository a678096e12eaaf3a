"""Rules that a station sets itself: leaving for good, idleness, and who is told."""

from __future__ import annotations

import pytest

from kiosk.model.card import ReaderRole
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import StepUp
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import Cover, EndWorkspace, ShowWorkspace
from tests.session.shift import Shift, a_station
from tests.session.world import ANA, ANA_BADGE, ANA_PIV, BEN, BEN_BADGE, PIN_OFFER, opened, rung, session, wants

# Leaving for good


def test_where_leaving_means_signing_out_their_programs_end_behind_the_cover() -> None:
    shift = a_station(tap_out="sign_out")
    anas = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(ANA_BADGE)
    assert shift.orders[0] == Cover()
    assert shift.did(ReportEvent) == [ReportEvent("session_end", anas.id, "sign_out")]
    assert shift.did(EndWorkspace) == [EndWorkspace("ana")]
    assert shift.shows(LockScreen).waiting == ()


def test_signing_out_by_another_card_of_theirs_leaves_nothing_open_at_the_service() -> None:
    shift = a_station(tap_out="sign_out")
    anas = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(ANA_PIV)
    shift.says(opened("c9", session(9, ANA)))
    told = shift.did(ReportEvent)
    assert told == [ReportEvent("session_end", anas.id, "sign_out"), ReportEvent("session_end", "s9", "sign_out")]
    assert shift.did(EndWorkspace) == [EndWorkspace("ana")]


@pytest.mark.parametrize("how", ["button", "idle", "tap_over"])
def test_only_their_own_badge_signs_them_out(how: str) -> None:
    shift = a_station(tap_out="sign_out")
    anas = shift.works(ANA, ANA_BADGE)
    if how == "button":
        shift.presses(Button.LOCK)
    elif how == "idle":
        shift.leaves_alone()
        shift.rings("fade")
    else:
        shift.works(BEN, BEN_BADGE)
    assert ReportEvent("lock", anas.id, how) in shift.history
    assert not any(isinstance(order, EndWorkspace) for order in shift.history)


# Idleness and step-ups


def test_a_step_up_is_not_interrupted_by_idleness() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.happens(rung(1))
    assert not shift.watch.watching_idle
    assert "fade" not in dict(shift.watch.state.timers)
    shift.shows(StepUp)


# Who is told


def hooks(shift: Shift) -> list[tuple[str, str, str | None, str | None]]:
    """Event, whose session, whom it followed, why it ended."""
    told = [order for order in shift.history if isinstance(order, RunHook)]
    return [(o.event, o.person.login, o.previous.login if o.previous else None, o.reason) for o in told]


def test_the_hook_is_told_of_coming_following_and_leaving() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.works(BEN, BEN_BADGE)
    shift.leaves_alone()
    shift.rings("fade")
    assert hooks(shift) == [
        ("tap_in", "ana", None, None),
        ("tap_over", "ben", "ana", None),
        ("tap_out", "ben", None, "idle"),
    ]
    assert (shift.asked(RunHook).station, shift.asked(RunHook).place) == ("Ward 3 East", "Bay 2")


def test_a_colleague_who_gives_up_leaves_nobody_signed_in() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(wants("c7", BEN, PIN_OFFER))
    shift.presses(Button.CANCEL)
    assert hooks(shift) == [("tap_in", "ana", None, None), ("tap_out", "ana", None, "tap_over")]


def test_a_step_up_is_no_matter_for_the_hook() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.presses(Button.REFUSE)
    shift.happens(WorkspaceShown("ana"))
    assert len(hooks(shift)) == 1


def test_nothing_of_the_hook_comes_before_the_cover_or_the_workspace() -> None:
    shift = a_station()
    shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    kinds = [type(order) for order in shift.orders]
    assert kinds.index(ShowWorkspace) < kinds.index(RunHook)
    shift.happens(WorkspaceShown("ana"))
    shift.lift(role=ReaderRole.INSERTION, reader="slot")
    kinds = [type(order) for order in shift.orders]
    assert kinds.index(Cover) < kinds.index(RunHook)
    assert hooks(shift)[-1] == ("tap_out", "ana", None, "card_removed")
