"""The one rule for names, labels, places and reasons."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model.joiners import ALLOWED, HIDDEN
from kiosk.service.policy.wording import WordingError, named, tidy


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Anna  Okonkwo ", "Anna Okonkwo"),
        ("Anna\u00a0Okonkwo", "Anna Okonkwo"),
        ("Anna\u202fOkonkwo\u3000", "Anna Okonkwo"),
        ("\u200eAnna Okonkwo\u200f", "Anna Okonkwo"),
        ("\ufeffAnna\u200b Okon\u00adkwo", "Anna Okonkwo"),
        ("Zoe\u0308", "Zoë"),
        ("Ward 3\nbed 2", "Ward 3 bed 2"),
        ("علی\u200cرضا", "علی\u200cرضا"),  # Persian: Ali Reza, written apart
        ("క్\u200cష", "క్\u200cష"),  # Telugu, after its virama
        ("क्\u200dष", "क्\u200dष"),
        ("സുനില്\u200d", "സുനില്\u200d"),  # Malayalam: Sunil ends in a letter that is written so
        ("അവന്\u200d കുട്ടി", "അവന്\u200d കുട്ടി"),
        ("র\u200d্যাচেল", "র\u200d্যাচেল"),  # Bengali: Rachel, whose first letter keeps its form by it
        ("क्\u200c", "क्"),
        ("क्\u200c\u200d", "क्"),
        ("\u202aAnna\u202c", "Anna"),
        ("\u2068 Anna \u2069", "Anna"),
        ("ᠮᠣᠩᠭᠣᠯ\u180eᠠ", "ᠮᠣᠩᠭᠣᠯ\u180eᠠ"),
        ("Anna\u180e", "Anna"),
        ("Anna\u200d", "Anna"),
        ("An\u200cna", "Anna"),
        ("علی\u200c", "علی"),
        ("O’Brien-Šmíd Jr.", "O’Brien-Šmíd Jr."),
        ("李\u200d", "李"),
        ("김\u3164민수", "김 민수"),  # Hangul filler, drawn as nothing
        ("\u2800Anna\uffa0", "Anna"),
        ("\u3164", ""),
        ("An\u034fna", "Anna"),
        ("a\ufe0fnna\ufe0e Ö\U000e0100", "anna Ö"),
        ("Anna \u2695\ufe0f", "Anna \u2695\ufe0f"),
        ("葛\U000e0100城", "葛\U000e0100城"),  # which of two drawings of this letter is in the family's register
    ],
)
def test_what_personnel_systems_write_is_taken(written: str, kept: str) -> None:
    assert tidy(written) == kept


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("An\u202ena", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("An\u2066na", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("An\x07na", "U+0007"),
        ("An\ue000na", "U+E000"),
        ("An\U000e0041na", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("An\ud800na", "U+D800"),
    ],
)
def test_what_could_make_one_name_look_like_another_is_refused_by_its_name(written: str, name: str) -> None:
    with pytest.raises(WordingError, match="cannot be seen") as refused:
        tidy(written)
    assert name in str(refused.value)


def test_a_letter_that_a_program_has_lost_is_named() -> None:
    with pytest.raises(WordingError, match=r"It has U\+FFFD REPLACEMENT CHARACTER.*lost a letter"):
        tidy("M\N{REPLACEMENT CHARACTER}ller")


@pytest.mark.parametrize("written", ["\u0301", "\ufe0fAnna", " \u200b\u0308Anna"])
def test_a_mark_without_the_letter_that_it_belongs_on_is_refused_by_its_name(written: str) -> None:
    with pytest.raises(WordingError, match=r"begins with U\+.*belongs on a letter"):
        tidy(written)


@given(st.text())
def test_what_is_kept_can_be_seen_and_is_kept_again_as_it_is(text: str) -> None:
    try:
        kept = tidy(text)
    except WordingError:
        return
    assert tidy(kept) == kept
    assert kept == unicodedata.normalize("NFC", kept)
    assert not [c for c in kept if unicodedata.category(c) in HIDDEN and c not in ALLOWED]


@given(st.characters())
def test_every_character_can_be_named(character: str) -> None:
    assert named(character).startswith("U+")
