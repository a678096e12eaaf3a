"""The host's keyboard layout, for the nested servers: its whole map, its names, and word of every change.

Xephyr takes over what each key says, but not what AltGr and the layout's groups make of it, and calls every keyboard
``us``. So xkbcomp(1) reads the host's map, and writes it into each nested server; the property ``_XKB_RULES_NAMES``
follows, by which programs such as a remote desktop learn the layout. [XKB protocol 1.0, XkbSelectEvents]
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from Xlib import X

from kiosk.stage.host import HostDisplay
from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.xkb import MAP, NAMES, NEW_KEYBOARD, STATE, select_changes

XKBCOMP = "/usr/bin/xkbcomp"
MAX_NAMES = 1024
"""Bytes of the names that are passed on: five short words."""
_SETTLES = 0.05
"""Seconds in which the events of one change come in, and in which a nested server has dealt with the same key."""
_ALT_GR = re.compile(r"key\s+<(\w+)>\s*\{[^}]*ISO_Level3_Shift")
_STAND_INS, _USUAL = ("LVL3", "LV3"), "RALT"
_STAND_IN = re.compile(r"(modifier_map\s+Mod5\s*\{\s*)<(?:LVL3|LV3)>(\s*\})")


class Keymap(NamedTuple):
    """``path``: of a file that xkbcomp reads. ``names``: as they stand in the property."""

    path: str
    names: bytes


class HostKeymap:
    """``changed()``: there is another map. ``locked()``: Caps Lock, Num Lock or the group are others."""

    def __init__(
        self, loop: Loop, host: HostDisplay, folder: str, changed: Callable[[], None], locked: Callable[[], None]
    ) -> None:
        self._loop, self._host, self._path = loop, host, f"{folder}/keymap"
        self._changed, self._locked = changed, locked
        self._reading: ChildProcess | None = None
        self._again = False
        self._known: tuple[str, bytes] | None = None
        self.now: Keymap | None = None
        """None until it was first read, or where the display knows no XKB."""
        self._names = host.display.intern_atom(NAMES)
        about = host.display.query_extension("XKEYBOARD")
        self._event = about.first_event if about is not None and about.present else -1
        if self._event >= 0:
            select_changes(host.display, about.major_opcode)
            self._read()

    def notice(self, events: list[Any]) -> None:
        """Of the host: whether any of them is of the keyboard."""
        if self._event < 0:
            return
        if any(self._is_of_the_map(event) for event in events):
            self._loop.after(_SETTLES, "keymap", self._read)
        if any(event.type == self._event and event.detail == STATE for event in events):
            self._loop.after(_SETTLES, "locks", self._locked)

    def _is_of_the_map(self, event: Any) -> bool:
        if event.type == X.PropertyNotify:
            return bool(event.window == self._host.root and event.atom == self._names)
        return bool(event.type == self._event and event.detail in (NEW_KEYBOARD, MAP))

    def _read(self) -> None:
        if self._reading is not None:
            self._again = True
            return
        words = [XKBCOMP, "-w", "0", "-xkb", self._host.name, f"{self._path}.new"]
        try:
            self._reading = ChildProcess(self._loop, words, environment(self._host.name), self._was_read)
        except OSError as error:
            os.write(2, f"stage: The keyboard's layout cannot be read with xkbcomp: {error.strerror}.\n".encode())

    def _was_read(self) -> None:
        self._reading = None
        if self._again:
            self._again = False
            self._read()
            return
        try:
            with open(f"{self._path}.new", encoding="latin-1") as file:
                text = for_nested(file.read())
            with open(f"{self._path}.new", "w", encoding="latin-1") as file:
                file.write(text)
            os.replace(f"{self._path}.new", self._path)
        except OSError:
            os.write(2, b"stage: The keyboard's layout could not be read; workspaces keep the one that they have.\n")
            return
        found = self._host.root.get_full_property(self._names, X.AnyPropertyType)
        value = found.value if found is not None and found.format == 8 else b""
        names = value.encode("latin-1") if isinstance(value, str) else bytes(value)
        # The first key of another keyboard is told as a new map, which is often the same. Setting it anew would let go
        # of what is held: whoever changes keyboards with Shift down would type small letters.
        read = (text, names)
        if read != self._known:
            self._known = read
            self.now = Keymap(self._path, names if len(names) <= MAX_NAMES else b"")
            self._changed()


def for_nested(text: str) -> str:
    """``text``: of a map. The very key that is AltGr carries its modifier: the right Alt key, or one that was set up.

    Xephyr presses the first key of a modifier by itself when keys come so fast that it has not counted AltGr yet. The
    maps name another key there, one that no keyboard has: nobody would let go of it.
    [xserver, hw/kdrive/ephyr, ephyrUpdateModifierState]
    """
    found = [key for key in _ALT_GR.findall(text) if key not in _STAND_INS]
    if not found:
        return text
    # Whoever has another AltGr set up uses it, though the right Alt key goes on being one.
    carrier = next((key for key in found if key != _USUAL), _USUAL)
    return _STAND_IN.sub(rf"\1<{carrier}>\2", text)


def environment(display: str, authority: str = "") -> dict[str, str]:
    """For a program that speaks to ``display``; ``authority``: file of its cookie, else the station's own."""
    env = {"DISPLAY": display, "PATH": "/usr/bin:/bin"}
    for name in ("XAUTHORITY", "HOME"):
        if name in os.environ:
            env[name] = os.environ[name]
    if authority:
        env["XAUTHORITY"] = authority
    return env
