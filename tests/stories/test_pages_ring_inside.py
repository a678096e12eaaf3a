"""A page in a person's workspace rings on that workspace's own loopback: whole station, real agent, also a new one."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.demo.hospital import free_port
from tests.fakes.application import Application
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.staged import Answer, agent_of
from tests.fakes.workplace import Workplace

pytestmark = pytest.mark.display
ORIGIN = "https://inside.hospital.example"
WISH = {"action": "record.export", "resource": "Ward/3", "records": 3, "purpose": "quality review"}
RING = """
import http.client, sys
line = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=100)
head = {"Content-Type": "application/json", "Origin": sys.argv[2]}
line.request("POST", "/step-up", sys.stdin.read(), head)
print(line.getresponse().read().decode())
"""
START = """
while true; do
    read -r asked < "$1/ask" && printf %s "$asked" | "$2" -c "$3" "$4" "$5" > "$1/answer"
done
"""


@pytest.fixture(scope="module")
def pipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipes")
    for name in ("ask", "answer"):
        os.mkfifo(folder / name)
    return folder


@pytest.fixture(scope="module")
def place(ward: Ward, pipes: Path) -> Iterator[Workplace]:
    """A nested station as it is shipped, with a doorbell for pages."""
    port, python = free_port(), sys.executable
    with closing(Application(ward, "inside", "urn:stories:inside")), ward.browsers(os.path.realpath(python)):
        ward.admin("app", "origin", "add", "inside", "--origin", ORIGIN, "--action", "record.export")
        program = ["/bin/sh", "-c", START, "sh", str(pipes), python, RING, str(port), ORIGIN]
        settings = f"doorbell_port = {port}"
        made = ward.workplace("inside", "Ward 6", 2, settings=settings, nested=program, readable=[pipes])
        made.station.start()
        made.wait("locked", service="online")
        yield made
        made.station.stop()


@pytest.fixture(scope="module")
def anna(ward: Ward) -> Colleague:
    return ward.hire("Anna Inside", key=True)


def granted(place: Workplace, pipes: Path, who: Colleague) -> dict[str, Any]:
    """A page in their workspace asks, they prove it, and this is what the page is told."""
    answer = Answer(pipes / "answer")
    (pipes / "ask").write_text(json.dumps(WISH) + "\n")
    place.asked(who.login)
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)
    return answer.read()


def test_a_page_rings_in_its_person_s_name_and_at_the_next_agent_too(
    place: Workplace, pipes: Path, anna: Colleague
) -> None:
    place.sign_in(anna)
    told = granted(place, pipes, anna)
    assert told["decision"] == "granted" and "token" not in told
    os.kill(agent_of(place), signal.SIGKILL)
    place.wait("locked", service="online")
    place.sign_in(anna)
    assert granted(place, pipes, anna)["decision"] == "granted"
