"""A sound with which nothing else changes is seen as well: a frame, for a moment."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from kiosk.session.facts.screens import Screen
from kiosk.ui.parts.struck import SHOWN_MS, WIDE, Struck
from kiosk.ui.samples import SAMPLES
from kiosk.ui.window import Window
from kiosk.ui.words import sentences


def struck(screen: Screen, times: int) -> Screen:
    return replace(screen, status=replace(screen.status, struck=times))


def test_each_one_is_seen_on_every_screen_and_goes() -> None:
    window = Window(lambda _: None, fullscreen=False)
    frame = window.findChild(Struck)
    assert isinstance(frame, Struck)
    for name, sample in SAMPLES.items():
        window.show_screen(struck(sample, 0))
        frame.hide()
        window.show_screen(struck(sample, 0))
        assert not frame.isVisible(), name
        window.show_screen(struck(sample, 7))
        assert frame.isVisible() and frame.size() == window.size(), name
        drawn = window.grab().toImage().pixelColor(WIDE // 4, window.height() // 2)
        assert drawn == frame._kit.colour("focus"), name
    QTest.qWait(SHOWN_MS)  # it goes by itself after that time
    for _ in range(500):
        if frame.isVisible():
            QTest.qWait(10)  # looked at again
    assert not frame.isVisible()
    window.close()


def test_what_was_seen_is_not_seen_again() -> None:
    window = Window(lambda _: None, fullscreen=False)
    frame = window.findChild(Struck)
    assert isinstance(frame, Struck)
    window.show_screen(struck(SAMPLES["locked"], 3))
    frame.hide()
    window.show_screen(struck(SAMPLES["active"], 3))
    assert not frame.isVisible()
    window.close()


def test_nothing_says_to_wait_for_a_beep_where_sounds_are_off() -> None:
    window = Window(lambda _: None, fullscreen=False)
    for name, sample in SAMPLES.items():
        window.show_screen(replace(sample, status=replace(sample.status, sounds="off")))
        words = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
        assert not [text for text in words if "beep" in text], name
    window.close()
    spoken = {key for key, said in sentences("en").items() if "beep" in str(said)}
    assert spoken == {"locked.lead"}, "a sentence that is shown with and without sound tells of what is seen"
