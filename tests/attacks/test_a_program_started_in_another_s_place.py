"""A program that connects, asks, and starts a registered one in its own place: a child reads the answer.

Its number and its start time stay the same, and the kernel keeps no mark of what ran when the connection was made. So
the attacker need not even be quick: whatever is looked at afterwards is the registered program.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent.doorbell import peers
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.agent.doorbell.web import WebDoor
from kiosk.model.people import ProgramView
from kiosk.model.stepup import Asker
from tests.fakes.session_at_the_door import GRANTED, SessionAtTheDoor, nobody

PYTHON = os.path.realpath("/usr/bin/python3")
SLEEP = os.path.realpath("/usr/bin/sleep")
NAME = "Clinical records"
ORIGIN = "https://records.hospital.example"
WISH = b'{"op": "step_up", "action": "record.export", "resource": "Patient/1", "records": 1}'
CONNECT = f"import os, socket, sys, time\ns = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\nwish = {WISH!r}\n"
BECOME = (
    "def become():\n"
    "    os.set_inheritable(s.fileno(), True)\n"
    "    os.write(1, b'now\\n')\n"
    f"    os.execv({SLEEP!r}, ['sleep', '30'])\n"
    "def listen():\n"
    "    while os.readlink(f'/proc/{os.getppid()}/exe') != %r: time.sleep(0.01)\n" % SLEEP
)
"""``listen`` is the child's: it waits until the registered program runs."""


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def door(tmp_path: Path, session: SessionAtTheDoor) -> Iterator[LocalDoor]:
    registered = (ProgramView(NAME, SLEEP), ProgramView("Python", PYTHON))
    made = LocalDoor(tmp_path / "home", session.rings, nobody, dict, programs=lambda: registered)
    yield made
    made.close()


@pytest.fixture
def slow_door(door: LocalDoor, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalDoor, threading.Event]]:
    """One that comes to its connections only when told: an agent that has much to do."""
    go = threading.Event()
    real = LocalDoor._attend

    def attend(self: LocalDoor, *which: object) -> None:
        go.wait(60)
        real(self, *which)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(LocalDoor, "_attend", attend)
    yield door, go
    go.set()


def runs(pid: int) -> str:
    return str(Path(f"/proc/{pid}/exe").readlink())


def heard_by(door: LocalDoor, code: str, go: threading.Event | None = None) -> dict[str, str]:
    """What the attacker's child reads."""
    bell = door.path_for("anna")  # by its name alone: a folder's path may be too long for an address
    words = [PYTHON, "-c", CONNECT + BECOME + code, bell.name]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=bell.parent) as attacker:
        assert attacker.stdout is not None
        try:
            while attacker.stdout.readline() != b"now\n":
                assert attacker.poll() is None
            if go is not None:
                while runs(attacker.pid) != SLEEP:
                    pass
                go.set()
            answer = json.loads(attacker.stdout.readline())
        finally:
            attacker.kill()
    assert isinstance(answer, dict)
    return answer


def test_who_asks_first_and_then_starts_it_is_refused(
    slow_door: tuple[LocalDoor, threading.Event], session: SessionAtTheDoor
) -> None:
    """Won every time before: all that was looked at was the registered program."""
    child = (
        "s.sendall(wish + b'\\n')\nif os.fork():\n    become()\nlisten(); print(s.recv(4096).decode(), flush=True)\n"
    )
    assert heard_by(*slow_door[:1], child, slow_door[1])["error"] == "not_itself"
    assert session.heard.empty()


def test_nor_is_the_line_handed_back_after_it_was_put_away(
    slow_door: tuple[LocalDoor, threading.Event], session: SessionAtTheDoor
) -> None:
    """While it is looked at nobody else holds the line: it lies in another socket's queue, and is taken out later."""
    child = (
        "import array\n"
        "s.sendall(wish + b'\\n')\n"
        "mine, theirs = socket.socketpair()\n"
        "mine.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [s.fileno()]))])\n"
        "if os.fork():\n    become()\n"
        "s.close(); listen(); time.sleep(0.5)\n"  # while it is looked at; taken out before, there are two who hold it
        "got = socket.recv_fds(theirs, 1, 1)[1][0]\n"
        "print(socket.socket(fileno=got).recv(4096).decode(), flush=True)\n"
    )
    assert heard_by(slow_door[0], child, slow_door[1])["error"] == "not_itself"
    assert session.heard.empty()


def test_a_child_does_not_ask_for_whoever_connected(door: LocalDoor, session: SessionAtTheDoor) -> None:
    child = (
        "if os.fork():\n    become()\nlisten(); s.sendall(wish + b'\\n'); print(s.recv(4096).decode(), flush=True)\n"
    )
    assert heard_by(door, child)["error"] == "not_itself"
    assert session.heard.empty()


def test_not_even_a_part_of_it(door: LocalDoor, session: SessionAtTheDoor) -> None:
    """Asked by two processes of the same program: each piece has its sender."""
    child = (
        "s.sendall(wish[:20])\n"
        "if os.fork() == 0:\n    s.sendall(wish[20:] + b'\\n'); os._exit(0)\n"
        "os.write(1, b'now\\n'); print(s.recv(4096).decode(), flush=True)\n"
    )
    assert heard_by(door, child)["error"] == "not_itself"
    assert session.heard.empty()


def test_who_starts_it_while_the_person_reads_does_not_get_the_token(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path
) -> None:
    """The registered program opens, asks, is read and approved; by then it has become another."""
    read = tmp_path / "read"
    session.at_once = None
    child = (
        "s.sendall(wish + b'\\n')\nif os.fork():\n    become()\nlisten(); print(s.recv(4096).decode(), flush=True)\n"
    )
    found: list[dict[str, str]] = []
    waits = "while not os.path.exists(READ): time.sleep(0.01)\nif os".replace("READ", repr(str(read)))
    attacker = threading.Thread(target=lambda: found.append(heard_by(door, child.replace("if os", waits))))
    attacker.start()
    rung = session.requested()
    assert rung.asker.program == "Python"
    read.touch()
    while runs(rung.asker.pid) != SLEEP:
        pass
    session.rings.answer(rung.request_number, GRANTED)
    attacker.join(60)
    assert found[0]["error"] == "not_yours"
    assert "token" not in found[0]


def asked_with(door: LocalDoor, environment: dict[str, str], traced: bool = False) -> dict[str, str]:
    """What a registered python is answered."""
    code = CONNECT + "s.sendall(wish + b'\\n'); print(s.recv(4096).decode(), flush=True)\n"
    traced_code = "import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)\n" + code if traced else code
    bell, env = door.path_for("anna"), {**os.environ, **environment}
    words = [PYTHON, "-c", traced_code, bell.name]
    done = subprocess.run(words, capture_output=True, timeout=60, check=True, env=env, cwd=bell.parent)
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"])
def test_a_program_with_somebody_s_own_libraries_is_not_named(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    mine.chmod(0o777)
    library = next(Path("/usr/lib").rglob("libc.so.6"))
    shutil.copy(library, mine / "libm.so.6" if name == "LD_AUDIT" else mine / "mine.so")
    brought = mine if name == "LD_LIBRARY_PATH" else mine / "mine.so"
    said = asked_with(door, {name: str(brought)})
    assert (said["error"], name in said["detail"]) == ("not_itself", True)
    assert session.heard.empty()
    assert asked_with(door, {name: "/usr/lib" if name == "LD_LIBRARY_PATH" else ""})["decision"] == "granted"


def test_a_link_that_its_user_can_turn_is_their_own(door: LocalDoor, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.fail("run the tests as root, as they start card services and databases too")
    link = tmp_path / "libs"
    link.symlink_to("/usr/lib")
    os.lchown(link, 65534, 65534)
    assert asked_with(door, {"LD_LIBRARY_PATH": str(link)})["error"] == "not_itself"
    assert asked_with(door, {"LD_LIBRARY_PATH": "/usr/lib::/usr/lib"})["error"] == "not_itself"
    assert asked_with(door, {"LD_LIBRARY_PATH": "/tmp/not-there/yet"})["error"] == "not_itself"
    assert asked_with(door, {"LD_LIBRARY_PATH": "/opt/not-there/yet"})["decision"] == "granted"


def test_a_program_that_is_traced_is_not_named(door: LocalDoor, session: SessionAtTheDoor) -> None:
    said = asked_with(door, {}, traced=True)
    assert (said["error"], "debugger" in said["detail"]) == ("not_itself", True)
    assert session.heard.empty()


PUT_AWAY = """
import array, os, socket, sys, time
head = f'POST /step-up HTTP/1.0\\r\\nHost: 127.0.0.1:{sys.argv[1]}\\r\\nOrigin: %s\\r\\n'
wish = (head + f'Content-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n').encode() + %r
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
os.set_inheritable(s.fileno(), True)
mine, theirs = socket.socketpair()
put = lambda one: mine.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [one.fileno()]))])
take = lambda: socket.socket(fileno=socket.recv_fds(theirs, 1, 1)[1][0])
s.sendall(wish[:-1])
put(s)
if os.fork():
    os.execv(%r, ['sleep', '30'])
s.close()
while os.readlink(f'/proc/{os.getppid()}/exe') != %r: time.sleep(0.01)
got = take()
got.sendall(wish[-1:])
put(got)
got.close()
print('asked', flush=True)
sys.stdin.readline()
print(take().recv(4096).decode().split()[1], flush=True)
""" % (ORIGIN, len(WISH), WISH, SLEEP, SLEEP)  # noqa: UP031 - braces are the program's own
"""Nobody but the browser holds the line while it is looked at, and it is the one that connected."""


def test_a_browser_that_was_started_with_the_line_is_not_the_one_that_asked(
    session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser does not close its lines to what it starts, so its age is told by its other threads."""
    go, real = threading.Event(), peers.of_loopback

    def look(*words: Any) -> tuple[Asker, int, tuple[int, ...]]:
        go.wait(60)
        return real(*words)

    monkeypatch.setattr(peers, "of_loopback", look)
    web = WebDoor(0, session.rings, nobody, lambda: (ORIGIN,), lambda: (ProgramView("Browser", SLEEP, None, True),))
    words = [PYTHON, "-c", PUT_AWAY, str(web.port)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attacker:
        assert attacker.stdout is not None
        try:
            assert attacker.stdout.readline() == "asked\n"
            go.set()
            assert attacker.communicate("\n", timeout=60)[0] == "403\n"
        finally:
            attacker.kill()
            web.close()
    assert session.heard.empty()


BROWSER = """
import socket, sys, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
time.sleep(0.1)  # longer than a tick of the clock by which ages are told
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.set_inheritable(True)
s.sendall(sys.argv[2].encode())
print(s.recv(4096).decode().split()[1], flush=True)
"""


def test_a_browser_that_ran_before_asks_as_ever(session: SessionAtTheDoor) -> None:
    """With a line that what it starts would inherit, as browsers have them."""
    web = WebDoor(0, session.rings, nobody, lambda: (ORIGIN,), lambda: (ProgramView("Browser", PYTHON, None, True),))
    head = f"POST /step-up HTTP/1.0\r\nHost: 127.0.0.1:{web.port}\r\nOrigin: {ORIGIN}\r\n"
    wish = f"{head}Content-Type: application/json\r\nContent-Length: {len(WISH)}\r\n\r\n{WISH.decode()}"
    try:
        words = [PYTHON, "-c", BROWSER, str(web.port), wish]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == "200\n"
    finally:
        web.close()
    assert session.requested().asker.origin == ORIGIN


def test_a_program_with_process_numbers_of_its_own_is_known(door: LocalDoor, session: SessionAtTheDoor) -> None:
    """As in a workspace's sandbox: the kernel says its number in ours, with what it writes and with who connected."""
    code = CONNECT + "s.sendall(wish + b'\\n'); print(os.getpid(), s.recv(4096).decode(), flush=True)\n"
    bell = door.path_for("anna")
    words = ["/usr/bin/unshare", "--pid", "--fork", PYTHON, "-c", code, bell.name]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True, cwd=bell.parent)
    number, _, answer = done.stdout.partition(" ")
    assert (number, json.loads(answer)["decision"]) == ("1", "granted")
    assert session.requested().asker.program == "Python"
