"""Two texts that differ are never drawn alike where a person approves: judged by the typeface's outlines."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from kiosk.model.drawable import Kind, broken_rule
from kiosk.model.drawn_alike import GREEK, LATIN, SAME
from kiosk.model.letters import Script, script_of
from kiosk.model.look_alikes import _NEARLY, POINTER, USUAL, looks_latin, marked
from tools import drawn_alike

KINDS: tuple[Kind, ...] = ("line", "sentence")
SCRIPTS: tuple[Script, ...] = ("Latin", "Greek", "Cyrillic")
WORDS = {
    "en": ("transfer of care", "Ward 3-North", "O'Brien", "waiting..."),
    "es": ("3ª planta, nº 4", "¿Alergia a la penicilina?", "Núñez"),
    "fr": ("l’hôpital – urgence", "«\u202f»".replace("\u202f", "Œuvre"), "Lætitia Çelik"),
    "de": ("Überweisung (§ 12)", "STRAẞE", "Groß"),
    "ru": ("перевод в палату 3", "Захаров", "ГП 12", "ГОРА", "объект"),
    "el": ("Μεταφορά", "ΠΑΡΑΠΟΜΠΗ", "μόνο", "αγορά", "νόμοι", "β"),
    "pl": ("Łódź", "Święcicki", "ŻÓŁĆ"),
    "cs": ("Žďár", "Dvořáček", "ŘEHOŘ", "Němec"),
    "hr": ("Đurđa Đorđević", "ANĐELA", "ĐURĐEVAC", "Čačić"),
    "vi": ("Nguyễn Thị", "Đặng Văn Đức", "ĐỖ", "Trần Ưu"),
    "is": ("Sigurður Þórðarson", "GUÐRÚN", "SEYÐISFJÖRÐUR", "Æsa"),
}
"""As people write them, also in capitals: all were taken before, and still are."""


@cache
def fonts() -> list[QFont]:
    return drawn_alike.fonts(told_apart=True)


def drawn(text: str) -> list[drawn_alike.Outline]:
    """What stands on the screen for ``text``, in each weight."""
    return [drawn_alike.outline(marked(text), font) for font in fonts()]


def bare(text: str) -> drawn_alike.Outline:
    return drawn_alike.outline(text, fonts()[0])


@cache
def doubles() -> dict[str, list[str]]:
    """For each character those that may be taken for it, whether by its outline or by UTS #39."""
    found: dict[str, list[str]] = {}
    alike = [group for font in fonts() for group in drawn_alike.groups(font)]
    alike += [[*pair] for pair in (*USUAL.items(), *_NEARLY.items())]
    for group in alike:
        for letter in group:
            found[letter] = sorted({*found.get(letter, []), *group})
    return found


@cache
def letters(script: Script) -> list[str]:
    """Of one script and the signs beside them; those with doubles often, so that they meet."""
    taken = [letter for letter in drawn_alike.characters() if script_of(letter) in (script, None)]
    return [letter for letter in taken if letter in doubles()] * 20 + taken


@pytest.fixture(autouse=True)
def typeface(qapp: QApplication) -> None:
    """Outlines need an application."""


def test_the_table_is_what_the_typeface_says() -> None:
    assert drawn_alike.FILE.read_text(encoding="utf-8") == drawn_alike.text()


def test_of_each_group_all_but_one_are_named() -> None:
    for group in SAME:
        (usual,) = [letter for letter in group if letter not in USUAL]
        assert {USUAL[letter] for letter in group if letter != usual} == {usual}
    assert {letter for group in SAME for letter in group} == {*USUAL, *USUAL.values()}


@given(st.sampled_from(SCRIPTS), st.data())
def test_no_two_texts_of_one_script_that_differ_have_the_same_outlines(script: Script, data: st.DataObject) -> None:
    text = data.draw(st.deferred(lambda: st.text(st.sampled_from(letters(script)), min_size=1, max_size=6)))
    other = "".join(data.draw(st.sampled_from(doubles().get(letter, [letter]))) for letter in text)
    for kind in KINDS:
        if text != other and broken_rule(text, kind, 512) is broken_rule(other, kind, 512) is None:
            assert all(mine != theirs for mine, theirs in zip(drawn(text), drawn(other), strict=True))


def test_no_character_stands_for_another_alone_or_beside_a_letter_of_any_script() -> None:
    for letter, others in doubles().items():
        for other in others:
            for around in ("{}", "Ж{}", "Ω{}", "R{}", "7{}"):
                mine, theirs = around.format(letter), around.format(other)
                taken = broken_rule(mine, "sentence", 9) is broken_rule(theirs, "sentence", 9) is None
                assert mine == theirs or not taken or drawn(mine) != drawn(theirs), (mine, theirs)


def test_two_signs_that_stand_together_are_none_of_the_others() -> None:
    signs = [letter for letter in drawn_alike.characters() if script_of(letter) is None]
    alone = {bare(letter): letter for letter in signs}
    for letter in signs:
        assert bare(letter + letter) not in alone
    for twice in ("''", "‘‘", "’’"):
        assert broken_rule(f"Ward {twice}3", "sentence", 99) == "sign"


@pytest.mark.parametrize("language", WORDS)
def test_words_and_names_of_our_languages_are_taken_and_drawn(language: str) -> None:
    for text in WORDS[language]:
        assert broken_rule(text, "sentence", 99) is None, text
        assert drawn(text)


def test_only_the_letter_that_fewer_people_write_is_named() -> None:
    assert marked("Patient/Đ1") == "Patient/Đ1"
    assert marked("Patient/Ð1") == f"Patient/Ð1 {POINTER} U+00D0 LATIN CAPITAL LETTER ETH"
    assert marked("ГП 12") == "ГП 12"
    assert marked("ΓΠ 12") == f"ΓΠ 12 {POINTER} U+0393 GREEK CAPITAL LETTER GAMMA"
    assert drawn("ΓΠ…") != drawn("ГП…")
    assert marked("15 µg") == "15 µg"
    assert marked("τιµή").endswith("U+00B5 MICRO SIGN")
    assert marked("Ѓӡ3").endswith("3")
    assert marked("ӠӋ").endswith("LETTER ABKHASIAN DZE, U+04CB CYRILLIC CAPITAL LETTER KHAKASSIAN CHE")
    assert marked("waiting…") == f"waiting… {POINTER} U+2026 HORIZONTAL ELLIPSIS"
    assert marked("waiting...") == "waiting..."
    assert marked("Ǎ").endswith("LATIN CAPITAL LETTER A WITH CARON")


@pytest.mark.parametrize("text", ["Patient/ĐÐ", "Ð-đ/Đ", "ҶӋ", "Ӡ 3ж", "µμή", "so... and…"])
def test_letters_that_are_drawn_alike_have_no_place_in_one_text(text: str) -> None:
    assert broken_rule(text, "sentence", 99) == "twins"


@pytest.mark.parametrize("text", ["ҫаѕе", "Ӕ", "ҫа/ћ", "Ӡ/3", "ӕ", "Ҫ"])
def test_letters_that_are_all_drawn_like_latin_ones_are_refused(text: str) -> None:
    assert broken_rule(text, "line", 99) in ("lookalike", "twins")


def test_no_text_may_have_the_pointer_itself() -> None:
    assert all(broken_rule(f"a {POINTER} b", kind, 99) == "sign" for kind in KINDS)


def test_what_is_drawn_like_a_latin_letter_is_listed() -> None:
    assert all(looks_latin(letter) for letter in LATIN)
    assert {script_of(letter) for letter in GREEK} == {"Greek"}
