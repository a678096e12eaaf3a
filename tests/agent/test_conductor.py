"""What the conductor makes of the session's orders for the stage, and what it does when a room fails."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from kiosk.agent.conductor import Conductor
from kiosk.agent.inbox import Inbox
from kiosk.model.card import ReaderRole, Tap
from kiosk.session.events import Answered, Broken, Button, Pressed, Probed, StageLocked, Started, WorkspaceShown
from tests.fakes.stage import FakeStage
from tests.session.world import ANA, ANA_BADGE, STATION, opened, session


class Rooms:
    """A conductor among rooms that only listen, and a stage without a display."""

    def __init__(self) -> None:
        self.stage = FakeStage()
        self.cards, self.net, self.link, self.window = MagicMock(), MagicMock(), MagicMock(), MagicMock()
        self.conductor = Conductor(Inbox())
        self.conductor.attach(self.window, self.stage, self.cards, self.net, self.link, MagicMock())
        self.conductor.attach_watchers(MagicMock(), MagicMock(), MagicMock())
        self.conductor.handle(Started(STATION))

    @property
    def shown(self) -> str:
        """Whose workspace is seen; nobody's: empty."""
        return self.stage.seen or ""

    def asked(self, room: MagicMock) -> Any:
        return room.call_args.args[0]

    def sign_in(self) -> None:
        self.conductor.handle(Tap(1, "front", ReaderRole.TAP, b"", 1, 0.0, True))
        self.conductor.handle(Probed(self.asked(self.cards.probe).turn, ANA_BADGE))
        self.conductor.handle(Answered(self.asked(self.net.begin).turn, opened("c1", session(1, ANA))))


@pytest.fixture
def rooms(qtbot: QtBot) -> Rooms:
    return Rooms()


def test_it_begins_covered_and_shows_only_whom_the_service_let_in(rooms: Rooms) -> None:
    assert rooms.stage.acts == [("cover", None)]
    rooms.sign_in()
    assert rooms.shown == ANA.login
    rooms.conductor.handle(WorkspaceShown(ANA.login))
    rooms.conductor.handle(Pressed(Button.LOCK))
    assert not rooms.shown and rooms.stage.open == {ANA.login}


def test_a_stage_that_locked_by_itself_is_never_told_to_show_again(rooms: Rooms) -> None:
    rooms.sign_in()
    rooms.conductor.handle(WorkspaceShown(ANA.login))
    before = len(rooms.stage.acts)
    rooms.conductor.handle(StageLocked("suspend"))
    assert "show" not in [act for act, _ in rooms.stage.acts[before:]] and not rooms.shown


def test_a_room_that_fails_covers_first_and_is_a_fact_for_the_session_next(rooms: Rooms) -> None:
    rooms.sign_in()
    rooms.conductor.handle(WorkspaceShown(ANA.login))
    posted: list[object] = []
    rooms.conductor.inbox.noticed = posted.append
    rooms.window.show_screen.side_effect = RuntimeError("no window any more")
    rooms.conductor.handle(Pressed(Button.HELP))
    assert not rooms.shown and posted == [Broken("SESSION")]
    rooms.window.show_screen.side_effect = None
    QCoreApplication.processEvents()
    assert rooms.conductor.status["state"] == "out_of_order"
