"""Nothing is cut off, nothing is too small to press, on any display we promise."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QStyle, QStyleOptionFrame, QWidget

from kiosk.session.facts import notices
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.session.facts.screens import Active
from kiosk.ui.parts.keyboard import Eye, LayoutButton
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.parts.text import Sentence, Short
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.people import LONG as LONG_NAME
from kiosk.ui.screens.active import SessionBar
from tests.fakes.screens import Show, Shown
from tests.fakes.walking import walks_round
from tests.ui.test_tab_order import PAGES

LISTS = {
    "step-up-purpose": 7,
    "enrol-choose": 9,
    "step-up-phone-over": 6,
    "enrol-choose-refused": 6,
    "my-keys": 9,
    "my-keys-many": 10,
    "step-up-read": 6,
    "active-programs": 6,
    "active-reached": 9,
    **dict.fromkeys((name for name in SAMPLES if name.startswith("emergency")), 6),
}
"""Where one of a list is picked: the list, and what leaves or changes it. What was read may be read again.
On the bar: the programs, and the three that are always there."""
ANSWERS = 5
"""Of a step-up: three methods, to refuse it, and to silence its program."""
LONG = (
    notices.ENROL_UNSURE_TRY,
    notices.ENROL_UNCLEAR_TRY,
    notices.ENROL_UNSURE_SIGN_IN,
    notices.ENROL_UNCLEAR_SIGN_IN,
)
ON_THE_BAR = (
    notices.TAP_OVER_OFFLINE,
    notices.STEP_UP_WITHDRAWN,
    notices.KEYS_OFFLINE,
    notices.LET_ASK,
    notices.ENROL_UNSURE,
    notices.ENROL_UNCLEAR,
    *notices.NEWS.values(),
    Notice(notices.STEP_UP_ENDED + "no_method", "refused"),
    Notice(notices.STEP_UP_ENDED + "locked_out_until", "refused", (("until", "1767268800"),)),
    *(notices.ended(why) for why in sorted(notices.ENDED)),
)
PORTRAIT = (1080, 1920)
SIZES = ((1280, 800), (1024, 768), (1920, 1080), PORTRAIT)
GLASS = (*((*size, 96) for size in SIZES), (3840, 2160, 163))
"""The last one: a monitor of 27 inches, whose millimetres have many pixels."""
PADDING = 8
"""Pixels that a field keeps free beside its text."""


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
        if isinstance(part, QLineEdit) and not part.text() and (room := _room(part)) < (needed := _needed(part)):
            found.append(f"the field's {part.placeholderText()!r} is cut: {room} for {needed}")
        if isinstance(part, QAbstractButton) and part.text() and part.width() < part.sizeHint().width():
            found.append(f"the button {part.text()!r} is cut: {part.width()} for {part.sizeHint().width()}")
    return found


def _room(field: QLineEdit) -> int:
    """Pixels that its text has."""
    option = QStyleOptionFrame()
    field.initStyleOption(option)
    return field.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, field).width()


def _needed(field: QLineEdit) -> int:
    """Pixels that what stands in it while it is empty takes."""
    said = field.placeholderText()
    return field.fontMetrics().horizontalAdvance(said) + PADDING if said else 0


KINDS = QLabel | QAbstractButton | QLineEdit | SecretField


def overlaps(view: QWidget) -> list[str]:
    """Texts and buttons that lie on one another."""
    parts = [p for p in view.findChildren(QWidget) if p.isVisible() and isinstance(p, KINDS)]
    places = [QRect(p.mapTo(view, QPoint(0, 0)), p.size()) for p in parts]
    return [
        f"{_words(parts[i])!r} lies on {_words(parts[j])!r}"
        for i in range(len(parts))
        for j in range(i)
        if places[i].intersects(places[j])
    ]


def _words(part: QWidget) -> str:
    return part.text() if isinstance(part, QLabel | QAbstractButton) else part.accessibleName()


def too_small(shown: Shown) -> list[str]:
    """What is pressed and is not 20 mm wide and high; in the bar, 12 mm high."""
    target = shown.kit.measure.target
    high = shown.kit.measure.mm(12) if isinstance(shown.view, SessionBar) else target
    return [
        f"the button {_words(button)!r} is {button.width()} x {button.height()}, not {target} x {high}"
        for button in shown.view.findChildren(QAbstractButton)
        if button.isVisible() and (button.width() < target or button.height() < high)
    ]


def too_many(name: str, view: QWidget) -> list[str]:
    """More to press than a person takes in at once. What helps with the field where letters are typed is none of it."""
    keys = [b for b in view.findChildren(QAbstractButton) if b.isVisible() and b.property("kind") != "key"]
    keys = [b for b in keys if not isinstance(b, Eye | LayoutButton)]
    limit = LISTS.get(name, ANSWERS if name.startswith("step-up") else 4)  # three methods and Cancel
    reached = [_words(b) for b in keys if b.focusPolicy().value]
    return [f"{len(reached)} things to press, not {limit}: {reached}"] if len(reached) > limit else []


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_is_shown_whole_20_mm_wide_and_high_where_pressed_and_few(show: Show, name: str) -> None:
    found: list[str] = []
    for width, height, dpi in GLASS:
        show.done()
        shown = show(SAMPLES[name], (width, height), dpi=dpi)  # drawn once for all: the drawing is what costs
        wrong = problems(shown.view) + overlaps(shown.view) + too_small(shown)
        if (width, height) == SIZES[0]:  # a longer list fits a higher display
            wrong += too_many(name, shown.view)
        found += [f"on {width} x {height}: {item}" for item in wrong]
    assert found == []


@pytest.mark.parametrize("name", SAMPLES)
def test_longer_languages_are_shown_whole_on_small_displays_and_on_end(show: Show, name: str) -> None:
    found: list[str] = []
    for language, size in itertools.product(("es", "fr"), (*SIZES[:2], PORTRAIT)):
        show.done()
        view = show(SAMPLES[name], size, language=language).view
        wrong = problems(view) + overlaps(view)
        if isinstance(SAMPLES[name], PAGES):  # drawn once for all: the drawing is what costs
            wrong += walks_round(view)
        found += [f"in {language} on {size[0]} x {size[1]}: {item}" for item in wrong]
    assert found == []


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_no_notice_on_the_bar_pushes_a_button_away_or_is_cut(show: Show, language: str, size: tuple[int, int]) -> None:
    active = SAMPLES["active-silenced"]
    assert isinstance(active, Active)
    for said in ON_THE_BAR:
        show.done()
        view = show(replace(active, person=LONG_NAME, notice=said, help=False), size, language=language).view
        assert problems(view) + overlaps(view) == []
        assert len([button for button in view.findChildren(QAbstractButton) if button.isVisible()]) == 3
        (sentence,) = view.findChildren(Sentence)
        assert sentence.fitting() is not None, f"{sentence.text()!r} in {sentence.size()}"


@pytest.mark.parametrize("notice", LONG, ids=lambda notice: str(notice.key))
def test_how_an_enrolment_broke_off_fits_the_lock_screen(show: Show, notice: Notice) -> None:
    locked = SAMPLES["locked"]
    assert isinstance(locked, LockScreen)
    found: list[str] = []
    for language, size in itertools.product(("en", "es", "fr"), SIZES):
        show.done()
        view = show(replace(locked, notice=notice), size, language=language).view
        found += [f"in {language} on {size[0]} x {size[1]}: {overlap}" for overlap in problems(view) + overlaps(view)]
    assert found == []
