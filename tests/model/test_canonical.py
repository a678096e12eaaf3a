"""The quick way to canonical JSON writes the same bytes as rfc8785, and leaves to it what it does not know."""

from __future__ import annotations

import hashlib
from enum import IntEnum, StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import binding, pkoc


class Word(StrEnum):
    """A text that is not exactly ``str``."""

    ONE = "one"


class Number(IntEnum):
    """A number that is not exactly ``int``."""

    TWO = 2


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.text(st.characters(codec=None))  # half characters too
    | st.floats()
    | st.sampled_from([Word.ONE, Number.TWO, b"", (1, "two")])
)
NAMES = st.text(st.characters(), max_size=8) | st.sampled_from(["\uffff", "\U00010000", "a", "A", "é"])
ANYTHING = st.dictionaries(
    NAMES | st.integers(0, 3),
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)),
    max_size=6,
)


def bytes_of(made: Any, one: Any) -> bytes | None:
    try:
        return bytes(made(one))
    except (ValueError, UnicodeEncodeError):
        return None


@given(ANYTHING)
def test_the_same_bytes_as_rfc8785_or_neither(one: dict[Any, Any]) -> None:
    assert bytes_of(binding.canonical, one) == bytes_of(rfc8785.dumps, one)


def test_every_character_is_written_as_the_rule_says() -> None:
    for code in (*range(0x21), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x2028, 0x2029, 0xFFFE, 0xFFFF, 0x1F600):
        one: dict[str, binding.Json] = {"text": f"a{chr(code)}b"}
        assert binding.canonical(one) == rfc8785.dumps(one), hex(code)


def test_names_stand_in_the_order_of_utf16() -> None:
    """U+10000 is two halves from D800 on, so it comes before U+FFFF (RFC 8785 section 3.2.3)."""
    assert binding.canonical({"\uffff": 1, "\U00010000": 2}) == '{"\U00010000":2,"\uffff":1}'.encode()


@pytest.mark.parametrize("wrong", ["\ud800", 2**53, float("nan"), {"\udc00": 1}, [2**60]])
def test_what_json_cannot_hold_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="canonical JSON"):
        binding.canonical({"it": wrong})


@pytest.mark.parametrize("value", [["\ud800"], [float("nan")], [2**60]])
def test_an_array_that_cannot_be_canonical_is_a_value_error(value: list[Any]) -> None:
    with pytest.raises(ValueError, match="cannot be canonical JSON"):
        binding.canonical_json(value)


@pytest.mark.parametrize("text", ["YQ==", "+w", "_w=", "a/b", "é", "a"])
def test_base64url_has_one_alphabet_and_no_padding(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64"):
        binding.unb64u(text)
    assert binding.unb64u("-_8") == b"\xfb\xff"


def test_what_a_key_signs_is_bound_to_label_nonce_and_statement() -> None:
    nonce = bytes(range(32))
    made = binding.challenge("label", nonce, b"statement")
    assert made == hashlib.sha256(b"label\x00" + nonce + b"statement").digest()
    for size in (0, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            binding.challenge("label", bytes(size), b"statement")


def test_a_card_and_a_badge_sign_a_challenge_each_in_its_way() -> None:
    made = bytes(range(32))
    assert binding.piv_message(made) == b"kiosk/piv/v1\x00" + made
    assert [pkoc.identifier(made, size) for size in pkoc.SIZES] == [made, made[:16]]
