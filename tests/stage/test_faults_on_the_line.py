"""Between agent and stage: each message cut, garbled, doubled or late. Whatever comes, nothing is shown by it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from kiosk.model.people import Person
from kiosk.stage import Audience, NestedStage
from kiosk.stage import protocol as p
from kiosk.stage.stage import StageError
from tests.fakes.process_table import until

ADA = Person("1", "ada", "Ada Lovelace", ())
ANSWERS: tuple[type[p.Answer], ...] = get_args(p.Answer)
ORDERS: tuple[type[p.Order], ...] = get_args(p.Order)
FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda packet: packet.split(b" ")[0][:-1] or b"?",
    "without its fields, or with one too many": lambda packet: (
        packet.split(b" ")[0] + (b"" if b" " in packet else b" 1")
    ),
    "garbled": lambda packet: bytes(byte ^ 0x80 for byte in packet),
    "in small letters": lambda packet: packet.lower() if packet.lower() != packet else b"?",
    "with a line end": lambda packet: packet + b"\n",
    "too long": lambda packet: packet + b" " * p.MAX_MESSAGE,
    "an order in its place": lambda _packet: p.write(p.Show(1)),
    "the end": lambda _packet: b"",
}


def one_of(kind: type[p.Order | p.Answer], number: int = 1) -> p.Order | p.Answer:
    """A message of that kind, about workspace ``number``."""
    return kind._make(number if is_a is int else "x" for is_a in get_type_hints(kind).values())


class Line:
    """A stage that the test speaks for, and what its agent's end told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.stage, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.stage.send(p.write(p.Ready(p.VERSION, 0)))
        audience = Audience(**{field.name: self._note(field.name) for field in fields(Audience)})
        self.client = NestedStage(theirs.detach(), audience, lambda _login: "", self._note("lost"), self._note("hung"))

    def _note(self, name: str) -> Callable[..., None]:
        return lambda *said: self.told.append((name, said))

    def lost(self) -> bool:
        return ("lost", ()) in self.told

    def close(self) -> None:
        self.client.close()
        self.stage.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_an_answer_that_is_none_ends_the_agent(line: Line, kind: type[p.Answer], fault: str) -> None:
    """A restart begins locked; nothing is told of the message but that."""
    line.client.show(ADA)
    packet = FAULTS[fault](p.write(one_of(kind)))
    if packet:
        line.stage.send(packet)
    else:
        line.stage.shutdown(socket.SHUT_RDWR)
    until("given up", line.lost)
    assert [name for name, _ in line.told] == ["lost"]


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_an_answer_twice_is_taken_for_no_other_and_costs_nothing(line: Line, kind: type[p.Answer]) -> None:
    packet = p.write(one_of(kind, 7))
    for _ in range(2):
        line.stage.send(packet)
    line.stage.send(p.write(p.Idle()))
    until("the end of it", lambda: ("idle", ()) in line.told)
    assert not line.lost()
    assert "shown" not in [name for name, _ in line.told], "nobody ordered workspace 7"


def test_a_workspace_that_is_shown_late_is_not_taken_for_the_present_one(line: Line) -> None:
    line.client.show(ADA)
    line.client.cover()
    line.stage.send(p.write(p.Shown(1)))
    line.stage.send(p.write(p.Idle()))
    until("heard", lambda: ("idle", ()) in line.told)
    assert "shown" not in [name for name, _ in line.told]


def test_an_earlier_workspace_that_is_shown_late_is_not_taken_for_the_next(line: Line) -> None:
    ben = Person("2", "ben", "Ben", ())
    line.client.show(ADA)
    line.client.show(ben)
    for number in (1, 2):
        line.stage.send(p.write(p.Shown(number)))
    until("heard", lambda: ("shown", ("ben",)) in line.told)
    assert ("shown", ("ada",)) not in line.told


@pytest.mark.parametrize("fault", FAULTS)
def test_an_agent_whose_greeting_is_not_answered_does_not_start(fault: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        packet = FAULTS[fault](p.write(p.Ready(p.VERSION, 0)))
        if packet:
            ours.send(packet)
        else:
            ours.shutdown(socket.SHUT_RDWR)
        deaf = Audience(**{field.name: lambda *_: None for field in fields(Audience)})
        with pytest.raises(StageError, match=r"\.$"):
            NestedStage(theirs.detach(), deaf, lambda _login: "", lambda: None, lambda: None)


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in ("an order in its place", "the end")])
def test_an_order_that_is_none_is_malformed(fault: str) -> None:
    """For the stage a reason to lock, and to end the agent (``nested/test_failing.py``)."""
    for kind in ORDERS:
        packet = FAULTS[fault](p.write(one_of(kind)))
        with pytest.raises(p.MalformedMessageError):
            p.read_order(packet)


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_an_answer_is_no_order(kind: type[p.Answer]) -> None:
    with pytest.raises(p.MalformedMessageError):
        p.read_order(p.write(one_of(kind)))
