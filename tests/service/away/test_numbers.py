"""The number of a server's question: right for exactly its six digits, however they are spaced."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.service.proofs.phones import same_number
from kiosk.service.shared.question_number import DIGITS, number_of

DIGIT = st.sampled_from("0123456789")


@given(key=st.binary(min_size=32, max_size=32), question=st.text(max_size=40), cut=st.integers(0, DIGITS))
def test_a_number_is_right_with_and_without_spaces(key: bytes, question: str, cut: int) -> None:
    number = number_of(key, question)
    assert len(number) == DIGITS and number.isascii() and number.isdigit()
    assert same_number(number, number)
    assert same_number(number, f" {number[:cut]} {number[cut:]}\t")


@given(number=st.text(DIGIT, min_size=6, max_size=6), typed=st.one_of(st.text(max_size=12), st.text(DIGIT, max_size=7)))
def test_nothing_else_is(number: str, typed: str) -> None:
    assert same_number(number, typed) is ("".join(typed.split()) == number)
