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
from kiosk.stage.nested_client import DOUBTED, HUNG
from tests.fakes.process_table import until

ADA = Person("1", "ada", "Ada Lovelace", ())


@pytest.fixture
def line() -> Iterator[tuple[NestedStage, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(p.write(p.Ready(p.VERSION, 0)))
    deaf = Audience(**{field.name: lambda *_: None for field in fields(Audience)})
    client = NestedStage(theirs.detach(), deaf, lambda _login: "", lambda: None, lambda: None)
    yield client, ours
    client.close()
    ours.close()


def test_a_process_is_theirs_only_as_long_as_their_workspace_is_there(line: tuple[NestedStage, socket.socket]) -> None:
    """The number of an ended workspace's first process is used again, perhaps by somebody else's program."""
    client, stage = line
    client.show(ADA)
    stage.send(p.write(p.Inside(1, os.getpid())))
    until("known", lambda: client.owner_of(os.getpid()) == "ada")
    client.end("ada")
    stage.send(p.write(p.Gone(1, "ENDED")))
    until("nobody's", lambda: client.owner_of(os.getpid()) is None)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watching(said: list[str]) -> Iterator[tuple[NestedStage, socket.socket]]:
    """Notes when the client covers by itself, and when it gives the stage up."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(p.write(p.Ready(p.VERSION, 0)))
    audience = Audience(**{field.name: lambda *_: None for field in fields(Audience)} | {"locked": said.append})
    client = NestedStage(theirs.detach(), audience, lambda _login: "", lambda: None, lambda: said.append("hung"))
    ours.recv(p.MAX_MESSAGE)
    yield client, ours
    client.close()
    ours.close()


def test_a_stage_that_reads_nothing_is_covered_and_then_given_up_once(
    watching: tuple[NestedStage, socket.socket], said: list[str]
) -> None:
    client, _ = watching
    heard = []
    for _ in range(2 * HUNG):
        client.beat()
        heard.append(tuple(said))
    assert heard[DOUBTED - 1] == () and heard[DOUBTED] == ("silent",)
    assert heard[HUNG - 1] == ("silent",) and heard[HUNG] == heard[-1] == ("silent", "hung")


def test_one_beat_that_is_read_in_time_begins_the_count_anew(
    watching: tuple[NestedStage, socket.socket], said: list[str]
) -> None:
    client, stage = watching
    for _ in range(3):
        for _ in range(DOUBTED):
            client.beat()
        assert p.read_order(stage.recv(p.MAX_MESSAGE)) == p.Beat()
    assert said == []


def test_an_order_that_finds_no_room_is_not_lost_in_silence(
    watching: tuple[NestedStage, socket.socket], said: list[str]
) -> None:
    client, _ = watching
    for _ in range(2000):  # the kernel's own limits: net.unix.max_dgram_qlen, net.core.wmem_default
        client.cover()
        if said:
            break
    assert said == ["hung"]
