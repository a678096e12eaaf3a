"""What the conductor makes of the session's orders for the stage, and what it does when a room fails."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from kiosk.agent import trace
from kiosk.agent.conductor import Conductor
from kiosk.agent.inbox import Inbox
from kiosk.model.card import ReaderRole, Tap
from kiosk.model.secret import Secret
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.person_input import Erased, Keyed, Missed
from kiosk.session.facts.service_answers import CeremonyUpdated
from kiosk.session.facts.stage_news import StageLocked, WorkspaceShown
from kiosk.session.facts.station_news import RoomFailed, Started
from kiosk.ui.window import Window
from tests.fakes.stage import FakeStage
from tests.session.world import ANA, ANA_BADGE, PIN_OFFER, STATION, opened, session, wants


class Rooms:
    """A conductor among rooms that only listen, and a stage without a display."""

    def __init__(self) -> None:
        self.stage = FakeStage()
        self.cards, self.net, self.link, self.window = MagicMock(), MagicMock(), MagicMock(), MagicMock()
        self.conductor = Conductor(Inbox())
        self.conductor.attach(self.window, self.stage, self.cards, self.net, self.link, MagicMock())
        self.conductor.attach_watchers(*(MagicMock() for _ in range(6)))
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
        self.conductor.handle(CeremonyUpdated(self.asked(self.net.begin).turn, opened("c1", session(1, ANA))))


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


def test_keys_of_a_secret_are_in_no_log_and_no_trace(
    rooms: Rooms, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """Not even that there were some: how many they are, and when, would tell of a PIN."""
    file = tmp_path / "trace"
    monkeypatch.setenv("KIOSK_TRACE", str(file))
    window = Window(rooms.conductor.post, sounds=False)
    qtbot.addWidget(window)
    trace.follow(rooms.conductor.inbox, window.painted)
    rooms.conductor.handle(Tap(1, "front", ReaderRole.TAP, b"", 1, 0.0, True))
    rooms.conductor.handle(Probed(rooms.asked(rooms.cards.probe).turn, ANA_BADGE))
    rooms.conductor.handle(CeremonyUpdated(rooms.asked(rooms.net.begin).turn, wants("c1", ANA, PIN_OFFER)))
    number = rooms.window.show_screen.call_args.args[0].prove.entry.number
    with caplog.at_level(logging.DEBUG):
        caplog.clear()
        for event in (Keyed(number, Secret("9")), Keyed(number, Secret("7")), Erased(number), Missed(number)):
            rooms.conductor.post(event)
        rooms.conductor.post(Pressed(Button.HELP))
        qtbot.waitUntil(lambda: "Pressed" in caplog.text)
    assert rooms.window.show_screen.call_args.args[0].prove.entry.count == 1
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO] == [
        "event Pressed turn=-"
    ]
    assert not [name for name in ("Keyed", "Erased", "Missed") if name in caplog.text]
    assert '"event": "Pressed"' in file.read_text()
    assert "Keyed" not in file.read_text() and "Erased" not in file.read_text()


def test_what_is_not_kept_of_a_secret_is_wiped(rooms: Rooms) -> None:
    rooms.conductor.handle(Tap(1, "front", ReaderRole.TAP, b"", 1, 0.0, True))
    rooms.conductor.handle(Probed(rooms.asked(rooms.cards.probe).turn, ANA_BADGE))
    rooms.conductor.handle(CeremonyUpdated(rooms.asked(rooms.net.begin).turn, wants("c1", ANA, PIN_OFFER)))
    number = rooms.window.show_screen.call_args.args[0].prove.entry.number
    keys = [Secret("9"), Secret("7")]
    for key in keys:
        rooms.conductor.handle(Keyed(number, key))
    assert [key.reveal() for key in keys] == ["", ""]
    rooms.conductor.handle(Pressed(Button.CANCEL))
    assert rooms.window.show_screen.call_args.args[0].name == "locked"


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
    assert not rooms.shown and posted == [RoomFailed("SESSION")]
    rooms.window.show_screen.side_effect = None
    QCoreApplication.processEvents()
    assert rooms.conductor.status["state"] == "out_of_order"
