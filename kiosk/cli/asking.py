"""A question before something that cannot simply be taken back: asked at a terminal, answered by --yes in a script."""

from __future__ import annotations

import argparse
import sys

from kiosk.cli.command_error import CommandError


def configure(parser: argparse.ArgumentParser, text: str = "do it without being asked, as a script must") -> None:
    """Declare ``--yes``."""
    parser.add_argument("--yes", action="store_true", help=text)


def sure(said: str, *, yes: bool) -> None:
    """Go on only if it is meant. ``said``: a sentence that says what would happen. Raises ``CommandError``."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{said} Nothing was changed. If it is meant: --yes", 1)
    print(f"{said} Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was changed.", 1)
