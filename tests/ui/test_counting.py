"""Numbers take the form that the language has for them, by the CLDR, in languages of any number of forms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog

from kiosk.resources import resource
from kiosk.ui import words
from kiosk.ui.catalogue import read, rule_of
from kiosk.ui.words import LANGUAGES, Words

HERE = Path(__file__).parent / "catalogues"
NUMBERS = (*range(1001), 1_000_000, 1_000_001)

POLISH = {
    0: "0 sekund",
    1: "1 sekunda",
    2: "2 sekundy",
    5: "5 sekund",
    12: "12 sekund",
    22: "22 sekundy",
    112: "112 sekund",
}
ARABIC = {
    0: "0 ثانية",
    1: "ثانية واحدة",
    2: "ثانيتان",
    3: "3 ثوانٍ",
    10: "10 ثوانٍ",
    11: "11 ثانية",
    100: "100 ثانية",
    103: "103 ثوانٍ",
}


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder of languages, with Polish and Arabic that somebody has begun."""
    (tmp_path / words.FOLDER).mkdir()
    for path in (resource(words.FOLDER, words.TEMPLATE), *HERE.glob("*.po")):
        (tmp_path / words.FOLDER / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(words, "resource", lambda *parts: tmp_path.joinpath(*parts))
    words.forget()
    yield
    words.forget()


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize(("language", "said"), [("pl", POLISH), ("ar", ARABIC)])
def test_each_number_takes_its_form(language: str, said: dict[int, str]) -> None:
    spoken = Words(language)
    assert {n: spoken("time.seconds", n=n) for n in said} == said
    assert {n: spoken.duration(n) for n in said if n < 120} == {n: text for n, text in said.items() if n < 120}


@pytest.mark.usefixtures("dropped")
def test_a_sentence_that_nobody_has_translated_counts_as_english_does() -> None:
    spoken = Words("pl")
    assert [spoken("time.minutes", n=n) for n in (1, 2, 5)] == ["1 min", "2 min", "5 min"]
    assert [spoken("time.years", n=n) for n in (1, 2, 5)] == ["1 year", "2 years", "5 years"]


@pytest.mark.usefixtures("dropped")
def test_arabic_is_written_from_right_to_left() -> None:
    assert Words("ar").right_to_left and not Words("pl").right_to_left


def files() -> list[Path]:
    return sorted((*HERE.glob("*.po"), *resource(words.FOLDER).glob("*.po")))


@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_a_file_counts_as_the_cldr_does(file: Path) -> None:
    made, locale = read(file.read_text(encoding="utf-8")), Locale.parse(file.stem)
    rule = rule_of(made.plural, made.forms)
    assert rule is not None
    named = {n: locale.plural_form(n) for n in NUMBERS}
    pairs = {(rule(n), name) for n, name in named.items()}
    assert len(pairs) == len({form for form, _ in pairs}) == len({name for _, name in pairs}) == made.forms


@pytest.mark.parametrize(
    "code", ["ar", "cs", "cy", "de", "ga", "he", "hi", "ja", "lt", "lv", "pl", "pt", "ru", "sl", "uk", "zh"]
)
def test_what_translators_tools_write_as_a_rule_is_read(code: str) -> None:
    made = Catalog(locale=code)
    text = f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Plural-Forms: {made.plural_forms}\\n"\n'
    found = read(text)
    rule = rule_of(found.plural, found.forms)
    assert rule is not None and found.forms == made.num_plurals
    assert {rule(n) for n in NUMBERS} == set(range(found.forms))


def test_english_is_the_template() -> None:
    assert LANGUAGES[0] == "en"
    assert [Words("en")("time.seconds", n=n) for n in (0, 1, 2)] == ["0 seconds", "1 second", "2 seconds"]
