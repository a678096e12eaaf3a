"""Says whether Caps Lock is on and which layout the keyboard has, on the display that the agent's own window is on.

Qt tells neither. A connection and a thread of its own: they sleep until the display says that something changed.
[XKB protocol 1.0, XkbGetState, XkbSelectEvents, XkbLatchLockState]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.stage.connecting import open_display
from kiosk.stage.follower import Follower

CAPS, PROPERTIES, ANY = 1 << 1, 1 << 22, 0
"""X11 protocol: the modifier Lock, the mask of PropertyNotify, AnyPropertyType."""
MAX_GROUPS, MAX_LAYOUT = 4, 12
"""XKB has no more groups (section 2.2.2). Characters of a layout's short name."""


@dataclass(frozen=True, slots=True)
class Locks:
    """``caps``: Caps Lock is on. ``layout``: short name of the one in force, such as ``DE``; ``layouts``: how many."""

    caps: bool = False
    layout: str = ""
    layouts: int = 1


class KeyboardWatch(Follower["_Keyboard"]):
    """``told`` is called on a thread of this watch, with the first state and each that differs.

    ``display``: as in ``DISPLAY``; None where none can be watched, and nothing is ever told.
    """

    def __init__(self, display: str | None, told: Callable[[Locks], None]) -> None:
        super().__init__(display, "keyboard", "neither Caps Lock nor the layout is said")
        self._told = told
        self._next = 0

    def start(self) -> None:
        """Once the lock screen is to be seen."""
        self._begin()

    def next_layout(self) -> None:
        """Go on to the next of the keyboard's layouts. Never blocks."""
        if self._thread is not None:
            self._next += 1
            self._stir()

    def _connect(self, display: str) -> _Keyboard:
        return _Keyboard(display)

    def _follow(self, to: _Keyboard) -> None:
        done, before = 0, None
        while not self._closing:
            if done < self._next:
                done += 1
                to.next_layout()
            now = to.look()
            if now != before:
                before = now
                self._told(now)
            # Asking the display reads what came meanwhile, too.
            self._sleep(to, not to.waiting() and done == self._next)
            to.drain()


class _Keyboard:
    """The core keyboard, seen over a connection of its own. Raises ``OSError`` where the display knows no XKB."""

    def __init__(self, name: str) -> None:
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
    layouts = [layout.strip()[:MAX_LAYOUT] for layout in parts[2].split(",")][:MAX_GROUPS]
    variants = parts[3].split(",") if len(parts) > 3 else []
    said = []
    for at, layout in enumerate(layouts):
        variant = variants[at].strip()[:MAX_LAYOUT] if at < len(variants) else ""
        twice = layouts.count(layout) > 1 and variant
        said.append(f"{layout.upper()} {variant}" if twice else layout.upper())
    return tuple(said)
