"""Who asks is the file that the kernel says a process runs, as an administrator named it; never its own word."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.agent.doorbell.web import WebDoor
from kiosk.model.people import ProgramView
from kiosk.model.stepup import Asker
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody, this_is_a_browser

PYTHON = os.path.realpath("/usr/bin/python3")
"""As root's package manager put it there."""
NAME = "Clinical records"
ASK = (
    "import ctypes, json, os, socket, sys\n"
    "{before}\n"
    "s = socket.socket(socket.AF_UNIX)\n"
    "s.connect(sys.argv[1])\n"
    "wish = dict(op='step_up', action='record.export', resource='Patient/1', records=1)\n"
    "s.sendall(json.dumps(wish).encode() + b'\\n')\n"
    "{after}\n"
    "print(s.recv(4096).decode())\n"
)
ORIGIN = "https://records.hospital.example"


class Registry:
    """Programs that an administrator named."""

    def __init__(self) -> None:
        self.named: tuple[ProgramView, ...] = ()

    def __call__(self) -> tuple[ProgramView, ...]:
        return self.named


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def door(session: SessionAtTheDoor, registry: Registry) -> Iterator[LocalDoor]:
    """In a folder whose path is short: the programs here connect as plainly as anybody's, in 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="kiosk-t-") as home:
        made = LocalDoor(Path(home), session.rings, nobody, dict, programs=registry)
        yield made
        made.close()


def rung_by(door: LocalDoor, session: SessionAtTheDoor, words: list[str], before: str = "", **more: object) -> Asker:
    """Who rang, as the session hears it, when a program does ``before`` and then asks."""
    code = ASK.format(before=before, after="")
    path = door.path_for("anna")
    done = subprocess.run(
        [*words, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        **more,  # type: ignore[call-overload]  # passed on
    )
    assert json.loads(done.stdout)["decision"] == "granted", done.stdout
    return session.requested().asker


def test_a_registered_program_is_named(door: LocalDoor, session: SessionAtTheDoor, registry: Registry) -> None:
    registry.named = (ProgramView(NAME, PYTHON),)
    asker = rung_by(door, session, [PYTHON])
    assert (asker.program, asker.path) == (NAME, PYTHON)


def test_prctl_changes_nothing(door: LocalDoor, session: SessionAtTheDoor, registry: Registry) -> None:
    registry.named = (ProgramView(NAME, "/opt/records/bin/records"),)
    rename = "ctypes.CDLL(None).prctl(15, b'records', 0, 0, 0)"
    asker = rung_by(door, session, [PYTHON], rename)
    assert (asker.program, asker.path) == ("", PYTHON)


def test_a_script_s_name_and_what_it_calls_itself_change_nothing(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path
) -> None:
    script = tmp_path / "Clinical records"
    script.write_text(ASK.format(before="", after=""))
    path = door.path_for("anna")
    done = subprocess.run(
        ["Clinical records", str(script), str(path)], executable=PYTHON, capture_output=True, timeout=60, check=True
    )
    assert json.loads(done.stdout)["decision"] == "granted"
    asker = session.requested().asker
    assert (asker.program, asker.path) == ("", PYTHON)


def test_another_file_under_the_registered_path_is_not_the_program(
    door: LocalDoor, session: SessionAtTheDoor, registry: Registry, tmp_path: Path
) -> None:
    """A sandbox of one's own, in which something else lies at the path that was registered."""
    place = tmp_path / "opt"
    place.mkdir()
    real, fake = place / "records", tmp_path / "mine"
    shutil.copy("/usr/bin/true", real)
    shutil.copy(PYTHON, fake)
    registry.named = (ProgramView(NAME, str(real)),)
    words = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", f'mount --bind {fake} {real} && exec {real} "$@"', "sh"]
    asker = rung_by(door, session, words)
    assert (asker.program, asker.path) == ("", str(real))


def test_a_path_that_its_user_can_write_to_names_nobody(
    door: LocalDoor, session: SessionAtTheDoor, registry: Registry, tmp_path: Path
) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir(mode=0o777)
    open_to_all.chmod(0o777)
    mine = open_to_all / "records"
    shutil.copy(PYTHON, mine)
    registry.named = (ProgramView(NAME, str(mine)),)
    assert rung_by(door, session, [str(mine)]).program == ""
    registry.named = (ProgramView(NAME, str(mine), hashlib.sha256(mine.read_bytes()).hexdigest()),)
    assert rung_by(door, session, [str(mine)]).program == NAME
    with mine.open("ab") as file:
        file.write(b"x")
    assert rung_by(door, session, [str(mine)]).program == ""


def test_a_program_that_becomes_another_while_it_asks_is_refused(
    door: LocalDoor, session: SessionAtTheDoor, registry: Registry
) -> None:
    """It connects as itself, and is another program by the time it has asked."""
    registry.named = (ProgramView("Sleep", os.path.realpath("/usr/bin/sleep")),)
    code = (
        "import os, socket, sys, time\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); os.set_inheritable(s.fileno(), True)\n"
        "time.sleep(0.5)\n"  # the door has looked who connects; if not, the child is a stranger to it
        "if os.fork() == 0:\n"
        "    while not os.readlink(f'/proc/{os.getppid()}/exe').endswith('/sleep'): time.sleep(0.01)\n"
        '    s.sendall(b\'{"action": "record.export", "resource": "Patient/1", "records": 1}\\n\')\n'
        "    print(s.recv(4096).decode(), flush=True); os._exit(0)\n"
        "os.execv('/usr/bin/sleep', ['sleep', '3'])\n"
    )
    path = door.path_for("anna")
    done = subprocess.run([PYTHON, "-c", code, str(path)], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["error"] == "not_itself"
    assert session.heard.empty()


def test_a_path_that_cannot_be_drawn_is_refused(door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path) -> None:
    hidden = tmp_path / "rec\u200bords"
    shutil.copy(PYTHON, hidden)
    code = ASK.format(before="", after="")
    words = [str(hidden), "-c", code, str(door.path_for("anna"))]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert "path of the program" in json.loads(done.stdout)["detail"]
    assert session.heard.empty()


def test_a_local_program_cannot_say_that_it_is_a_page(session: SessionAtTheDoor, registry: Registry) -> None:
    web = WebDoor(0, session.rings, nobody, lambda: (ORIGIN,), registry)
    body = json.dumps({"action": "record.export", "resource": "Patient/1", "records": 1})

    def send() -> tuple[int, dict[str, str]]:
        with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)) as line:
            line.request("POST", "/step-up", body, {"Content-Type": "application/json", "Origin": ORIGIN})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())

    try:
        registry.named = (ProgramView("Records", os.path.realpath(sys.executable)),)
        status, said = send()
        assert (status, said["error"]) == (403, "not_a_browser")
        assert session.heard.empty()
        registry.named = this_is_a_browser()
        assert send()[0] == 200
        assert (session.requested().asker.origin, registry.named[0].browser) == (ORIGIN, True)
    finally:
        web.close()


def test_a_browser_s_socket_in_another_program_s_hands_is_no_browser_s(
    session: SessionAtTheDoor, registry: Registry
) -> None:
    registry.named = this_is_a_browser()
    web = WebDoor(0, session.rings, nobody, lambda: (ORIGIN,), registry)
    body = json.dumps({"action": "record.export", "resource": "Patient/1", "records": 1}).encode()
    head = f"POST /step-up HTTP/1.0\r\nHost: 127.0.0.1:{web.port}\r\nOrigin: {ORIGIN}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", web.port)) as line:
            words = ["/usr/bin/sleep", "30"]
            with subprocess.Popen(words, pass_fds=[line.fileno()]) as heir:
                line.sendall(head.encode() + body)
                got = b"".join(iter(lambda: line.recv(4096), b""))
                heir.kill()
        assert b"403" in got.split(b"\r\n")[0]
        assert session.heard.empty()
    finally:
        web.close()


def test_the_doorbell_s_own_name_is_not_the_asker_s(door: LocalDoor, session: SessionAtTheDoor) -> None:
    assert address.NAME not in rung_by(door, session, [PYTHON]).path
