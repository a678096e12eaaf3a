"""Our languages are complete, and what a translator did wrong is told before anybody reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer import translations
from kiosk.resources import resource
from kiosk.ui.words import FOLDER

LANGUAGES = sorted(resource(FOLDER).glob("*.po"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in resource(FOLDER).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def changed(folder: Path, before: str, after: str, name: str = "fr.po") -> Path:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_language_of_ours_says_everything_and_nothing_wrong(path: Path) -> None:
    english = translations.template(path.parent)
    assert translations.lacking(path, english) == []
    assert list(translations.faults(path, english)) == []


def test_the_three_are_here() -> None:
    assert {"es", "fr"} <= {path.stem for path in LANGUAGES}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("absent depuis {since}", "absent depuis {depuis}", "“downtime.banner” must have these holes: {since}"),
        ("Votre session est passée sur {station}.", "Votre session est passée.", "must have these holes: {station}"),
        ('msgstr[0] "{n} jour"', 'msgstr[0] "1 jour"', "“time.days” must have these holes: {n}; it says “1 jour”"),
        ("nplurals=3; plural=", "nplurals=3; plural=0*", "“Plural-Forms” does not count as French does"),
        ("|| n == 1) ? 0", "|| n == 1) ? 9", "chooses a form beyond them"),
        ("nplurals=3; plural=", "nplurals=3; plural=(", "“Plural-Forms” is no rule"),
        ('msgctxt "page.clock"', 'msgctxt "page.watch"', "“page.watch” is no sentence any more"),
        ('msgctxt "page.clock"\n', 'msgctxt "page.clock"\nmsgid', "it cannot be read"),
    ],
)
def test_what_is_wrong_is_said_and_fails(
    folder: Path, before: str, after: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(folder, before, after)
    assert translations.check(folder) == 1
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('msgstr "Heure"', 'msgstr ""'),
        ('msgctxt "page.clock"', '#, fuzzy\nmsgctxt "page.clock"'),
        ('msgid "Time"', 'msgid "The time"'),
        ('msgctxt "page.clock"\nmsgid "Time"\nmsgstr "Heure"\n', ""),
    ],
    ids=["empty", "fuzzy", "of another sentence", "not there"],
)
def test_what_is_missing_is_listed_and_does_not_fail(
    folder: Path, before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(folder, before, after)
    assert translations.check(folder) == 0
    assert capsys.readouterr().out == "fr.po: 1 sentences are said in English: page.clock\n"


def test_a_changed_english_sentence_keeps_its_translation_until_somebody_has_looked(folder: Path) -> None:
    changed(folder, 'msgid "Time"', 'msgid "The time"', "messages.pot")
    path, english = folder / "fr.po", translations.template(folder)
    translations.bring_up(path, english)
    assert '#, fuzzy\n#| msgid "Time"\nmsgctxt "page.clock"\nmsgid "The time"\nmsgstr "Heure"' in path.read_text(
        "utf-8"
    )
    assert translations.lacking(path, english) == ["page.clock"]
    once = path.read_bytes()
    translations.bring_up(path, english)
    assert path.read_bytes() == once


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_file_that_is_up_to_date_stays_as_it_is(path: Path, folder: Path) -> None:
    mine = folder / path.name
    translations.bring_up(mine, translations.template(folder))
    assert mine.read_bytes() == path.read_bytes()


def test_a_language_is_begun(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert translations.begin(folder, "pl") == 0
    english = translations.template(folder)
    assert len(translations.lacking(folder / "pl.po", english)) == len(translations._messages(english))
    assert list(translations.faults(folder / "pl.po", english)) == []
    assert "nplurals=3" in (folder / "pl.po").read_text("utf-8")
    assert translations.begin(folder, "pl") == 1
    assert translations.begin(folder, "x-none") == 1
    assert "docs/translating.md" in capsys.readouterr().out
