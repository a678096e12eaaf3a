"""The quick way to canonical JSON writes the same bytes as rfc8785, and leaves to it what it does not know."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import binding


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


@pytest.mark.parametrize("code", [*range(0x21), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x2028, 0x2029, 0xFFFE, 0xFFFF, 0x1F600])
def test_every_character_is_written_as_the_rule_says(code: int) -> None:
    one: dict[str, binding.Json] = {"text": f"a{chr(code)}b"}
    assert binding.canonical(one) == rfc8785.dumps(one)


def test_names_stand_in_the_order_of_utf16() -> None:
    """U+10000 is two halves from D800 on, so it comes before U+FFFF (RFC 8785 section 3.2.3)."""
    assert binding.canonical({"\uffff": 1, "\U00010000": 2}) == '{"\U00010000":2,"\uffff":1}'.encode()


@pytest.mark.parametrize("wrong", ["\ud800", 2**53, float("nan"), {"\udc00": 1}, [2**60]])
def test_what_json_cannot_hold_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="canonical JSON"):
        binding.canonical({"it": wrong})
