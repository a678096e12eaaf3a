"""The one-time code survives paper, and says so when it did not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import enrolment_code
from kiosk.model.binding import unb64u

SECRET = bytes(range(10))
PIN = bytes(range(100, 132))


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=32, max_size=32))
def test_what_is_made_can_be_parsed(secret: bytes, spki: bytes) -> None:
    text, pin = enrolment_code.parse(enrolment_code.make(secret, spki))
    assert unb64u(text) == secret
    assert pin == spki[:16]


def test_every_code_has_a_secret_of_its_own() -> None:
    made = {enrolment_code.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {enrolment_code.SECRET_BYTES}


def test_lower_case_spaces_and_look_alikes_are_understood() -> None:
    code = enrolment_code.make(SECRET, PIN)
    sloppy = " " + code.lower().replace("-", " ").replace("0", "o").replace("1", "l") + "\n"
    assert enrolment_code.parse(sloppy) == enrolment_code.parse(code)


def test_every_single_wrong_character_is_named() -> None:
    code = enrolment_code.make(SECRET, PIN)
    for place, character in enumerate(code):
        if character == "-":
            continue
        other = enrolment_code.ALPHABET[(enrolment_code.ALPHABET.index(character) + 1) % 32]
        with pytest.raises(enrolment_code.InvalidEnrolCodeError, match="mistyped"):
            enrolment_code.parse(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(("text", "said"), [("", "has 0"), ("ABCDE", "has 5"), ("U" * 45, "no “U”")])
def test_what_is_no_code_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(enrolment_code.InvalidEnrolCodeError, match=said):
        enrolment_code.parse(text)


def test_a_code_is_only_made_of_the_right_sizes() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        enrolment_code.make(b"short", PIN)
