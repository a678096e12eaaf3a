"""The keyboard of the host display between two persons: what is locked in it, and what is held down.

A keyboard has one state for whoever sits at it, and its lamps show it: Caps Lock, Num Lock and the layout's group go
back to what they were when the stage began. [XKB protocol 1.0, XkbGetState, XkbLatchLockState]
"""

from __future__ import annotations

from typing import Any

from Xlib import X
from Xlib.protocol import rq

_CORE = 0x100
_ALL = 0xFF


class _GetState(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        *(rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(3)),
        *(rq.Card8("locked"), rq.Pad(1), rq.Card8("group"), rq.Pad(18)),
    )


class _LatchLockState(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device"), rq.Card8("which")),
        *(rq.Card8("locked"), rq.Card8("lock_group"), rq.Card8("group")),
        *(rq.Card8("latches"), rq.Pad(5)),
    )


class Keyboard:
    """Of ``host``, a connection to the display. Does nothing about locks where the display knows no XKB."""

    def __init__(self, host: Any) -> None:
        self._host = host
        self._waiting: set[int] = set()
        about = host.query_extension("XKEYBOARD")
        self._opcode = about.major_opcode if about is not None and about.present else 0
        if self._opcode:
            # XKB wants to be asked for before it is used.
            _Use(display=host.display, opcode=self._opcode)
            state = _GetState(display=host.display, opcode=self._opcode, device=_CORE)
            # Caps Lock is somebody's, whoever left it on before the stage began.
            self._locked, self._group = state.locked & ~X.LockMask, state.group

    def locks(self) -> tuple[int, int] | None:
        """Which modifiers are locked, as a mask, and the layout's group; None where the display knows no XKB."""
        if not self._opcode:
            return None
        state = _GetState(display=self._host.display, opcode=self._opcode, device=_CORE)
        return state.locked, state.group

    def reset(self) -> None:
        """Nothing that one person locked is locked for the next. Waits for nothing."""
        if self._opcode:
            _LatchLockState(
                display=self._host.display,
                opcode=self._opcode,
                device=_CORE,
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


class _Use(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major", 1), rq.Card16("minor", 0))
    )
    _reply = rq.Struct(
        *(rq.ReplyCode(), rq.Card8("supported"), rq.Card16("sequence_number"), rq.ReplyLength()),
        *(rq.Card16("major"), rq.Card16("minor"), rq.Pad(20)),
    )
