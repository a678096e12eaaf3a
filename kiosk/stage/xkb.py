"""The few requests of the X keyboard extension that are made here; python-xlib has none of them.

[XKB protocol 1.0: XkbUseExtension, XkbSelectEvents, XkbGetState, XkbLatchLockState]
"""

from __future__ import annotations

from typing import Any

from Xlib.protocol import rq

NAMES = "_XKB_RULES_NAMES"
"""Property of the root window: rules, model, layouts, variants and options, by which the map was made."""
CORE = 0x100
"""The core keyboard."""
NEW_KEYBOARD, MAP, STATE = 0, 1, 2
"""Kinds of events."""
_LOCKED_MODIFIERS, _LOCKED_GROUP = 1 << 3, 1 << 7


def select_changes(display: Any, opcode: int) -> None:
    """Ask for each new keyboard and map, and for changes of what is locked, but not for every Shift."""
    every = 1 << NEW_KEYBOARD | 1 << MAP
    parts = _LOCKED_MODIFIERS | _LOCKED_GROUP
    SelectEvents(
        display=display.display,
        opcode=opcode,
        device=CORE,
        which=every | 1 << STATE,
        clear=0,
        whole=every,
        map_parts=0xFF,
        maps=0xFF,
        state_parts=parts,
        states=parts,
    )
    display.flush()


class GetState(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        *(rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(3)),
        *(rq.Card8("locked"), rq.Pad(1), rq.Card8("group"), rq.Pad(18)),
    )


class LatchLockState(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device"), rq.Card8("which")),
        *(rq.Card8("locked"), rq.Card8("lock_group"), rq.Card8("group")),
        *(rq.Card8("latches"), rq.Pad(5)),
    )


class Use(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major", 1), rq.Card16("minor", 0))
    )
    _reply = rq.Struct(
        *(rq.ReplyCode(), rq.Card8("supported"), rq.Card16("sequence_number"), rq.ReplyLength()),
        *(rq.Card16("major"), rq.Card16("minor"), rq.Pad(20)),
    )


class SelectEvents(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength(), rq.Card16("device"), rq.Card16("which")),
        *(rq.Card16("clear"), rq.Card16("whole"), rq.Card16("map_parts"), rq.Card16("maps")),
        *(rq.Card16("state_parts"), rq.Card16("states")),
    )
