"""A language is one file: dropped among the others it is there, right-to-left too; English says what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QTextLayout
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from kiosk.resources import resource
from kiosk.session.facts.screens import SecondFactor
from kiosk.ui import words
from kiosk.ui.parts.keypad import Keypad
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.people import SCRIPTS
from kiosk.ui.screens.active import SessionBar
from kiosk.ui.screens.locked import LockedPage
from kiosk.ui.theme import FONT, load_fonts
from kiosk.ui.words import HOLE, Words, languages
from tests.fakes.catalogues import write
from tests.fakes.screens import Drawn, Show
from tests.ui.test_layout import overlaps, problems

PSEUDO = "qps"
HEBREW = dict(zip("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחייכלןנסןפוקרגתםןוז", strict=True))
"""Letters of another direction for ours: a sentence stays about as long as it was."""


def strange(sentence: str) -> str:
    """``sentence`` in those letters; what is put into it stays."""
    return "".join(
        f"{{{part}}}" if odd % 2 else "".join(HEBREW.get(letter.lower(), letter) for letter in part)
        for odd, part in enumerate(HOLE.split(sentence))
    )


def translated(key: str, sentence: str) -> str | None:
    if key == "language.direction":
        return "rtl"
    return None if key.startswith("reading.") else strange(sentence)  # nobody has come to those yet


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    """The folder of languages, with one more."""
    folder = tmp_path / words.FOLDER
    folder.mkdir()
    for path in (resource(words.FOLDER, words.TEMPLATE), *resource(words.FOLDER).glob("*.po")):
        (folder / path.name).write_bytes(path.read_bytes())
    write(folder / f"{PSEUDO}.po", "he", translated)
    monkeypatch.setattr(words, "resource", lambda *parts: tmp_path.joinpath(*parts))
    words.forget()
    yield
    words.forget()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.usefixtures("dropped")
def test_it_is_there_and_english_says_what_it_does_not() -> None:
    assert PSEUDO in languages()
    spoken = Words(PSEUDO)
    assert spoken("locked.title") == strange("Tap your badge")
    assert spoken("reading.card") == "Hold your card…"
    assert spoken.right_to_left


HEAD = 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
TITLE = HEAD + 'msgctxt "locked.title"\nmsgid "Tap your badge"\n'
BROKEN = {
    "nothing": b"",
    "cut": TITLE.encode() + b'msgstr "abc',
    "cut between": TITLE.encode(),
    "another encoding": TITLE.encode() + 'msgstr "Présentez"'.encode("latin-1"),
    "no text": TITLE.encode() + b"msgstr 7",
    "a mark in the text": TITLE.encode() + b'msgstr "a "b" c"',
    "said twice": TITLE.encode() + b'msgstr "a"\nmsgstr "b"',
    "fuzzy": TITLE.encode().replace(b"msgctxt", b"#, fuzzy\nmsgctxt") + b'msgstr "guessed"',
    "of another sentence": TITLE.encode().replace(b"Tap your", b"Show your") + b'msgstr "x"',
    "forms that nobody asked for": TITLE.encode() + b'msgid_plural "Tap"\nmsgstr[0] "x"\nmsgstr[1] "x"',
    "another format": b'{"locked": {"title": "x"}}',
    "bytes": bytes(range(256)) * 20,
}


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize("file", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_used_of_a_file_is_said_in_english(file: bytes, tmp_path: Path) -> None:
    (tmp_path / words.FOLDER / f"{PSEUDO}.po").write_bytes(file)
    words.forget()
    spoken = Words(PSEUDO)
    assert spoken("locked.title") == "Tap your badge"
    assert spoken("time.seconds", n=2) == "2 seconds"


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize(
    "head",
    ["", *(f"nplurals=2; plural={wrong};" for wrong in ("(n % 0)", "n", "(((", "x", "(" * 999))],
)
def test_a_language_that_does_not_say_how_it_counts_counts_in_english(head: str, tmp_path: Path) -> None:
    text = f'msgid ""\nmsgstr "Plural-Forms: {head}\\n"\n\n' if head else ""
    text += 'msgctxt "time.seconds"\nmsgid "1 second"\nmsgid_plural "{n} seconds"\n'
    text += 'msgstr[0] "{n} a"\nmsgstr[1] "{n} b"\n\n'
    text += 'msgctxt "locked.title"\nmsgid "Tap your badge"\nmsgstr "abc"\n'
    (tmp_path / words.FOLDER / f"{PSEUDO}.po").write_text(text, encoding="utf-8")
    words.forget()
    spoken = Words(PSEUDO)
    assert spoken("locked.title") == "abc"
    assert spoken("time.seconds", n=7) == "7 seconds"
    assert spoken("time.seconds", n="many").startswith("many ")


@pytest.mark.usefixtures("dropped")
def test_the_button_comes_round_to_it(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["locked"])
    seen = []
    for _ in languages():
        drawn.window.next_language()
        seen.append(drawn.window.language)
    assert sorted(seen) == sorted(languages())


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
@pytest.mark.usefixtures("dropped")
def test_every_screen_stands_whole_in_it_and_the_keypad_as_ever(show: Show, subtests: pytest.Subtests) -> None:
    for name, screen in SAMPLES.items():
        with subtests.test(name):
            show.done()
            view = show(screen, language=PSEUDO).view
            assert problems(view) + overlaps(view) == []
            for keypad in view.findChildren(Keypad):
                if keypad.isVisible():
                    keys = {key.accessibleName(): place_of(key, view) for key in keypad.findChildren(QAbstractButton)}
                    assert keys["1"].x() < keys["2"].x() < keys["3"].x()
                    assert keys["1"].y() < keys["4"].y() < keys["7"].y() < keys["0"].y()


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize("language", ["en", PSEUDO])
def test_names_of_every_script_stand_where_the_others_do(show: Show, language: str) -> None:
    right, begins = language == PSEUDO, []
    screen = SAMPLES["second-factor-pin"]
    assert isinstance(screen, SecondFactor)
    for person in SCRIPTS:
        view = show(replace(screen, person=person), language=language).view
        [name] = [label for label in view.findChildren(QLabel) if label.text() == person.name]
        begins.append(place_of(name, view).x() + inked(name, right))
    assert max(begins) - min(begins) <= 12, "pixels: letters have sides of their own"


def test_every_letter_of_them_has_a_picture(qapp: QApplication) -> None:
    """By Inter, or by the fonts that come with a station and with ``make``."""
    load_fonts()
    for person in SCRIPTS:
        layout = QTextLayout(person.name, QFont(FONT))
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        assert all(0 not in run.glyphIndexes() for run in layout.glyphRuns()), person.name


def inked(label: QLabel, right: bool) -> int:
    """Where the ink of ``label`` begins, from its left; with ``right`` where it ends."""
    picture = label.grab().toImage()
    ground = picture.pixel(0, 0)
    columns = range(picture.width())
    for x in reversed(columns) if right else columns:
        if any(picture.pixel(x, y) != ground for y in range(picture.height())):
            return x
    raise AssertionError("nothing is drawn")


def place_of(part: QWidget, view: QWidget) -> QPoint:
    return part.mapTo(view, QPoint(0, 0))


def test_a_language_of_ones_own_comes_and_goes_and_its_screens_are_kept(drawn: Drawn) -> None:
    window = drawn.window
    window.show_screen(SAMPLES["locked"])
    window.speak("fr")
    french = window.findChildren(LockedPage)
    window.speak("")
    assert window.language == "en"
    window.speak("fr")
    assert set(window.findChildren(LockedPage)) >= set(french)
    assert len(window.findChildren(LockedPage)) == 2, "none was made twice"
    window.speak("tlh")
    assert window.language == "en", "a language that is not here"


def test_a_screen_that_goes_is_not_drawn_in_the_language_of_the_next(drawn: Drawn) -> None:
    window = drawn.window
    window.show_screen(SAMPLES["active"])
    window.speak("fr", SAMPLES["locked"])
    assert (window.language, len(window.findChildren(SessionBar)), len(window.findChildren(LockedPage))) == ("fr", 1, 1)
    assert window.findChildren(LockedPage)[0].isVisible() and not window.findChildren(SessionBar)[0].isVisible()
