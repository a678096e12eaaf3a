"""What a screen reader is told of a secret field: its name, how many characters are there, whether it takes any.

A line of text would tell it every character, as it is typed. This one has no text at all.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

DOT = "●"


@runtime_checkable
class SpokenFieldState(Protocol):
    """What is spoken of a secret field: how many characters are there, and why it takes none; empty if it does."""

    @property
    def count(self) -> int: ...

    @property
    def off(self) -> str: ...


class Spoken(QAccessibleWidget):
    """Of one field."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field, QAccessible.Role.EditableText, "")
        self._field = field

    def state(self) -> QAccessible.State:
        state = super().state()
        state.passwordEdit = True
        state.editable = not self._is_off()
        state.readOnly = self._is_off()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        field = self._field
        if not isinstance(field, SpokenFieldState):
            return ""
        if kind is QAccessible.Text.Name:
            return f"{field.accessibleName()} {DOT * field.count}".strip()
        if kind is QAccessible.Text.Description:
            return f"{field.property('told')} {field.off}".strip()
        return ""

    def _is_off(self) -> bool:
        """For so long that it must be known. A moment's wait is over before it has been said."""
        return bool(getattr(self._field, "off", ""))


_spoken: dict[int, Spoken] = {}


def _make(name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, QWidget) or type(thing).__name__ != "SecretField":
        return None
    made = Spoken(thing)
    _spoken[id(thing)] = made
    return made


@cache
def install() -> None:
    """Once a program."""
    QAccessible.installFactory(_make)


def changed(field: QWidget) -> None:
    """Its name says another number of dots, or it takes no more, or again."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(field, QAccessible.Event.NameChanged))
