"""The local doorbell: whoever fills it, is silent at it or many keeps nobody from theirs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk.agent.doorbell import address, local, places
from kiosk.agent.doorbell.client import ask
from kiosk.agent.doorbell.local import LocalDoor
from tests.agent.doorbell.at_the_door import WISH, door, say, session
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

__all__ = ["door", "session"]


def test_a_slow_writer_is_shown_out(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "SLOWEST", 0.1)
    assert say(tmp_path, b'{"op":"step_up"')["error"] == "too_slow"
    assert session.heard.empty()


def test_whoever_fills_the_door_does_not_keep_it_shut(
    door: LocalDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "SLOWEST", 0.2)
    crowd = []
    for _ in range(places.MAX_PLACES + 8):
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address.connect(one, address.doorbell(tmp_path))
        crowd.append(one)
    for caller in crowd:
        caller.settimeout(10)
        while caller.recv(4096):
            pass
        caller.close()
    assert ask(address.doorbell(tmp_path), {"op": "status"}) == {"state": "locked"}


@pytest.mark.parametrize(
    "said", [b"", b'{"op":', b'{"op": "status"}\n'], ids=["nothing", "half", "all, and reads nothing"]
)
def test_silent_or_slow_connections_keep_no_newcomer_out(
    door: LocalDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Their time is not over yet: they would stand there for an hour."""
    monkeypatch.setattr(local, "SLOWEST", 3600.0)
    crowd = []
    try:
        for _ in range(2 * places.MAX_PLACES):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            crowd.append(one)
            address.connect(one, address.doorbell(tmp_path))
            one.sendall(said)
        for _ in range(5):
            assert ask(address.doorbell(tmp_path), {"op": "status"}) == {"state": "locked"}
    finally:
        for caller in crowd:
            caller.close()


def test_many_that_wait_of_one_process_leave_the_others_room(tmp_path: Path) -> None:
    session = SessionAtTheDoor(at_once=None)
    door = LocalDoor(tmp_path, session.rings, nobody, lambda: {"state": "locked"})
    waiting = []
    try:
        for _ in range(places.MAX_ASKED):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            waiting.append(one)
            address.connect(one, address.doorbell(tmp_path))
            one.sendall(json.dumps(WISH).encode() + b"\n")
            session.requested()
        assert say(tmp_path, json.dumps(WISH).encode() + b"\n")["error"] == "busy"
        other = "import sys; from kiosk.agent.doorbell.client import ask; print(ask(*map(eval, sys.argv[1:])))"
        words = [f"__import__('pathlib').Path({str(address.doorbell(tmp_path))!r})", "{'op': 'status'}"]
        told = subprocess.run([sys.executable, "-c", other, *words], capture_output=True, text=True, check=True)
        assert "locked" in told.stdout
    finally:
        for caller in waiting:
            caller.close()
        door.close()


def test_it_outlives_a_moment_without_a_thread_left(
    door: LocalDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under a fork bomb elsewhere on the machine."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    for _ in range(places.MAX_PLACES + 1):  # no place in the room is lost either
        with monkeypatch.context() as nothing_left, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            nothing_left.setattr(threading.Thread, "start", refuse)
            connection.settimeout(10)
            address.connect(connection, address.doorbell(tmp_path))
            assert connection.recv(1) == b""
    assert ask(address.doorbell(tmp_path), {"op": "status"})["state"] == "locked"


def test_whoever_crowds_at_their_own_door_keeps_nobody_from_theirs(door: LocalDoor) -> None:
    crowd = []
    for _ in range(places.MAX_PLACES):
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address.connect(one, door.path_for("anna"))
        crowd.append(one)
    try:
        assert ask(door.path_for("ben"), {"op": "status"}) == {"state": "locked"}
    finally:
        for caller in crowd:
            caller.close()


def test_doors_of_people_who_have_long_been_away_are_closed(
    door: LocalDoor, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(local, "MAX_DOORS", 3)  # the station's and two persons'
    anna, ben = door.path_for("anna"), door.path_for("ben")
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    door.path_for("anna")
    cleo = door.path_for("cleo")
    assert [path.exists() for path in (anna, ben, cleo)] == [True, False, True]
    for number in range(20):
        door.path_for(f"passer-{number}")
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert ask(address.doorbell(tmp_path), {"op": "status"}) == {"state": "locked"}
    ask(door.path_for("ben"), WISH)
    assert session.requested().asker.login == "ben"
