"""The rule for texts on a consent screen, over texts that nobody thought of."""

from __future__ import annotations

import unicodedata
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import drawable
from kiosk.model.drawable import Kind, NotDrawableError, broken_rule, check
from kiosk.model.letters import script_of

KINDS: tuple[Kind, ...] = ("name", "line", "sentence")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@cache
def invisible() -> list[str]:
    """What shows nothing. Looked for where it is drawn from, and not in each process that collects the tests."""
    return [character for character in map(chr, range(0xF0000)) if unicodedata.category(character) in HIDDEN]


taken = st.text(min_size=1, max_size=60).filter(lambda text: broken_rule(text, "sentence", 512) is None)


@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_what_is_taken_has_one_spelling_one_script_and_nothing_hidden(text: str, kind: Kind) -> None:
    if broken_rule(text, kind, 512) is not None:
        return
    assert unicodedata.normalize("NFC", text) == text
    assert not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me") for character in text
    )
    assert all(character == " " or not character.isspace() for character in text)
    assert text == " ".join(text.split())
    assert len({script_of(character) for character in text if script_of(character)}) <= 1


@given(
    st.text(alphabet="abcXYZ019 /.-_", min_size=1, max_size=30),
    st.deferred(lambda: st.sampled_from(invisible())),
    st.data(),
)
def test_one_hidden_character_anywhere_is_one_too_many(text: str, hidden: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    for kind in KINDS:
        assert broken_rule(text[:at] + hidden + text[at:], kind, 512) is not None


@given(
    st.text(alphabet="abcdefgh ABC", min_size=1, max_size=20), st.characters(min_codepoint=0x370, max_codepoint=0x52F)
)
def test_a_letter_of_another_script_among_latin_ones_is_refused(text: str, letter: str) -> None:
    if any(character.isalpha() for character in text) and script_of(letter) in ("Greek", "Cyrillic"):
        assert broken_rule(text.strip() + letter, "sentence", 512) in ("scripts", "spaces", "form")


@given(st.characters(min_codepoint=0x80))
def test_a_line_takes_no_sign_and_no_digit_beyond_ascii(one: str) -> None:
    if broken_rule("a" + one, "line", 512) is None:
        assert script_of(one) == "Latin"
    assert broken_rule("a" + one, "name", 512) is not None


@given(st.integers(1, 40))
def test_the_limit_counts_characters(longest: int) -> None:
    assert broken_rule("é" * longest, "line", longest) is None
    assert broken_rule("é" * (longest + 1), "line", longest) == "long"


@pytest.mark.parametrize(
    "text",
    [
        "transfer of care", "Überweisung (§ 12)", "3ª planta, nº 4", "l’hôpital – urgence", "перевод в палату 3",
        "Μεταφορά", "Patient/123?_type=Observation&x=1", "Łódź", "Nguyễn Thị", "15 µg", "“quoted”…",
    ],
)  # fmt: skip
def test_what_people_write_is_taken(text: str) -> None:
    assert broken_rule(text, "sentence", 512) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        ("a" * 513, "long"),
        ("Ward\u200b3", "invisible"),
        ("Ward\u180b3", "invisible"),
        ("Ward/e\u0301", "form"),
        (" Ward", "spaces"),
        ("Ward ", "spaces"),
        ("Ward  3", "spaces"),
        ("Ward\u20103", "sign"),
        ("Wаrd", "scripts"),
        ("РАСЕ", "lookalike"),
        ("ΝΑΤΟ", "lookalike"),
        ("палата", None),
        ("Ward 3", None),
    ],
)
def test_each_rule_names_what_breaks_it(text: str, rule: str | None) -> None:
    assert broken_rule(text, "sentence", 512) == rule


def test_a_name_has_no_space_and_nothing_beyond_ascii() -> None:
    assert broken_rule("https://export.example", "name", 512) is None
    assert broken_rule("two words", "name", 512) == "spaces"
    assert broken_rule("é.example", "name", 512) == "sign"


def test_the_sentence_names_field_and_rule_and_never_the_text() -> None:
    with pytest.raises(NotDrawableError) as caught:
        check("purpose", "secret\u200b", "sentence", 512)
    assert "“purpose” has a character that cannot be seen" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert set(drawable.RULES) >= {caught.value.rule}
