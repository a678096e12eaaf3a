"""The programs' buttons on the session bar: what they say, what they look like, where they stand, what they post."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from kiosk.model.programs import Running
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.program_bar import ProgramPicked
from kiosk.session.facts.screens import Active
from kiosk.settings import ProgramSettings
from kiosk.ui.parts.icons import ICONS
from kiosk.ui.parts.programs import MAX_PROGRAMS, ProgramButton
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.at_work import DESK_OF
from kiosk.ui.screens.active import SessionBar
from kiosk.ui.views import draw
from kiosk.ui.words import LANGUAGES
from tests.fakes.screens import Show, Shown, focus, settle


def sample(name: str) -> Active:
    screen = SAMPLES[name]
    assert isinstance(screen, Active)
    return screen


def buttons(shown: Shown) -> list[ProgramButton]:
    return [button for button in shown.view.findChildren(ProgramButton) if button.isVisible()]


def test_each_says_how_its_program_stands_in_words_and_shape(show: Show) -> None:
    shown = show(sample("active-programs"), (1920, 1080))
    assert [button.accessibleName() for button in buttons(shown)] == [
        "Records, in front",
        "Browser",
        "Imaging has ended: start it again",
    ]
    assert [button.text() for button in buttons(shown)] == ["Records", "Browser", "Imaging"]
    assert [bool(button.property("off")) for button in buttons(shown)] == [False, False, True]


def test_a_touch_asks_for_that_program(show: Show) -> None:
    shown = show(sample("active-programs"))
    QTest.mouseClick(buttons(shown)[1], Qt.MouseButton.LeftButton)
    assert shown.events == [ProgramPicked(1)]


def test_one_program_alone_has_no_button_and_of_many_a_few_have(show: Show) -> None:
    assert buttons(show(replace(sample("active-programs"), programs=DESK_OF[:1]))) == []
    assert len(buttons(show(replace(sample("active-programs"), programs=DESK_OF * 2)))) == MAX_PROGRAMS


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)], ids=str)
def test_no_notice_and_no_change_of_state_moves_a_button(show: Show, size: tuple[int, int]) -> None:
    screen = sample("active-programs")
    shown = show(screen, size)
    before = [button.mapTo(shown.view, QPoint(0, 0)) for button in buttons(shown)]
    ended = tuple(replace(program, standing="over") for program in screen.programs)
    for changed in (replace(screen, notice=notices.KEYS_OFFLINE), replace(screen, programs=ended)):
        draw(shown.view, changed)
        settle()
        assert [button.mapTo(shown.view, QPoint(0, 0)) for button in buttons(shown)] == before


def test_the_keyboard_comes_when_it_is_asked_for_and_escape_leads_back(show: Show) -> None:
    screen = sample("active-programs")
    shown = show(screen)
    assert isinstance(focus(), SessionBar), "no button has it unasked"
    draw(shown.view, replace(screen, reached=True))
    assert focus() is buttons(shown)[0]
    QTest.keyClick(focus(), Qt.Key.Key_Right)
    assert focus() is buttons(shown)[1]
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert shown.events == [ProgramPicked(1), Pressed(Button.CANCEL)]
    draw(shown.view, screen)
    assert isinstance(focus(), SessionBar)


def test_whatever_a_station_calls_its_programs_its_button_has_a_picture(show: Show) -> None:
    hint = ProgramSettings.__annotations__["icon"]
    assert set(hint.__args__) - {""} <= set(ICONS)
    strange = (Running("  ", "", "open"), Running("\u202eevil\nname" * 9, "", "front"))
    shown = show(replace(sample("active-programs"), programs=strange))
    assert all(not button.icon().isNull() for button in buttons(shown))
    assert all("\n" not in button.text() and len(button.text()) <= 20 for button in buttons(shown))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("size", "sign"), [((1024, 600), True), ((800, 600), False)], ids=str)
def test_with_the_help_open_tab_leads_beyond_no_edge_of_a_low_display(
    show: Show, language: str, size: tuple[int, int], sign: bool
) -> None:
    screen = replace(sample("active-silenced"), help=True, sign=sign, reached=True)
    screen = replace(screen, status=replace(screen.status, sounds="off", sounds_until="06:30", layout="DE"))
    shown = show(screen, size, language=language)
    assert isinstance(shown.view, SessionBar)
    seen = set()
    for _ in range(12):
        there = focus()
        seen.add(there.accessibleName())
        corner = there.mapTo(shown.view, QPoint(there.width(), there.height()))
        assert corner.x() <= size[0] and corner.y() <= size[1], there.accessibleName()
        QTest.keyClick(there, Qt.Key.Key_Tab)
    assert len(seen) >= 6
