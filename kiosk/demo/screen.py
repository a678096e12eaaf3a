"""A virtual screen, hands on its keyboard and mouse, and pictures of it."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from kiosk.demo.processes import ChildFailedError, ChildProgram, until
from kiosk.stage import cookie


class VirtualScreen:
    """A screen of ``width`` × ``height`` pixels on a display number of its own choosing.

    Xvfb, which nobody sees; or, with ``inside`` naming a display, Xephyr: a window there, called ``title``.
    ``private``: only who knows the cookie in ``environment`` may open it, as on a real station.
    """

    def __init__(
        self,
        folder: Path,
        width: int = 1280,
        height: int = 800,
        *,
        inside: str = "",
        title: str = "Workstation",
        private: bool = False,
    ) -> None:
        self._folder = folder
        self._authority = folder / "screen.authority" if private else None
        self._inside = inside
        size = f"{width}x{height}"
        seen = ["Xephyr", "-screen", size, "-title", title, "-no-host-grab"]
        # A busy machine may stop the hand between press and release: that is no key held down. Nor does it go dark.
        unseen = ["Xvfb", "-screen", "0", f"{size}x24", "-dpi", "96", "-r", "-s", "0"]
        self._words = seen if inside else unseen
        self._child: ChildProgram | None = None
        self.display = ""

    def start(self) -> None:
        """Raises ``ChildFailedError`` if the screen does not come up."""
        words = [*self._words, "-displayfd", "1", "-nolisten", "tcp", "-noreset"]
        secret = cookie.new()
        if self._authority:
            self._folder.mkdir(parents=True, exist_ok=True)
            cookie.write(str(self._authority), secret, socket.gethostname(), 0)
            words += ["-auth", str(self._authority)]
        env = {"DISPLAY": self._inside} if self._inside else None
        self._child = child = ChildProgram(words, self._folder / "screen.log", env=env)
        number = until("the virtual screen", lambda: child.lines[0] if child.lines else None)
        self.display = f":{number}"
        if self._authority:  # now that the number is known, for clients to find it
            cookie.write(str(self._authority), secret, socket.gethostname(), int(number))

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to open it."""
        known = {"XAUTHORITY": str(self._authority)} if self._authority else {}
        return {"DISPLAY": self.display, **known}

    def monitors(self, *sizes: tuple[int, int]) -> None:
        """Side by side on it from the left, the first of them the primary one."""
        x = 0
        for number, (width, height) in enumerate(sizes, 1):
            area = f"{width}/{width * 254 // 960}x{height}/{height * 254 // 960}+{x}+0"
            self._run("xrandr", "--setmonitor", f"monitor-{number}", area, "screen" if number == 1 else "none")
            x += width

    @property
    def running(self) -> bool:
        """Whether it can be drawn on."""
        return self._child is not None and self._child.running

    def stop(self) -> None:
        """Safe to call twice."""
        if self._child:
            self._child.stop()

    def _run(self, *words: str, typed: str | None = None) -> bytes:
        done = subprocess.run(
            words,
            input=typed.encode() if typed is not None else None,
            capture_output=True,
            env={**os.environ, **self.environment},
            timeout=20,
            check=False,
        )
        if done.returncode:
            raise ChildFailedError(f"{words[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def press(self, *keys: str) -> None:
        """Press keys by their X names, e.g. ``Return``, ``Escape``."""
        self._run("xdotool", "key", "--delay", "15", *keys)

    def type(self, text: str) -> None:
        """Type ``text``; it goes by standard input, so that it does not show among the processes."""
        self._run("xdotool", "type", "--delay", "15", "--file", "-", typed=text)

    def click(self, x: int, y: int) -> None:
        self._run("xdotool", "mousemove", str(x), str(y), "click", "1")

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Red, green and blue."""
        red, green, blue = self._run(
            *("import", "-silent", "-window", "root", "-crop", f"1x1+{x}+{y}", "-depth", "8", "rgb:-")
        )
        return red, green, blue

    def picture(self, path: Path) -> Path:
        """The whole screen as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._run("import", "-silent", "-window", "root", str(path))
        return path
