"""The agent's end of the stage, against a stage that the test speaks for."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import fields

import pytest

from kiosk.model.people import Person
from kiosk.stage import Audience, NestedStage
from kiosk.stage import protocol as p
from tests.fakes.process_table import until

ADA = Person("1", "ada", "Ada Lovelace", ())


@pytest.fixture
def line() -> Iterator[tuple[NestedStage, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(p.write(p.Ready(p.VERSION, 0)))
    deaf = Audience(**{field.name: lambda *_: None for field in fields(Audience)})
    client = NestedStage(theirs.detach(), deaf, lambda _login: "", lambda: None)
    yield client, ours
    client.close()
    ours.close()


def test_a_process_is_hers_only_as_long_as_her_workspace_is_there(line: tuple[NestedStage, socket.socket]) -> None:
    """The number of an ended workspace's first process is used again, perhaps by somebody else's program."""
    client, stage = line
    client.show(ADA)
    stage.send(p.write(p.Inside(1, os.getpid())))
    until("known", lambda: client.owner_of(os.getpid()) == "ada")
    client.end("ada")
    stage.send(p.write(p.Gone(1, "ENDED")))
    until("nobody's", lambda: client.owner_of(os.getpid()) is None)
