"""The window shows what it is given, covers the display, and tells when it has painted."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from kiosk.model.card import CardService
from kiosk.model.health import StorageHealth
from kiosk.session.facts.screen_parts import LockScreen, StationStatus, Waiting
from kiosk.session.facts.screens import Active, StepUp
from kiosk.session.facts.stage_news import UserActivity
from kiosk.ui.dim import dimming
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.people import AROUND, BEN, OFFLINE
from kiosk.ui.window import Window
from kiosk.ui.words import Words
from tests.fakes.screens import Drawn, Show, settle


def texts(window: Window) -> list[str]:
    """What stands on the screen now."""
    return [label.text() for label in window.findChildren(QLabel) if label.isVisibleTo(window)]


def click(window: Window, place: QPoint) -> None:
    """Touch the screen shown now."""
    assert window._view is not None
    QTest.mouseClick(window._view, Qt.MouseButton.LeftButton, pos=place)


def tick(window: Window) -> None:
    """A second passed, for all that counts on the screen shown now."""
    for countdown in window.findChildren(Countdown):
        countdown.tick()


def test_each_screen_is_painted_once_it_is_shown(drawn: Drawn, qtbot: QtBot) -> None:
    for name in ("locked", "reading", "second-factor-pin", "opening", "active", "fading", "step-up-key", "downtime"):
        with qtbot.waitSignal(drawn.window.painted, timeout=30_000) as signal:
            drawn.window.show_screen(SAMPLES[name])
        assert signal.args == [SAMPLES[name].name]


def test_the_same_screen_again_does_nothing(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["locked"])
    settle()
    view = drawn.window._view
    drawn.window.show_screen(replace(SAMPLES["locked"]))
    assert drawn.window._view is view
    assert drawn.painted == ["locked"]


def test_a_screen_of_the_same_kind_changes_in_place(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["locked"])
    view = drawn.window._view
    drawn.window.show_screen(LockScreen(AROUND, (Waiting("ZZ"),)))
    assert drawn.window._view is view


def test_it_covers_the_display_but_for_the_session_bar(drawn: Drawn) -> None:
    whole = QGuiApplication.primaryScreen().geometry()
    drawn.window.show_screen(SAMPLES["locked"])
    settle()
    assert drawn.window.geometry() == whole
    drawn.window.show_screen(SAMPLES["active"])
    settle()
    assert drawn.window.width() == whole.width()
    assert drawn.window.height() <= 64
    drawn.window.show_screen(SAMPLES["step-up-key"])
    settle()
    assert drawn.window.geometry() == whole


def test_it_has_no_frame_and_stays_above_all(drawn: Drawn) -> None:
    flags = drawn.window.windowFlags()
    for wanted in ("FramelessWindowHint", "WindowStaysOnTopHint", "X11BypassWindowManagerHint"):
        assert flags & getattr(Qt.WindowType, wanted)


def test_fading_lets_a_third_of_the_workspace_through_but_shows_its_panel_whole() -> None:
    region = dimming(QSize(1280, 800), QRect(300, 250, 680, 300), 18)
    column = [region.contains(QPoint(10, y)) for y in range(800)]
    assert 0.66 < sum(column) / len(column) < 0.67
    assert region.contains(QRect(320, 270, 640, 260))
    assert not region.contains(QPoint(10, 2))


def test_the_language_changes_everything_that_is_shown(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["locked"])
    before = drawn.window._view
    drawn.window.next_language()
    assert drawn.window.language == "es"
    assert drawn.window._view is not before
    assert "Acerque su tarjeta" in texts(drawn.window)
    drawn.window.next_language()
    drawn.window.next_language()
    assert drawn.window.language == "en"


def test_the_other_screens_are_built_when_there_is_nothing_else_to_do(drawn: Drawn, qtbot: QtBot) -> None:
    drawn.window.show_screen(SAMPLES["locked"])
    qtbot.waitUntil(lambda: drawn.window._views.missing() is None, timeout=30_000)


def test_time_left_goes_on_while_the_same_wish_changes(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("kiosk.ui.parts.clock.monotonic", lambda: now[0])
    screen = SAMPLES["step-up-key"]
    assert isinstance(screen, StepUp)
    drawn.window.show_screen(screen)
    now[0] += 60
    tick(drawn.window)
    drawn.window.show_screen(replace(screen, prove=None))
    assert "0:54" in texts(drawn.window)
    drawn.window.show_screen(replace(screen, person=BEN))
    assert "1:54" in texts(drawn.window)


def test_the_warning_counts_down_from_the_start_each_time(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("kiosk.ui.parts.clock.monotonic", lambda: now[0])
    drawn.window.show_screen(SAMPLES["fading"])
    now[0] += 29
    tick(drawn.window)
    assert "Locking in 1 second" in texts(drawn.window)
    drawn.window.show_screen(SAMPLES["active"])
    drawn.window.show_screen(SAMPLES["fading"])
    assert "Locking in 30 seconds" in texts(drawn.window)


def test_an_ordinary_window_has_a_frame_and_shrinks_to_the_bar(qtbot: QtBot) -> None:
    window = Window(lambda _: None, sounds=False, fullscreen=False)
    qtbot.addWidget(window)
    window.show_screen(SAMPLES["locked"])
    settle()
    size = window.size()
    assert not window.windowFlags() & Qt.WindowType.FramelessWindowHint
    window.show_screen(SAMPLES["active"])
    settle()
    assert window.height() <= 64
    window.show_screen(SAMPLES["locked"])
    settle()
    assert window.size() == size


@pytest.mark.parametrize("wrong", [{"theme": "pink"}, {"language": "tlh"}])
def test_a_theme_or_language_that_is_not_shipped_is_refused(qapp: QApplication, wrong: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        Window(lambda _: None, sounds=False, **wrong)


def test_an_unknown_sound_is_silent(drawn: Drawn) -> None:
    drawn.window.play("trombone")
    settle()


class Emitter(QObject):
    told = Signal(bool)
    gave = Signal(object)


def test_emitting_does_not_eat_references(qapp: QApplication) -> None:
    """PySide6 6.12.0 drops one on ``True`` at each emit under Python 3.11, and the program dies after some 590.

    From 3.12 on ``True`` is immortal (PEP 683), and its count says nothing: there, another thing's does.
    """
    emitter, thing = Emitter(), object()
    heard: list[object] = []
    emitter.told.connect(lambda value: heard.append(value))
    emitter.gave.connect(lambda value: heard.append(value))
    button = QPushButton()
    button.setCheckable(True)
    button.clicked.connect(lambda value: heard.append(value))
    mortal = [thing] if sys.version_info >= (3, 12) else [thing, True]
    before = [sys.getrefcount(word) for word in mortal]
    for _ in range(1000):
        emitter.told.emit(True)
        emitter.gave.emit(thing)
        button.click()
    assert len(heard) == 3000
    heard.clear()
    after = [sys.getrefcount(word) for word in mortal]
    assert [abs(now - then) < 50 for now, then in zip(after, before, strict=True)] == [True] * len(mortal)


def test_the_lock_screen_waits_for_no_network_library() -> None:
    heavy = "{'httpx', 'ssl', 'asyncio', 'fido2', 'cryptography', 'smartcard', 'segno'}"
    rare = "[m for m in sys.modules if m.startswith(('kiosk.ui.screens.enrolment', 'kiosk.ui.screens.my_keys'))]"
    probe = f"import sys, kiosk.ui.window; print(sorted({heavy} & set(sys.modules)) + {rare})"
    asked = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    assert asked.stdout.strip() == "[]"


def test_the_bar_grows_to_say_who_is_signed_in_and_a_touch_of_it_is_told(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["active"])
    settle()
    thin = drawn.window.height()
    drawn.window.show_screen(SAMPLES["active-sign"])
    settle()
    assert drawn.window.height() > 2 * thin
    assert any(text.endswith("is signed in") for text in texts(drawn.window))
    click(drawn.window, QPoint(40, thin + 40))
    assert drawn.events == [UserActivity()]
    drawn.window.show_screen(SAMPLES["active"])
    settle()
    assert drawn.window.height() == thin
    click(drawn.window, QPoint(400, 20))
    assert drawn.events == [UserActivity()]


def test_the_bar_warns_that_the_session_ends(drawn: Drawn) -> None:
    drawn.window.show_screen(SAMPLES["active-ending"])
    settle()
    assert any("Ends within a minute" in text for text in texts(drawn.window))


@pytest.mark.parametrize("service", [state for state in CardService if state is not CardService.OK])
def test_the_bar_says_that_badges_cannot_be_read(show: Show, service: CardService) -> None:
    working = SAMPLES["active"]
    assert isinstance(working, Active)
    for status, said in ((AROUND, False), (replace(AROUND, card_service=service), True)):
        bar = show(replace(working, status=status)).view
        shown = [label.text() for label in bar.findChildren(QLabel) if label.isVisibleTo(bar)]
        assert ("Badges cannot be read" in shown) is said


@pytest.mark.parametrize("language", ["en", "es", "fr"])
@pytest.mark.parametrize("health", ["low", "full"])
def test_the_lock_screen_warns_of_the_services_disk_and_takes_it_back(
    drawn: Drawn, health: StorageHealth, language: str
) -> None:
    while drawn.window.language != language:
        drawn.window.next_language()
    warning = Words(language)(f"health.storage.{health}")
    steps: tuple[tuple[StorageHealth, bool], ...] = (("ok", False), (health, True), ("ok", False))
    for storage, said in steps:
        drawn.window.show_screen(LockScreen(replace(AROUND, storage=storage)))
        settle()
        assert (warning in texts(drawn.window)) is said


def test_no_reader_is_no_fault_before_anybody_looked(show: Show) -> None:
    for status, said in ((StationStatus(), False), (StationStatus(card_service=CardService.NO_READER), True)):
        screen = show(LockScreen(status)).view
        shown = [label.text() for label in screen.findChildren(QLabel) if label.isVisibleTo(screen)]
        assert ("Badges cannot be read" in shown) is said
        assert ("Looking for readers" in shown) is not said
        assert any("No badge reader is plugged in" in text for text in shown) is said


@pytest.mark.parametrize("language", ["en", "es", "fr"])
@pytest.mark.parametrize("off", [3 * 3600, -4 * 366 * 86_400])
def test_the_lock_screen_says_by_how_much_its_computers_clock_is_off(drawn: Drawn, off: int, language: str) -> None:
    while drawn.window.language != language:
        drawn.window.next_language()
    words, way = Words(language), "behind" if off > 0 else "ahead"
    for status, name, stops in ((AROUND, "locked", ""), (OFFLINE, "downtime", "_stops")):
        for seconds in (0, off, 0):
            drawn.window.show_screen(
                LockScreen(
                    replace(status, clock_off=seconds, clock_stops=bool(stops and seconds)), name=cast("Any", name)
                )
            )
            settle()
            said = words(f"health.clock.{way}{stops}", wait=abs(off))
            assert (said in texts(drawn.window)) is bool(seconds)
            assert (words("time.hours", n=3) if off > 0 else words("time.years", n=4)) in said
