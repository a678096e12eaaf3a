"""The local doorbell: who may ring, what may be said, and that nobody can make it hang."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.agent.doorbell.local import LocalDoor
from tests.agent.doorbell.at_the_door import WISH, door, say, session
from tests.fakes.session_at_the_door import GRANTED, SessionAtTheDoor, nobody

__all__ = ["door", "session"]


def test_a_step_up_is_rung_and_its_answer_comes_back(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path
) -> None:
    answer = ask(address.doorbell(tmp_path), {**WISH, "patients": ["Patient/1"], "purpose": "care", "timeout": 30})
    rung = session.requested()
    assert (rung.ask.resource, rung.ask.patients, rung.ask.purpose) == ("Patient/123", ("Patient/1",), "care")
    assert (rung.asker.pid, rung.asker.uid, rung.asker.login) == (os.getpid(), os.getuid(), None)
    assert answer == {
        "decision": "granted",
        "reason": None,
        "token": GRANTED.token,
        "acr": "phr",
        "amr": ["pop", "pin", "mfa"],
        "request_id": "request-1",
    }


@pytest.mark.parametrize("purpose", ["", "  ", None])
def test_an_empty_purpose_is_none_and_the_person_picks_one(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, purpose: str | None
) -> None:
    assert ask(address.doorbell(tmp_path), {**WISH, "purpose": purpose})["decision"] == "granted"
    assert session.requested().ask.purpose is None


def test_status_is_answered_without_a_ring(door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path) -> None:
    assert ask(address.doorbell(tmp_path), {"op": "status"}) == {"state": "locked"}
    assert session.heard.empty()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"not json\n", "bad_json"),
        (b"\xff\xfe\n", "bad_json"),
        (b"\n", "bad_json"),
        (b"[]\n", "bad_request"),
        (b'"step_up"\n', "bad_request"),
        (b'{"op":"open_the_door"}\n', "bad_request"),
        (b'{"op":"step_up"}\n', "bad_request"),
        (b'{"op":"step_up","action":"a","resource":"b","records":-1}\n', "bad_request"),
        (b'{"op":"step_up","action":"a","resource":"b","records":"12"}\n', "bad_request"),
        (b'{"op":"step_up","action":"a","resource":"b","records":1,"login":"ben"}\n', "bad_request"),
        (b'{"op":"step_up","action":"a","resource":"b","records":1,"timeout":0}\n', "bad_request"),
        (b'{"op":"step_up","action":"","resource":"b","records":1}\n', "bad_request"),
        (b"[" * 60_000 + b"\n", "bad_"),
        (b'{"op":"' + b"x" * 70_000 + b'"}\n', "too_large"),
    ],
)
def test_bad_input_is_named_and_rings_nobody(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, raw: bytes, code: str
) -> None:
    said = say(tmp_path, raw)
    assert said["error"].startswith(code)
    assert said["detail"]
    assert session.heard.empty()


def test_a_wish_that_is_cut_anywhere_rings_nobody(door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path) -> None:
    whole = json.dumps(WISH).encode()
    for at in range(len(whole)):
        said = say(tmp_path, whole[:at], end=True)
        assert said["error"].startswith("bad_") and said["detail"].endswith("."), whole[:at]
    assert session.heard.empty()


def test_a_wish_that_comes_twice_rings_once(door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path) -> None:
    line = json.dumps(WISH).encode() + b"\n"
    assert say(tmp_path, line + line)["decision"] == "granted"
    session.requested()
    assert session.heard.empty()


def test_a_program_that_goes_away_withdraws_its_ring(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path
) -> None:
    session.at_once = None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        address.connect(connection, address.doorbell(tmp_path))
        connection.sendall(json.dumps(WISH).encode() + b"\n")
        ring = session.requested().request_number
    assert session.withdrawn().request_number == ring


def test_when_the_agent_stops_whoever_waits_is_told(door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path) -> None:
    session.at_once = None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        address.connect(connection, address.doorbell(tmp_path))
        connection.sendall(json.dumps(WISH).encode() + b"\n")
        session.requested()
        session.rings.close()
        assert json.loads(connection.recv(4096))["reason"] == "busy"


def test_a_workspace_is_not_told_who_else_works_here(tmp_path: Path, session: SessionAtTheDoor) -> None:
    busy = {"state": "enrolment", "step": "proof", "person": "ben", "name": "Ben Nevis", "assurance": "aal2"}
    door = LocalDoor(tmp_path, session.rings, nobody, lambda: busy)
    try:
        told = ask(door.path_for("anna"), {"op": "status"})
        assert told == dict.fromkeys(busy, None) | {"state": "locked"}
        assert ask(door.path_for("ben"), {"op": "status"}) == busy
        assert ask(address.doorbell(tmp_path), {"op": "status"}) == busy
    finally:
        door.close()


def test_the_socket_is_for_its_owner_alone(door: LocalDoor, tmp_path: Path) -> None:
    assert stat.S_IMODE(address.doorbell(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(address.doorbell(tmp_path).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("first", ["", "select.select([s],[],[]); "], ids=["says it at once", "is refused before"])
def test_another_users_program_is_refused_even_if_it_could_connect(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, first: str
) -> None:
    if os.getuid() != 0:
        pytest.fail("run the tests as root, as they start card services and databases too")
    path = address.doorbell(tmp_path)
    path.parent.chmod(0o711)
    path.chmod(0o666)
    code = (
        "import os,select,socket,sys\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        f"{first}s.sendall(sys.stdin.buffer.read())\n"
        "print(s.recv(4096).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path.name],
        cwd=path.parent,  # the folders above are for their owner alone
        input=json.dumps(WISH) + "\n",
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert json.loads(done.stdout)["error"] == "not_yours"
    assert session.heard.empty()


def test_a_workspaces_own_doorbell_says_whose_it_is(door: LocalDoor, session: SessionAtTheDoor) -> None:
    path = door.path_for("anna")
    assert door.path_for("anna") == path
    ask(path, WISH)
    assert session.requested().asker.login == "anna"


def test_a_program_of_one_workspace_cannot_pass_for_another(tmp_path: Path, session: SessionAtTheDoor) -> None:
    door = LocalDoor(tmp_path, session.rings, lambda pid: "ben", dict)
    try:
        ask(door.path_for("anna"), WISH)
        assert session.requested().asker.login == "ben"
    finally:
        door.close()


def test_a_folder_with_a_long_name_has_a_doorbell_too(tmp_path: Path, session: SessionAtTheDoor) -> None:
    home = tmp_path / ("ward-" * 20)
    home.mkdir()
    door = LocalDoor(home, session.rings, nobody, lambda: {"state": "locked"})
    try:
        assert ask(address.doorbell(home), {"op": "status"}) == {"state": "locked"}
    finally:
        door.close()


def test_without_an_agent_the_error_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(AgentNotRunningError, match="kiosk agent run"):
        ask(address.doorbell(tmp_path), {"op": "status"})


def test_a_new_door_changes_no_mode_that_other_threads_give(door: LocalDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The umask is the whole process's: whatever another thread makes at that moment would have it."""

    def touched(_mask: int) -> int:
        raise AssertionError("the umask was changed")

    monkeypatch.setattr(os, "umask", touched)
    path = door.path_for("ada")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.parent.iterdir() if file.name.endswith(".new")] == []
