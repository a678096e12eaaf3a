"""Who had emergency access owes a text: it is said at each sign-in, written over the covered workspace, or left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.owed_text import OwedText, OwedTexts
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.emergency_screens import OwedTextScreen
from kiosk.session.facts.person_input import TextTyped
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, OutOfOrder
from kiosk.session.facts.service_answers import OwedReceived, ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import FetchOwed, SendOwed
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import Cover, ShowWorkspace
from kiosk.session.facts.station_news import Offline
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, opened, session

FIRST = OwedText("e1", "resus-1", 1000, 87_400)
SECOND = OwedText("e2", "resus-1", 2000, 88_400, overdue=True)


def at_work(*, owes: bool = True) -> Shift:
    """Ana signs in."""
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", replace(session(1, ANA), news=("text_owed",) if owes else ())))
    shift.happens(WorkspaceShown(ANA.login))
    return shift


def writing(*texts: OwedText) -> Shift:
    shift = at_work()
    shift.presses(Button.WRITE_TEXT)
    shift.happens(OwedReceived(shift.asked(FetchOwed).turn, OwedTexts(texts or (FIRST,))))
    return shift


def test_it_is_said_at_sign_in_and_the_way_is_there() -> None:
    bar = at_work().shows(Active)
    assert (bar.owes, bar.notice) == (True, notices.NEWS["text_owed"])
    assert not at_work(owes=False).shows(Active).owes


def test_it_is_written_over_the_covered_workspace_and_then_they_go_on() -> None:
    shift = at_work()
    shift.presses(Button.WRITE_TEXT)
    assert shift.did(Cover)
    assert shift.asked(FetchOwed).session == "s1"
    assert shift.shows(OwedTextScreen).owed is None
    shift.happens(OwedReceived(shift.last_turn(), OwedTexts((FIRST, SECOND))))
    assert (shift.shows(OwedTextScreen).owed, shift.shows(OwedTextScreen).left) == (FIRST, 2)
    shift.happens(TextTyped("  no   pulse, nobody near "))
    sent = shift.asked(SendOwed)
    assert (sent.session, sent.emergency, sent.text) == ("s1", "e1", "no pulse, nobody near")
    assert shift.shows(OwedTextScreen).busy
    shift.happens(TextTyped("twice"))
    assert shift.did(SendOwed) == [], "it is on its way"
    shift.happens(OwedReceived(sent.turn, OwedTexts((SECOND,))))
    screen = shift.shows(OwedTextScreen)
    assert (screen.owed, screen.busy, screen.notice) == (SECOND, False, notices.TEXT_TAKEN)
    shift.happens(TextTyped("the same"))
    shift.happens(OwedReceived(shift.last_turn(), OwedTexts(())))
    assert shift.asked(ShowWorkspace).person == ANA
    shift.happens(WorkspaceShown(ANA.login))
    bar = shift.shows(Active)
    assert (bar.owes, bar.notice) == (False, notices.TEXT_TAKEN)


def test_later_leads_back_and_it_stays_owed() -> None:
    shift = writing()
    shift.presses(Button.CANCEL)
    shift.happens(WorkspaceShown(ANA.login))
    assert shift.shows(Active).owes


@pytest.mark.parametrize("text", ["   ", "a\u202eb", "x" * 401])
def test_what_no_screen_could_show_is_typed_anew(text: str) -> None:
    shift = writing()
    shift.happens(TextTyped(text))
    assert not shift.did(SendOwed)
    assert shift.shows(OwedTextScreen).notice == notices.TEXT_NOT_DRAWABLE


def test_whoever_owes_nothing_is_asked_nothing() -> None:
    shift = at_work(owes=False)
    shift.presses(Button.WRITE_TEXT)
    assert not shift.did(FetchOwed)


def test_while_the_service_is_away_it_waits() -> None:
    shift = at_work()
    shift.happens(Offline("07:41"))
    shift.presses(Button.WRITE_TEXT)
    assert not shift.did(FetchOwed)
    assert shift.shows(Active).notice == notices.TEXT_OFFLINE


@pytest.mark.parametrize("how", ["unreachable", "refused", "revoked"])
def test_no_answer_is_a_sentence_and_nobody_is_stuck(how: str) -> None:
    shift = writing()
    shift.happens(TextTyped("no pulse"))
    turn = shift.last_turn()
    shift.happens(
        Unreachable(turn) if how == "unreachable" else ServiceRefused(turn, how.replace("revoked", "station_revoked"))
    )
    if how == "revoked":
        shift.shows(OutOfOrder)
    else:
        shift.happens(WorkspaceShown(ANA.login))
        assert shift.shows(Active).owes
        assert shift.shows(Active).notice is not None


def test_left_alone_it_fades_and_locks_like_the_workspace() -> None:
    shift = writing()
    shift.rings(AlarmName.KEYS)
    shift.rings(AlarmName.FADE)
    shift.shows(LockScreen)
