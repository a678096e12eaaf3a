"""What a workspace prints to, as a station's settings say it: ``[[printer]]``."""

# Without "from __future__ import annotations", as beside it.

import re
from dataclasses import dataclass

from kiosk.settings.checks import SettingsError, must

_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,127}")


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """A queue of the station's own CUPS, by its ``name`` there.

    ``raw``: its printer gets what programs send, as it is: for labels and wristbands. Any program can then set that
    printer up, or ask it for what it keeps.
    """

    name: str
    raw: bool = False

    def __post_init__(self) -> None:
        if not _QUEUE.fullmatch(self.name):
            raise SettingsError(must("name", "a queue's name in CUPS: letters, digits, and . _ -", self.name))


def check_printers(printers: tuple[PrinterSettings, ...], server: str) -> None:
    """Raises ``SettingsError`` for one that is named twice, and for a server that is no Unix socket."""
    names = [printer.name.lower() for printer in printers]  # CUPS tells no capitals apart
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise SettingsError(f"[[printer]] names “{twice}” twice.")
    if not server.startswith("/"):
        raise SettingsError(must("print_server", "the whole path of a Unix socket of CUPS", server))
