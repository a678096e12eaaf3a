"""Says whether Caps Lock is on and which layout the keyboard has, on the display that the agent's own window is on.

Qt tells neither. A connection and a thread of its own: they sleep until the display says that something changed.
[XKB protocol 1.0, XkbGetState, XkbSelectEvents, XkbLatchLockState]
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.stage.connecting import open_display

log = logging.getLogger("kiosk.stage")
CAPS, PROPERTIES, ANY = 1 << 1, 1 << 22, 0
"""X11 protocol: the modifier Lock, the mask of PropertyNotify, AnyPropertyType."""
MAX_GROUPS, LONGEST = 4, 12
"""XKB has no more groups (section 2.2.2). Characters of a layout's short name."""


@dataclass(frozen=True, slots=True)
class Locks:
    """``caps``: Caps Lock is on. ``layout``: short name of the one in force, such as ``DE``; ``layouts``: how many."""

    caps: bool = False
    layout: str = ""
    layouts: int = 1


class KeyboardWatch:
    """``told`` is called on a thread of this watch, with the first state and each that differs.

    ``display``: as in ``DISPLAY``; None where none can be watched, and nothing is ever told.
    """

    def __init__(self, display: str | None, told: Callable[[Locks], None]) -> None:
        self._name, self._told = display, told
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._next = 0
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Once the lock screen is to be seen."""
        if self._name is not None:
            self._thread = threading.Thread(target=self._run, name="keyboard", daemon=True)
            self._thread.start()

    def next_layout(self) -> None:
        """Go on to the next of the keyboard's layouts. Never blocks."""
        if self._thread is not None:
            self._next += 1
            os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Nothing is told any more."""
        self._closing = True
        os.eventfd_write(self._wake, 1)
        if self._thread is not None:
            self._thread.join(2)
            if self._thread.is_alive():
                return  # it still polls the descriptor
        os.close(self._wake)

    def _run(self) -> None:
        from Xlib.error import ConnectionClosedError, DisplayError, XError

        try:
            keyboard = _Keyboard(self._name)
            try:
                self._follow(keyboard)
            finally:
                keyboard.close()
        except (OSError, DisplayError, ConnectionClosedError, XError, struct.error, AttributeError) as error:
            log.warning("neither Caps Lock nor the layout is said: %s", type(error).__name__)

    def _follow(self, keyboard: _Keyboard) -> None:
        poll, done, before = select.poll(), 0, None
        for descriptor in (self._wake, keyboard.fileno()):
            poll.register(descriptor, select.POLLIN)
        while not self._closing:
            if done < self._next:
                done += 1
                keyboard.next_layout()
            now = keyboard.look()
            if now != before:
                before = now
                self._told(now)
            if not keyboard.waiting() and done == self._next:  # asking the display reads what came meanwhile, too
                poll.poll()
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            keyboard.drain()


class _Keyboard:
    """The core keyboard, seen over a connection of its own. Raises ``OSError`` where the display knows no XKB."""

    def __init__(self, name: str | None) -> None:
        from kiosk.stage import xkb  # python-xlib: nothing of it before the lock screen is seen

        self._xkb = xkb
        self._display: Any = open_display(name)
        self._root = self._display.screen().root
        about = self._display.query_extension("XKEYBOARD")
        if about is None or not about.present:
            self._display.close()
            raise OSError("no XKB")
        self._opcode = about.major_opcode
        self._names = self._display.intern_atom(xkb.NAMES)
        xkb.Use(display=self._display.display, opcode=self._opcode)
        self._root.change_attributes(event_mask=PROPERTIES)
        xkb.select_changes(self._display, self._opcode)

    def fileno(self) -> int:
        return int(self._display.fileno())

    def waiting(self) -> bool:
        return bool(self._display.pending_events())

    def drain(self) -> None:
        """Which changes came is of no interest: all is looked at anew."""
        while self._display.pending_events():
            self._display.next_event()

    def look(self) -> Locks:
        """As it is now."""
        state = self._state()
        names = self._layouts()
        group = state.group if state.group < len(names) else 0
        return Locks(bool(state.locked & CAPS), names[group] if names else "", max(len(names), 1))

    def next_layout(self) -> None:
        """Lock the next group; with one layout alone nothing happens."""
        count = len(self._layouts())
        if count > 1:
            state = self._state()
            self._xkb.LatchLockState(
                display=self._display.display,
                opcode=self._opcode,
                device=self._xkb.CORE,
                which=0,
                locked=0,
                lock_group=1,
                group=(state.group + 1) % count,
                latches=0,
            )
            self._display.flush()

    def close(self) -> None:
        self._display.close()

    def _state(self) -> Any:
        return self._xkb.GetState(display=self._display.display, opcode=self._opcode, device=self._xkb.CORE)

    def _layouts(self) -> tuple[str, ...]:
        found = self._root.get_full_property(self._names, ANY)
        value = found.value if found is not None and found.format == 8 else b""
        return layouts_of(value.encode("latin-1") if isinstance(value, str) else bytes(value))


def layouts_of(names: bytes) -> tuple[str, ...]:
    """Short names of the layouts in ``_XKB_RULES_NAMES`` (rules, model, layouts, variants, options): ``DE``, ``US``.

    Two of one name are told apart by their variants: ``US``, ``US dvorak``.
    """
    parts = [part.decode("ascii", "replace") for part in names.split(b"\0")]
    if len(parts) < 3 or not parts[2]:
        return ()
    layouts = [one.strip()[:LONGEST] for one in parts[2].split(",")][:MAX_GROUPS]
    variants = parts[3].split(",") if len(parts) > 3 else []
    said = []
    for at, layout in enumerate(layouts):
        variant = variants[at].strip()[:LONGEST] if at < len(variants) else ""
        twice = layouts.count(layout) > 1 and variant
        said.append(f"{layout.upper()} {variant}" if twice else layout.upper())
    return tuple(said)
