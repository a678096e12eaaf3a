"""A workspace that ended behind the lock, or in front of its person: what they are told, and when."""

from __future__ import annotations

import pytest

from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Opening
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import StageLocked, WorkspaceEnded, WorkspaceGone, WorkspaceShown
from kiosk.session.facts.stage_orders import Cover
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, opened, session


def opens(shift: Shift) -> None:
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c9", session(9, ANA)))


@pytest.mark.parametrize("limit", sorted(notices.ENDED - {"programs"}))
def test_whose_workspace_a_limit_ended_is_told_when_they_come_again(limit: str) -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    shift.happens(WorkspaceGone(ANA.login))
    opens(shift)
    assert not shift.shows(Opening).returning
    shift.happens(WorkspaceEnded(ANA.login, limit))
    shift.happens(WorkspaceShown(ANA.login))
    assert shift.shows(Active).notice == notices.ended(limit)
    shift.rings("notice")
    assert shift.shows(Active).notice is None


def test_an_agent_that_began_anew_tells_them_too() -> None:
    shift = Shift()
    opens(shift)
    shift.happens(WorkspaceEnded(ANA.login, "limit_age"))
    shift.happens(WorkspaceShown(ANA.login))
    assert shift.shows(Active).notice == notices.ended("limit_age")


def test_nobody_is_told_of_somebody_else_s() -> None:
    shift = Shift()
    opens(shift)
    shift.happens(WorkspaceEnded(BEN.login, "limit_age"))
    shift.happens(WorkspaceShown(ANA.login))
    assert shift.shows(Active).notice is None


def test_one_that_is_gone_waits_no_longer() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LOCK)
    assert len(shift.shows(LockScreen).waiting) == 1
    shift.happens(WorkspaceGone(ANA.login))
    assert shift.shows(LockScreen).waiting == ()


@pytest.mark.parametrize("reason", ["programs", "server", "hung", "limit_memory"])
def test_programs_that_end_before_their_eyes_lock_and_say_so(reason: str) -> None:
    shift = Shift()
    shift.works(BEN, BEN_BADGE)
    shift.happens(WorkspaceGone(BEN.login))
    shift.happens(StageLocked(reason))
    assert shift.orders[0] == Cover()
    assert any(isinstance(o, ReportEvent) and (o.action, o.reason) == ("lock", reason) for o in shift.orders)
    assert shift.shows(LockScreen).notice == notices.ended(reason)
