"""The keys that are the station's, wherever the keyboard is: Super+L locks, Super+B leads to the session bar.

The stage takes them from the display itself, above every window: no program hears of them, none can press them (what
one fakes stays in its own nested server), and none can keep them from the stage. [X Window System Protocol, GrabKey]
"""

from __future__ import annotations

from typing import Any

from Xlib import X, error

from kiosk.stage.host import HostDisplay

LOCK, BAR = "lock", "bar"
_LETTERS = {LOCK: ord("l"), BAR: ord("b")}
"""Keysyms, which are the letters' own numbers in Latin-1."""
_PLACES = {LOCK: 46, BAR: 56}
"""Where these letters are on most keyboards (evdev), for a layout that has no Latin ones."""
_SUPER = X.Mod4Mask
_LOCKS = (0, X.LockMask, X.Mod2Mask, X.LockMask | X.Mod2Mask)
"""Caps Lock and Num Lock, which are no reason to let a key through."""


class GrabbedKeys:
    """Of ``host``. ``take`` them once, and again whenever the layout is another."""

    def __init__(self, host: HostDisplay) -> None:
        self._host = host
        self._codes: dict[int, str] = {}
        self.take()

    def take(self) -> None:
        """Have the display give them to us alone. A key that another program took before stays that one's."""
        root, failed = self._host.root, error.CatchError(error.BadAccess)
        for code in self._codes:
            root.ungrab_key(code, X.AnyModifier)
        self._codes = {self._code(name): name for name in _LETTERS}
        for code in self._codes:
            for locks in _LOCKS:
                root.grab_key(code, _SUPER | locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=failed)
        self._host.display.sync()

    def _code(self, name: str) -> int:
        """By its letter, wherever that is in the layout."""
        return int(self._host.display.keysym_to_keycode(_LETTERS[name])) or _PLACES[name]

    def of(self, event: Any) -> str:
        """``LOCK`` or ``BAR``; empty for any other event."""
        if event.type == X.MappingNotify:
            self._host.display.refresh_keyboard_mapping(event)
            self.take()
        elif event.type == X.KeyPress and event.window == self._host.root:
            return self._codes.get(event.detail, "")
        return ""
