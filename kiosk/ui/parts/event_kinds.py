"""The classes of Qt's events, all made before an event filter is asked for the first time.

PySide6 6.11 makes a class when somebody first asks for it. Where that happens while it looks for the class of an event
that a filter is to see, the program can end with a segmentation fault. Making all of them takes 2 ms.
"""

from __future__ import annotations

from functools import cache

from PySide6 import QtCore, QtGui, QtWidgets


@cache
def make_all() -> None:
    """Called by whatever installs an event filter."""
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            if name.endswith("Event"):
                getattr(module, name)
