"""Programs that connect to the web doorbell and say nothing, again and again: a page gets in all the same."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from kiosk.agent.doorbell import places
from kiosk.agent.doorbell.places import MAX_ASKED, MAX_PLACES, Places
from kiosk.agent.doorbell.web import WebDoor
from kiosk.agent.doorbell.web_page import PATH
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody, this_is_a_browser

PAGE = "https://records.hospital.example"
WISH = {"action": "record.export", "resource": "Patient/123", "records": 12}


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def door(session: SessionAtTheDoor) -> Iterator[WebDoor]:
    made = WebDoor(0, session.rings, nobody, lambda: (PAGE,), programs=this_is_a_browser)
    yield made
    made.close()


def ask(door: WebDoor) -> int:
    """A page asks; the answer's status, 0 for none."""
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    headers = {"Origin": PAGE, "Content-Type": "application/json"}
    try:
        connection.request("POST", PATH, json.dumps(WISH), headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def hold(door: WebDoor, stop: threading.Event) -> None:
    """Open silent connections for as long as it takes."""
    held: list[socket.socket] = []
    while not stop.is_set():
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", door.port), 5))
        while len(held) > 3 * MAX_PLACES:
            held.pop(0).close()
        stop.wait(0.002)
    for connection in held:
        connection.close()


def test_silent_connections_do_not_hold_the_door_shut(door: WebDoor) -> None:
    held = [socket.create_connection(("127.0.0.1", door.port), 5) for _ in range(2 * MAX_PLACES)]
    try:
        assert [ask(door) for _ in range(5)] == [200] * 5
    finally:
        for connection in held:
            connection.close()


def test_nor_do_those_that_come_again_and_again(door: WebDoor) -> None:
    stop = threading.Event()
    attacker = threading.Thread(target=hold, args=(door, stop))
    attacker.start()
    try:
        assert [ask(door) for _ in range(5)] == [200] * 5
    finally:
        stop.set()
        attacker.join(20)


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


def test_the_oldest_silent_one_of_whoever_has_most_goes() -> None:
    doors, made = Places(), [pair() for _ in range(MAX_PLACES + 2)]
    evil, ward = 1001, 1002
    assert doors.enter(made[0][0], ward)
    for mine, _ in made[1:MAX_PLACES]:
        assert doors.enter(mine, evil)
    assert doors.enter(made[MAX_PLACES][0], ward)
    made[1][1].settimeout(5)
    assert made[1][1].recv(1) == b""  # hung up on
    assert doors.asked(made[0][0])
    assert not doors.asked(made[1][0])
    for mine, other in made:
        mine.close()
        other.close()


def test_those_who_wait_for_an_answer_stay_and_are_few_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_PLACES", MAX_ASKED)
    doors, made = Places(), [pair() for _ in range(MAX_ASKED + 1)]
    for mine, _ in made[:-1]:
        assert doors.enter(mine, 1001)
        assert doors.asked(mine)
    assert not doors.enter(made[-1][0], 1002)
    doors.leave(made[0][0])
    assert doors.enter(made[-1][0], 1002)
    for mine, other in made:
        mine.close()
        other.close()
