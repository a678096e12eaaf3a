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


def add_map(parser: argparse.ArgumentParser, columns: tuple[str, ...]) -> None:
    """Declare ``--map`` of a list that may have ``columns``."""

    def mapped(text: str) -> tuple[str, str]:
        ours, found, theirs = text.partition("=")
        if not found or ours not in columns:
            raise argparse.ArgumentTypeError(f"write OURS=THEIRS, with one of ours: {', '.join(columns)}")
        return ours, theirs

    text = "which of the file's columns is which of ours; THEIRS may be several with + between, such as First+Last"
    parser.add_argument("--map", action="append", default=[], type=mapped, metavar="OURS=THEIRS", help=text)


def columns_of(args: argparse.Namespace) -> dict[str, str]:
    """What ``--map`` says. Raises ``CommandError``."""
    columns: dict[str, str] = dict(args.map)
    if len(columns) < len(args.map):
        raise CommandError("Say of each column of ours once which one it is: --map OURS=FIRST+SECOND takes several.")
    return columns
