"""Who is at the other end, by the operating system's word and nobody else's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk.agent.doorbell import peers
from kiosk.agent.doorbell.request import DoorbellRequestError
from tests.fakes.session_at_the_door import nobody, this_is_a_browser

CONNECT = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); sys.stdin.read()"


@pytest.fixture
def listener(tmp_path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(tmp_path / "s"))
    made.listen()
    return made


def test_a_program_is_known_by_its_executable_and_not_by_its_script(tmp_path: Path, listener: socket.socket) -> None:
    script = tmp_path / "exporter.py"
    script.write_text(CONNECT)
    with subprocess.Popen([sys.executable, str(script), str(tmp_path / "s")], stdin=subprocess.PIPE) as process:
        connection, _ = listener.accept()
        asker = peers.of_socket(connection, nobody)
        assert (asker.path, asker.pid, asker.login) == (os.path.realpath(sys.executable), process.pid, None)
        connection.close()
    listener.close()


def test_a_workspace_s_own_user_is_let_in_where_the_stage_knows_it() -> None:
    if os.getuid() != 0:
        pytest.fail("run the tests as root, as they start card services and databases too")
    name = f"\0kiosk-test-peers-{os.getpid()}"
    code = f"import os,socket; s=socket.socket(socket.AF_UNIX); s.connect({name!r}); os.read(0, 1)"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        words = ["/usr/bin/python3", "-c", code]
        with subprocess.Popen(words, stdin=subprocess.PIPE, user=65534, group=65534, extra_groups=[]) as process:
            connection, _ = listener.accept()
            with connection:
                assert peers.of_socket(connection, {process.pid: "anna"}.get).login == "anna"
                with pytest.raises(DoorbellRequestError):
                    peers.of_socket(connection, nobody, "anna")
            process.kill()


def test_a_program_that_ended_before_we_looked_is_a_stranger(tmp_path: Path, listener: socket.socket) -> None:
    process = subprocess.Popen([sys.executable, "-c", CONNECT, str(tmp_path / "s")], stdin=subprocess.PIPE)
    connection, _ = listener.accept()
    process.kill()
    process.communicate()
    with pytest.raises(DoorbellRequestError) as caught:
        peers.of_socket(connection, nobody)
    assert caught.value.code == "not_yours"
    connection.close()
    listener.close()


def test_a_process_that_ends_while_we_look_is_a_stranger(tmp_path: Path, listener: socket.socket) -> None:
    process = subprocess.Popen([sys.executable, "-c", CONNECT, str(tmp_path / "s")], stdin=subprocess.PIPE)
    connection, _ = listener.accept()

    def owner(pid: int) -> str | None:
        process.kill()
        process.communicate()
        return "anna"

    with pytest.raises(DoorbellRequestError):
        peers.of_socket(connection, owner)
    connection.close()
    listener.close()


def test_a_process_that_began_after_the_connection_came_is_not_who_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    real = peers.look(os.getpid())
    assert real is not None
    later = peers.PeerProcess(real.pid, real.uid, time.clock_gettime(time.CLOCK_BOOTTIME) + 5, "/usr/bin/impostor")
    monkeypatch.setattr(peers, "look", lambda pid: later)
    with pytest.raises(DoorbellRequestError):
        peers.of_socket(ours, nobody)
    ours.close()
    theirs.close()


def test_a_loopback_connection_is_traced_to_its_process() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    code = (
        "import socket,sys; s=socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(server.getsockname()[1])], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        connection, peer = server.accept()
        origin = "https://records.example"
        asker, _, pids = peers.of_loopback(peer, connection.getsockname(), nobody, origin, this_is_a_browser)
        assert pids == (process.pid,)
        assert (asker.pid, asker.origin) == (process.pid, "https://records.example")
        connection.close()
    server.close()


def test_a_connection_that_nobody_holds_is_a_strangers() -> None:
    with pytest.raises(DoorbellRequestError):
        peers.of_loopback(("127.0.0.1", 1), ("127.0.0.1", 2), nobody, "https://records.example")


def test_a_socket_shared_by_two_persons_programs_is_a_strangers() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    connection, peer = server.accept()
    words = [sys.executable, "-c", "input()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[client.fileno()]) as heir:

        def owner(pid: int) -> str | None:
            return "ben" if pid == heir.pid else "anna"

        with pytest.raises(DoorbellRequestError):
            peers.of_loopback(peer, connection.getsockname(), owner, "https://records.example")
    for end in (client, connection, server):
        end.close()
