"""Hands on the Tab key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from kiosk.ui.parts.secret_field import SecretField
from tests.fakes.screens import focus


def stops(view: QWidget) -> set[QWidget]:
    """What can be acted on. The keypad is for touch: its field takes the same keys."""
    found: list[QWidget] = [w for kind in (QAbstractButton, QLineEdit, SecretField) for w in view.findChildren(kind)]
    return {part for part in found if part.isVisible() and part.isEnabled() and part.focusPolicy().value}


def walks_round(view: QWidget) -> list[str]:
    """What Tab does not reach on ``view``, and what it reaches besides."""
    wanted: set[QWidget] = stops(view)
    walked: list[QWidget] = []
    while focus() not in walked:
        walked.append(focus())
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    missed = [f"Tab misses {part.accessibleName()}" for part in wanted - set(walked)]
    return missed + [
        f"Tab stops at {type(widget).__name__}" for widget in walked if widget not in wanted and widget is not view
    ]
