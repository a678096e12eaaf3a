"""By keyboard alone: in enrolment, My keys and the bar, Tab reaches whatever can be pressed or typed in, each once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from kiosk.session.enrol_screens import Enrolment, MyKeys
from kiosk.session.screens import Active
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Show, focus

NAMES = [
    name
    for name, screen in SAMPLES.items()
    if isinstance(screen, Enrolment | MyKeys) or (isinstance(screen, Active) and screen.reached)
]


def stops(view: QWidget) -> set[QWidget]:
    """What can be acted on. The keypad is for touch: its field takes the same keys."""
    found: list[QWidget] = [w for kind in (QAbstractButton, QLineEdit, SecretField) for w in view.findChildren(kind)]
    return {part for part in found if part.isVisible() and part.isEnabled() and part.focusPolicy().value}


@pytest.mark.parametrize("name", NAMES)
def test_tab_goes_round_all_there_is(show: Show, name: str) -> None:
    view = show(SAMPLES[name]).view
    wanted, walked = stops(view), []
    while focus() not in walked:
        walked.append(focus())
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    assert wanted <= set(walked)
    assert [part for part in walked if part not in wanted and part is not view] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_first_stop_changes_nothing_by_a_stray_enter(show: Show, name: str) -> None:
    """What takes something away, or shows only once, is never where Enter falls first."""
    show(SAMPLES[name])
    assert focus().property("kind") != "refuse"
