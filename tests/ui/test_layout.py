"""Nothing is cut off, nothing is too small to press, on any display we promise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from kiosk.session import notices
from kiosk.session.screens import Locked, Notice
from kiosk.ui.parts.text import Short
from kiosk.ui.samples import SAMPLES
from kiosk.ui.screens.active import Bar
from tests.fakes.screens import Show

LISTS = {"step-up-purpose": 6, "enrol-choose": 8, "enrol-choose-refused": 6, "my-keys": 8, "my-keys-many": 9}
"""Where one of a list is picked: the list, and what leaves or changes it."""
LONG = (
    notices.ENROL_UNSURE_TRY,
    notices.ENROL_UNCLEAR_TRY,
    notices.ENROL_UNSURE_SIGN_IN,
    notices.ENROL_UNCLEAR_SIGN_IN,
)
SIZES = ((1280, 800), (1024, 768), (1920, 1080), (1080, 1920))


def problems(view: QWidget) -> list[str]:
    """What of ``view`` cannot be read or pressed whole."""
    found = []
    whole = view.rect()
    for part in view.findChildren(QWidget):
        if not part.isVisible():
            continue
        place = QRect(part.mapTo(view, QPoint(0, 0)), part.size())
        if not whole.contains(place):
            found.append(f"{type(part).__name__} {_words(part)!r} leaves the screen: {place} of {whole}")
        parent = part.parentWidget()
        if parent is not None and not parent.rect().contains(part.geometry()):
            found.append(f"{type(part).__name__} {_words(part)!r} leaves its box: {part.geometry()} of {parent.rect()}")
        if isinstance(part, QLabel) and not isinstance(part, Short):
            needed = part.heightForWidth(part.width()) if part.wordWrap() else part.sizeHint().height()
            if part.height() < needed or (not part.wordWrap() and part.width() < part.sizeHint().width()):
                found.append(f"the text {part.text()!r} is cut: {part.size()} for {needed}")
        if isinstance(part, QAbstractButton) and part.text() and part.width() < part.sizeHint().width():
            found.append(f"the button {part.text()!r} is cut: {part.width()} for {part.sizeHint().width()}")
    return found


def overlaps(view: QWidget) -> list[str]:
    """Texts and buttons that lie on one another."""
    parts = [
        p for p in view.findChildren(QWidget) if p.isVisible() and isinstance(p, QLabel | QAbstractButton | QLineEdit)
    ]
    places = [QRect(p.mapTo(view, QPoint(0, 0)), p.size()) for p in parts]
    return [
        f"{_words(parts[i])!r} lies on {_words(parts[j])!r}"
        for i in range(len(parts))
        for j in range(i)
        if places[i].intersects(places[j])
    ]


def _words(part: QWidget) -> str:
    return part.text() if isinstance(part, QLabel | QAbstractButton) else part.accessibleName()


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", SAMPLES)
def test_everything_is_shown_whole(show: Show, name: str, size: tuple[int, int]) -> None:
    view = show(SAMPLES[name], size).view
    assert problems(view) + overlaps(view) == []


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("language", ["es", "fr"])
@pytest.mark.parametrize("name", SAMPLES)
def test_longer_languages_are_shown_whole_on_small_displays(
    show: Show, name: str, language: str, size: tuple[int, int]
) -> None:
    view = show(SAMPLES[name], size, language=language).view
    assert problems(view) + overlaps(view) == []


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", SAMPLES)
def test_whatever_is_pressed_is_20_mm_on_each_side(show: Show, name: str, size: tuple[int, int]) -> None:
    shown = show(SAMPLES[name], size)
    target = shown.kit.measure.target
    for button in shown.view.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= target, _words(button)
            assert button.height() >= target or isinstance(shown.view, Bar), _words(button)


@pytest.mark.parametrize("name", SAMPLES)
def test_there_are_few_things_to_press(show: Show, name: str) -> None:
    view = show(SAMPLES[name]).view
    keys = [b for b in view.findChildren(QAbstractButton) if b.isVisible() and b.property("kind") != "key"]
    limit = LISTS.get(name, 4)  # three methods and Cancel
    assert len([b for b in keys if b.focusPolicy().value]) <= limit


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("language", ["en", "es", "fr"])
@pytest.mark.parametrize("notice", LONG, ids=lambda notice: str(notice.key))
def test_how_an_enrolment_broke_off_fits_the_lock_screen(
    show: Show, notice: Notice, language: str, size: tuple[int, int]
) -> None:
    locked = SAMPLES["locked"]
    assert isinstance(locked, Locked)
    view = show(replace(locked, notice=notice), size, language=language).view
    assert problems(view) == []
    assert overlaps(view) == []
