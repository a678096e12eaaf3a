"""The private card service: reachable by us, by nobody else, and never left behind."""

from __future__ import annotations

import gc
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.demo.cardservice import FIRST_PORT, CardServiceFailedError, VirtualCardService
from kiosk.reader import one_card
from tests.fakes.cardservice import READERS, lay_card

pytestmark = pytest.mark.pcsc


def readers_seen() -> list[str]:
    """What a foreign program sees, in a process of its own."""
    done = subprocess.run(["pcsc_scan", "-r"], capture_output=True, text=True, timeout=10, check=False)
    return [line.split(": ", 1)[1].strip() for line in done.stdout.splitlines() if ": " in line]


def ask_opensc(reader: str) -> str:
    """What OpenSC prints when it asks the card on ``reader`` for its number."""
    # Its own wait (-w) misses a card that comes between its look and its wait.
    one_card(reader, 5).close()
    command = ["opensc-tool", "-r", reader, "-c", "default", "-s", "FFCA000000"]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout


def test_other_programs_see_its_readers_through_the_environment(card_service: VirtualCardService) -> None:
    assert readers_seen() == list(READERS)


def test_its_readers_are_not_reachable_from_outside(card_service: VirtualCardService) -> None:
    assert card_service.isolated
    # All of them or none. Another program may have been given one of these ports out there.
    assert [port for port in range(FIRST_PORT, FIRST_PORT + len(READERS)) if not _listens(port)]


def _listens(port: int) -> bool:
    with socket.socket() as outside:
        return outside.connect_ex(("127.0.0.1", port)) == 0


def test_a_command_can_be_started_where_the_readers_listen(card_service: VirtualCardService) -> None:
    code = f"import socket; socket.create_connection(('127.0.0.1', {FIRST_PORT + 2}), 5)"
    subprocess.run([*card_service.enter, sys.executable, "-c", code], check=True, timeout=10)


def test_no_connection_is_given_a_readers_port(card_service: VirtualCardService) -> None:
    """Its end would hold the port for a minute, in which that reader could not be opened."""
    words = [*card_service.enter, "cat", "/proc/sys/net/ipv4/ip_local_port_range"]
    least, most = subprocess.run(words, capture_output=True, text=True, check=True, timeout=10).stdout.split()
    assert not set(range(int(least), int(most) + 1)) & set(range(FIRST_PORT, FIRST_PORT + len(READERS)))
    assert Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split() != [least, most], "this machine's own"


def test_it_is_found_at_the_same_place_after_a_restart_and_after_kill_9(card_service: VirtualCardService) -> None:
    card_service.restart()
    assert readers_seen() == list(READERS)
    card_service.kill9()
    assert not card_service.is_running()
    card_service.start()
    assert readers_seen() == list(READERS)


def test_nothing_is_left_when_its_owner_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from kiosk.demo.cardservice import VirtualCardService\n"
        "service = VirtualCardService(2, Path(sys.argv[1])); service.start()\n"
        "print(service.enter[1].split('/')[2], flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    keeper = int(owner.stdout.readline())
    pcscd = int(Path(f"/proc/{keeper}/task/{keeper}/children").read_text())
    watched = [os.pidfd_open(keeper), os.pidfd_open(pcscd)]
    owner.kill()
    owner.communicate()
    for process in watched:
        # A pidfd becomes readable when its process has ended.
        assert select.select([process], [], [], 10)[0], "still running"
        os.close(process)


def test_asking_a_closed_service_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CardServiceFailedError, match="start it first"):
        VirtualCardService(2, tmp_path).stop()


def number(slot: int) -> Callable[[bytes], bytes]:
    return lambda apdu: bytes([0xB0 + slot, 0x90, 0x00])


def test_every_reader_takes_a_card_of_its_own(card_service: VirtualCardService) -> None:
    for slot, name in enumerate(READERS):
        with lay_card(card_service, slot, number(slot)):
            done = ask_opensc(name)
        assert f"Received (SW1=0x90, SW2=0x00):\nB{slot} " in done


def test_one_that_is_never_started_leaves_no_folder() -> None:
    service = VirtualCardService(0)
    folder = service.directory
    assert folder.is_dir()
    del service
    gc.collect()
    assert not folder.exists()
