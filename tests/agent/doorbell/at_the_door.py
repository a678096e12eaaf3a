"""A local doorbell with its session, and what is said at it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.local import LocalDoor
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

WISH = {"op": "step_up", "action": "record.export", "resource": "Patient/123", "records": 12}


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def door(tmp_path: Path, session: SessionAtTheDoor) -> Iterator[LocalDoor]:
    made = LocalDoor(tmp_path, session.rings, nobody, lambda: {"state": "locked"})
    yield made
    made.close()


def say(home: Path, raw: bytes, *, end: bool = False) -> dict[str, Any]:
    """Send ``raw`` as it is; the answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        address.connect(connection, address.doorbell(home))
        connection.sendall(raw)
        if end:
            connection.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: connection.recv(4096), b""))
    answer = json.loads(got)
    assert isinstance(answer, dict)
    return answer
