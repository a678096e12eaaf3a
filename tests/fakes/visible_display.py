"""An X server as a person would see and touch it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from typing import Any

from Xlib import XK, X
from Xlib.ext import xtest
from Xlib.protocol import request

from kiosk.stage.connecting import open_display


class Glass:
    """The X server ``name``, seen and touched as a person would."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.display: Any = open_display(name)
        if not self.display.has_extension(xtest.extname):
            # Whoever imported the stage's own process here has told python-xlib to leave it out (``stage.host``).
            found = self.display.query_extension(xtest.extname)
            self.display.display.set_extension_major(xtest.extname, found.major_opcode)
        self.root: Any = self.display.screen().root

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        raw = self.root.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFFFF).data
        return raw[2], raw[1], raw[0]

    def colours(self, step: int = 16) -> set[tuple[int, int, int]]:
        """Every colour on a grid of ``step`` pixels over the whole display."""
        return self._on_rows(0, step, step)

    def rows(self, every: int = 160, step: int = 64) -> set[tuple[int, int, int]]:
        """Every colour on some rows from edge to edge: far quicker than ``colours``."""
        return self._on_rows(every // 2, every, step)

    def _on_rows(self, first: int, every: int, step: int) -> set[tuple[int, int, int]]:
        """All rows are asked for before the first answer is read, so that the server is waited for once."""
        size, display = self.root.get_geometry(), self.display.display
        words = {"format": X.ZPixmap, "drawable": self.root.id, "x": 0, "plane_mask": 0xFFFFFFFF}
        asked = [
            request.GetImage(display=display, defer=True, y=y, width=size.width, height=1, **words)
            for y in range(first, size.height, every)
        ]
        found = set()
        for row in asked:
            row.reply()
            blue, green, red = (row.data[part :: 4 * step] for part in range(3))
            found |= set(zip(red, green, blue, strict=True))
        return found

    def key(self, name: str, down: bool) -> None:
        code = self.display.keysym_to_keycode(XK.string_to_keysym(name))
        xtest.fake_input(self.display, X.KeyPress if down else X.KeyRelease, code)
        self.display.sync()

    def button(self, number: int, down: bool) -> None:
        xtest.fake_input(self.display, X.ButtonPress if down else X.ButtonRelease, number)
        self.display.sync()

    def type(self, letters: str) -> None:
        for letter in letters:
            self.key(letter, True)
            self.key(letter, False)

    def move(self, x: int, y: int) -> None:
        xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
        self.display.sync()

    def close(self) -> None:
        self.display.close()


@contextlib.contextmanager
def two_monitors() -> Iterator[Glass]:
    """A display of two monitors of different size side by side: 1280 × 1024, and 1920 × 1080."""
    with xvfb(3200, 1080) as name:
        glass = Glass(name)
        try:
            for words in (["left", "1280/338x1024/270+0+0", "screen"], ["right", "1920/509x1080/286+1280+0", "none"]):
                subprocess.run(["xrandr", "--display", name, "--setmonitor", *words], check=True, timeout=10)
            yield glass
        finally:
            glass.close()


@contextlib.contextmanager
def xvfb(width: int = 1280, height: int = 800, *more: str) -> Iterator[str]:
    """The name of a fresh X server without a window manager. ``more`` of its arguments."""
    ours, theirs = os.pipe()
    words = [
        "Xvfb",
        "-displayfd",
        str(theirs),
        "-screen",
        "0",
        f"{width}x{height}x24",
        "-nolisten",
        "tcp",
        "-noreset",
        "-r",
    ]
    # "-r": a busy machine may stop the hand between press and release, and that is no key held down.
    words += ["-r", *more]
    server = subprocess.Popen(words, pass_fds=[theirs], stderr=subprocess.DEVNULL)
    os.close(theirs)
    try:
        with os.fdopen(ours) as said:
            number = said.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.kill()
        server.wait()
