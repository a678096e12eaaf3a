"""The keyboard of the host display between two persons: what is locked in it, and what is held down.

A keyboard has one state for whoever sits at it, and its lamps show it: Caps Lock, Num Lock and the layout's group go
back to what they were when the stage began. [XKB protocol 1.0, XkbGetState, XkbLatchLockState]
"""

from __future__ import annotations

from typing import Any

from Xlib import X

from kiosk.stage.xkb import CORE, GetState, LatchLockState, Use

_ALL = 0xFF


class Keyboard:
    """Of ``host``, a connection to the display. Does nothing about locks where the display knows no XKB."""

    def __init__(self, host: Any) -> None:
        self._host = host
        self._waiting: set[int] = set()
        about = host.query_extension("XKEYBOARD")
        self._opcode = about.major_opcode if about is not None and about.present else 0
        if self._opcode:
            # XKB wants to be asked for before it is used.
            Use(display=host.display, opcode=self._opcode)
            state = GetState(display=host.display, opcode=self._opcode, device=CORE)
            # Caps Lock is somebody's, whoever left it on before the stage began.
            self._locked, self._group = state.locked & ~X.LockMask, state.group

    def locks(self) -> tuple[int, int] | None:
        """Which modifiers are locked, as a mask, and the layout's group; None where the display knows no XKB."""
        if not self._opcode:
            return None
        state = GetState(display=self._host.display, opcode=self._opcode, device=CORE)
        return state.locked, state.group

    def reset(self) -> None:
        """Nothing that one person locked is locked for the next. Waits for nothing."""
        if self._opcode:
            LatchLockState(
                display=self._host.display,
                opcode=self._opcode,
                device=CORE,
                which=_ALL,
                locked=self._locked,
                lock_group=1,
                group=self._group,
                latches=_ALL,
            )

    def await_release(self) -> None:
        """Keys that are down now were pressed for somebody else, and would repeat."""
        self._waiting = self._down()

    def look(self) -> None:
        """Whether they have been let go by now.

        And whatever was pressed meanwhile: who types fast presses a key before the last one is up, and that one would
        repeat just as well.
        """
        if self.waits:
            self._waiting = self._down()

    @property
    def waits(self) -> bool:
        """Whether a key was still down when it was last looked."""
        return bool(self._waiting)

    def _down(self) -> set[int]:
        bits = self._host.query_keymap()
        return {code for code in range(8, 256) if bits[code // 8] >> code % 8 & 1}
