"""A window in a workspace that writes down what hands do to it: buttons, the wheel, drags, and what a paste brings.

``hands_inside.py LOGIN FIFO``: ``press 1 X Y``, ``move 1 X Y`` (with that button down), ``release 1 X Y``, ``pasted …``
or ``pasted nothing``. Button 2 asks for the selection, as programs do; button 3 takes it, with the person's name.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from Xlib import X, Xatom, display
from Xlib.protocol.event import SelectionNotify

BUTTONS = {1: X.Button1Mask, 2: X.Button2Mask, 3: X.Button3Mask}


class Hands:
    def __init__(self, login: str, pipe: str) -> None:
        self._login = login
        self._out = os.open(pipe, os.O_WRONLY)
        self._shown = display.Display()
        root = self._shown.screen().root
        mask = X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask
        size = root.get_geometry()
        self._window = root.create_window(
            0, 0, size.width, size.height, 0, X.CopyFromParent, background_pixel=0x20C020, event_mask=mask,
            override_redirect=1,
        )  # fmt: skip
        self._window.map()
        self._shown.sync()
        self._say("ready")

    def _say(self, line: str) -> None:
        os.write(self._out, f"{line}\n".encode())

    def run(self) -> None:
        """Until the display is gone."""
        while True:
            event = self._shown.next_event()
            at = f"{getattr(event, 'event_x', 0)} {getattr(event, 'event_y', 0)}"
            if event.type == X.ButtonPress:
                self._say(f"press {event.detail} {at}")
                self._pressed(event)
            elif event.type == X.ButtonRelease:
                self._say(f"release {event.detail} {at}")
            elif event.type == X.MotionNotify:
                for number, mask in BUTTONS.items():
                    if event.state & mask:
                        self._say(f"move {number} {at}")
            elif event.type == X.SelectionRequest:
                self._give(event)
            elif event.type == X.SelectionNotify:
                self._pasted(event)

    def _pressed(self, event: Any) -> None:
        target = self._shown.intern_atom("PASTED")
        if event.detail == 3:
            self._window.set_selection_owner(Xatom.PRIMARY, event.time)
        elif event.detail == 2:
            self._window.convert_selection(Xatom.PRIMARY, Xatom.STRING, target, event.time)
        self._shown.sync()

    def _give(self, event: Any) -> None:
        event.requestor.change_property(event.property, Xatom.STRING, 8, self._login.encode())
        answer = SelectionNotify(
            time=event.time, requestor=event.requestor, selection=event.selection, target=event.target,
            property=event.property,
        )  # fmt: skip
        event.requestor.send_event(answer)
        self._shown.sync()

    def _pasted(self, event: Any) -> None:
        found = event.property and self._window.get_full_property(event.property, X.AnyPropertyType)
        self._say(f"pasted {found.value.decode() if found else 'nothing'}")


if __name__ == "__main__":
    Hands(*sys.argv[1:]).run()
