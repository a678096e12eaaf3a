"""A program in a workspace: fills the display with its person's colour and writes down every key that it hears.

``painter.py LOGIN [FIFO]``: the keys go to the named pipe, one line each: ``+38 0``, press or release, code, modifiers.
With ``stubborn`` as third word it forks twice first and ignores every signal that can be ignored.
"""

import os
import signal
import sys
import time
from typing import Any

from Xlib import X, display
from Xlib.protocol.event import ClientMessage

COLOURS = {"ada": 0xC02020, "ben": 0x20C020, "cleo": 0x2020C0, "dan": 0xC0C020, "eve": 0xC020C0, "fay": 0x20C0C0}


def fork_twice() -> None:
    """A grandchild of its own session goes on, deaf; the parent only sleeps."""
    if os.fork():
        signal.pause()
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)


def await_window_manager(root: Any, shown: Any, window: Any) -> None:
    """Until it answers: one that is still beginning takes the keyboard to itself, and a key that comes then is lost.

    It says who it is long before it has begun, so it is asked for something (EWMH, _NET_REQUEST_FRAME_EXTENTS).
    """
    manager, extents = shown.intern_atom("_NET_SUPPORTING_WM_CHECK"), shown.intern_atom("_NET_FRAME_EXTENTS")
    while root.get_full_property(manager, X.AnyPropertyType) is None:
        time.sleep(0.01)  # asked again
    question = ClientMessage(
        window=window, client_type=shown.intern_atom("_NET_REQUEST_FRAME_EXTENTS"), data=(32, [0] * 5)
    )
    while window.get_full_property(extents, X.AnyPropertyType) is None:
        # Asked again: what comes while it does not listen yet is lost.
        root.send_event(question, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        shown.sync()
        time.sleep(0.02)  # asked again


def main(login: str, pipe: str) -> None:
    """Until the display is gone."""
    shown = display.Display()
    root = shown.screen().root
    size = root.get_geometry()
    mask = X.KeyPressMask | X.KeyReleaseMask | X.FocusChangeMask
    window = root.create_window(
        0, 0, size.width, size.height, 0, X.CopyFromParent, background_pixel=0, event_mask=mask,
        override_redirect=1,
    )  # fmt: skip
    root.change_attributes(event_mask=X.StructureNotifyMask)
    await_window_manager(root, shown, window)
    window.map()
    shown.sync()
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    # The colour says that keys are listened to.
    window.change_attributes(background_pixel=COLOURS[login])
    window.clear_area()
    shown.sync()
    notes = os.open(pipe, os.O_WRONLY) if pipe else 2
    while True:
        event = shown.next_event()
        if event.type in (X.KeyPress, X.KeyRelease):
            sign = "+" if event.type == X.KeyPress else "-"
            os.write(notes, f"{sign}{event.detail} {event.state}\n".encode())
        elif event.type == X.FocusOut and event.mode == X.NotifyNormal:
            # The window manager, still beginning, knows nothing of this window and takes the keyboard to itself.
            window.set_input_focus(X.RevertToParent, X.CurrentTime)
            shown.flush()
        elif event.type == X.ConfigureNotify and event.window == root:
            window.configure(width=event.width, height=event.height)
            shown.flush()


if __name__ == "__main__":
    if sys.argv[3:] == ["stubborn"]:
        fork_twice()
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
