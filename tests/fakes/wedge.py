"""A reader that acts as a keyboard, by XTEST on a connection of its own; and somebody who types by hand."""

from __future__ import annotations

import time

from Xlib import XK, X
from Xlib.ext import xtest

from tests.fakes.visible_display import Glass

NAMES = {",": "comma", "-": "minus", " ": "space"}
BY_HAND = 0.15
"""Seconds between two keys of a person: far more than a reader's, on a machine that is busy, too."""


class Wedge:
    """``name``: of the display."""

    def __init__(self, name: str) -> None:
        self._glass = Glass(name)

    def close(self) -> None:
        self._glass.close()

    def reads(self, number: str, end: str = "Return") -> None:
        """All its keys at once, so that no pause of this process can be taken for a person's."""
        for name in [*(NAMES.get(character, character) for character in number), *([end] if end else [])]:
            self._press(name)
        self._glass.display.sync()

    def by_hand(self, text: str, end: str = "Return") -> None:
        """Key after key, as a person does."""
        for name in [*(NAMES.get(character, character) for character in text), *([end] if end else [])]:
            self._press(name)
            self._glass.display.sync()
            time.sleep(BY_HAND)

    def _press(self, name: str) -> None:
        code = self._glass.display.keysym_to_keycode(XK.string_to_keysym(name))
        for kind in (X.KeyPress, X.KeyRelease):
            xtest.fake_input(self._glass.display, kind, code)
