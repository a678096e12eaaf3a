"""The words between agent and stage: one way to write each message, and nothing else is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, get_args, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.stage import protocol as p

T = TypeVar("T")
NUMBERS = st.integers(0, 999_999_999)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
ORDER_KINDS: tuple[type[p.Order], ...] = get_args(p.Order)
ANSWER_KINDS: tuple[type[p.Answer], ...] = get_args(p.Answer)


def every(kinds: Sequence[type[T]]) -> st.SearchStrategy[T]:
    """Messages of each of ``kinds``, with whatever their fields can hold."""
    fields = {int: NUMBERS, str: TEXTS}
    told = {kind: {name: fields[is_a] for name, is_a in get_type_hints(kind).items()} for kind in kinds}
    return st.one_of(*(st.builds(kind, **wanted) for kind, wanted in told.items()))


ORDERS, ANSWERS = every(ORDER_KINDS), every(ANSWER_KINDS)
WORDS = "|".join(kind.__name__.upper() for kind in ORDER_KINDS)


def test_every_message_has_a_word_of_its_own() -> None:
    words = [kind.__name__.upper() for kind in (*ORDER_KINDS, *ANSWER_KINDS)]
    assert len(words) == len(set(words)) > 20


@pytest.mark.parametrize("kind", [*ORDER_KINDS, *ANSWER_KINDS], ids=lambda kind: kind.__name__)
def test_each_message_is_read_by_its_own_side_alone(kind: type[p.Order | p.Answer]) -> None:
    message = kind._make(7 if is_a is int else "x" for is_a in get_type_hints(kind).values())
    mine, other = (p.read_order, p.read_answer) if kind in ORDER_KINDS else (p.read_answer, p.read_order)
    assert mine(p.write(message)) == message
    with pytest.raises(p.MalformedMessageError):
        other(p.write(message))


@given(ORDERS)
def test_an_order_is_read_as_it_was_written(order: p.Order) -> None:
    read = p.read_order(p.write(order))
    assert read == order and type(read) is type(order)


@given(ANSWERS)
def test_an_answer_is_read_as_it_was_written(answer: p.Answer) -> None:
    read = p.read_answer(p.write(answer))
    assert read == answer and type(read) is type(answer)


@given(
    st.one_of(
        st.binary(max_size=80),
        st.from_regex(rf"({WORDS})( [-%0-9A-Za-z._]{{0,8}}){{0,5}}".encode(), fullmatch=True),
    )
)
@example(b"SHOW 00")
@example(b"SHOW 1\n")
@example(b"ADD 1 %61 - -")
@example(b"ADD 1 a%00 - -")
@example(b"ADD 1 %C0%80 - -")
@example(b"SHOW \xd9\xa1")
@example(b"LOCK ")
def test_whatever_is_accepted_is_the_one_way_to_write_it(packet: bytes) -> None:
    try:
        order = p.read_order(packet)
    except p.MalformedMessageError:
        return
    assert p.write(order) == packet


@pytest.mark.parametrize(
    "packet",
    [b"", b" ", b"SHOW 00", b"SHOW 1\n", b"SHOW +1", b"SHOW 1 ", b"ADD 1 %61 - -", b"ADD 1 a%00 - -", b"SHOWN 1"],
)
def test_what_is_no_order_is_malformed(packet: bytes) -> None:
    with pytest.raises(p.MalformedMessageError):
        p.read_order(packet)


@pytest.mark.parametrize(
    "packet", [b"", b"SHOW 1", b"LOCK", b"SHOWN", b"SHOWN 01", b"HAVE 1 %61", b"HAVE 1 a/b", b"LOCKED A B", b"\xff"]
)
def test_what_is_no_answer_is_malformed(packet: bytes) -> None:
    """An order among them: neither side takes the other's words from its own."""
    with pytest.raises(p.MalformedMessageError):
        p.read_answer(packet)


def test_a_message_longer_than_the_largest_is_malformed_unread() -> None:
    longest = b"LOCKED " + b"a" * (p.MAX_MESSAGE - len(b"LOCKED "))
    assert p.read_answer(longest) == p.Locked("a" * (p.MAX_MESSAGE - len(b"LOCKED ")))
    with pytest.raises(p.MalformedMessageError):
        p.read_answer(longest + b"a")


@given(ORDERS, st.data())
def test_one_changed_byte_never_makes_an_unlock_of_what_was_none(order: p.Order, data: st.DataObject) -> None:
    packet = bytearray(p.write(order))
    packet[data.draw(st.integers(0, len(packet) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = p.read_order(bytes(packet))
    except p.MalformedMessageError:
        return
    assert isinstance(read, p.Show) <= isinstance(order, p.Show)
