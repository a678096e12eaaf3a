"""A language is one file: dropped among the others it is there, right-to-left too; English says what it does not."""

from __future__ import annotations

import json
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
from kiosk.ui.sample_people import SCRIPTS
from kiosk.ui.samples import SAMPLES
from kiosk.ui.screens.active import Bar
from kiosk.ui.screens.locked import LockedPage
from kiosk.ui.theme import FONT, load_fonts
from kiosk.ui.words import HOLE, Words, languages, sentences
from tests.fakes.screens import Drawn, Show
from tests.ui.test_layout import overlaps, problems

PSEUDO = "qps"
HEBREW = dict(zip("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחייכלןנסןפוקרגתםןוז", strict=True))
"""Letters of another direction for ours: a sentence stays about as long as it was."""


def strange(table: object) -> object:
    """The sentences of ``table`` in those letters; what is put into them stays."""
    if isinstance(table, dict):
        return {key: strange(value) for key, value in table.items()}
    parts = HOLE.split(str(table))
    return "".join(
        f"{{{part}}}" if odd % 2 else "".join(HEBREW.get(one.lower(), one) for one in part)
        for odd, part in enumerate(parts)
    )


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[dict[str, object]]:
    """The folder of languages, with one more; what it says."""
    folder = tmp_path / "translations"
    folder.mkdir()
    for path in resource("translations").glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    english = json.loads((folder / "en.json").read_text(encoding="utf-8"))
    made = strange(english)
    assert isinstance(made, dict)
    made["language"] = {"direction": "rtl", "one": "1"}
    del made["reading"]  # nobody has come to that yet
    (folder / f"{PSEUDO}.json").write_text(json.dumps(made), encoding="utf-8")
    monkeypatch.setattr(words, "resource", lambda *parts: tmp_path.joinpath(*parts))
    sentences.cache_clear()
    yield made
    sentences.cache_clear()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.usefixtures("dropped")
def test_it_is_there_and_english_says_what_it_does_not() -> None:
    assert PSEUDO in languages()
    spoken = Words(PSEUDO)
    assert spoken("locked.title") == strange("Tap your badge")
    assert spoken("reading.card") == "Hold your card…"
    assert spoken.right_to_left


BROKEN = {
    "cut": b"{",
    "another encoding": '{"locked": {"title": "Présentez"}}'.encode("latin-1"),
    "a list": b"[]",
    "a number": b'{"locked": {"title": 7}}',
    "a table in a table": b'{"locked": {"title": {"other": {"one": "x"}}}}',
}


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize("file", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_of_a_file_is_said_in_english(file: bytes, tmp_path: Path) -> None:
    (tmp_path / "translations" / f"{PSEUDO}.json").write_bytes(file)
    assert Words(PSEUDO)("locked.title") == "Tap your badge"


@pytest.mark.usefixtures("dropped")
def test_the_button_comes_round_to_it(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["locked"])
    seen = []
    for _ in languages():
        drawn.window.next_language()
        seen.append(drawn.window.language)
    assert sorted(seen) == sorted(languages())


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize("name", SAMPLES)
def test_every_screen_stands_whole_in_it_and_the_keypad_as_ever(show: Show, name: str) -> None:
    view = show(SAMPLES[name], language=PSEUDO).view
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
    assert (window.language, len(window.findChildren(Bar)), len(window.findChildren(LockedPage))) == ("fr", 1, 1)
    assert window.findChildren(LockedPage)[0].isVisible() and not window.findChildren(Bar)[0].isVisible()
