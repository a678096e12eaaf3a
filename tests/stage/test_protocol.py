"""The words between agent and stage: one way to write each message, and nothing else is one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.stage import protocol as p

NUMBERS = st.integers(0, 999_999_999)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
ORDERS = st.one_of(
    st.builds(p.Hello, NUMBERS),
    st.just(p.Beat()),
    st.just(p.Lock()),
    st.builds(p.Add, NUMBERS, TEXTS, TEXTS, TEXTS),
    st.builds(p.Show, NUMBERS),
    st.builds(p.End, NUMBERS),
    st.builds(p.Watch, NUMBERS),
    st.just(p.Stir()),
)
ANSWERS = st.one_of(
    st.builds(p.Ready, NUMBERS, NUMBERS),
    st.builds(p.Have, NUMBERS, TEXTS),
    st.builds(p.Inside, NUMBERS, NUMBERS),
    st.builds(p.Shown, NUMBERS),
    st.builds(p.Gone, NUMBERS, TEXTS),
    st.builds(p.Locked, TEXTS),
    st.just(p.Idle()),
)


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
        st.from_regex(rb"(SHOW|END|ADD|HELLO|LOCK|BEAT|WATCH|STIR)( [-%0-9A-Za-z._]{0,8}){0,5}", fullmatch=True),
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
    except p.Malformed:
        return
    assert p.write(order) == packet


@pytest.mark.parametrize(
    "packet",
    [b"", b" ", b"SHOW 00", b"SHOW 1\n", b"SHOW +1", b"SHOW 1 ", b"ADD 1 %61 - -", b"ADD 1 a%00 - -", b"SHOWN 1"],
)
def test_what_is_no_order_is_malformed(packet: bytes) -> None:
    with pytest.raises(p.Malformed):
        p.read_order(packet)


@pytest.mark.parametrize(
    "packet", [b"", b"SHOW 1", b"LOCK", b"SHOWN", b"SHOWN 01", b"HAVE 1 %61", b"HAVE 1 a/b", b"LOCKED A B", b"\xff"]
)
def test_what_is_no_answer_is_malformed(packet: bytes) -> None:
    """An order among them: neither side takes the other's words from its own."""
    with pytest.raises(p.Malformed):
        p.read_answer(packet)


def test_a_message_longer_than_the_largest_is_malformed_unread() -> None:
    longest = b"LOCKED " + b"a" * (p.LARGEST - len(b"LOCKED "))
    assert p.read_answer(longest) == p.Locked("a" * (p.LARGEST - len(b"LOCKED ")))
    with pytest.raises(p.Malformed):
        p.read_answer(longest + b"a")


@given(ORDERS, st.data())
def test_one_changed_byte_never_makes_an_unlock_of_what_was_none(order: p.Order, data: st.DataObject) -> None:
    packet = bytearray(p.write(order))
    packet[data.draw(st.integers(0, len(packet) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = p.read_order(bytes(packet))
    except p.Malformed:
        return
    assert isinstance(read, p.Show) <= isinstance(order, p.Show)
