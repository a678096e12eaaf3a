"""``kiosk badge decode``: which badge number the service knows a typed or read number as, step by step."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.command_error import CommandError

if TYPE_CHECKING:
    from kiosk.model.wedge import WedgeFormat
    from kiosk.model.wedge_decode import Decoded

MAX_LINE = 200
FORMAT = "such as H10301,typed=decimal,facility=17 or 8H10D,front=0F (docs/readers.md); may repeat: tried in order"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds ``decode``."""
    acts = parser.add_subparsers(dest="act", metavar="decode", required=True)
    decode = acts.add_parser("decode", help="show step by step how a number becomes the badge's, or which step fails")
    decode.add_argument("number", nargs="?", metavar="NUMBER", help="as typed; without it the reader types it here")
    where = decode.add_mutually_exclusive_group(required=True)
    where.add_argument("--home", type=Path, metavar="DIR", help="by the formats of this workstation's agent.toml")
    where.add_argument("--settings", type=Path, metavar="FILE", help="by those of this settings file")
    where.add_argument("--format", action="append", metavar="FORMAT", help=FORMAT)


def run(args: argparse.Namespace) -> int:
    """0: it is a badge's number by one of the formats; 1: by none. Raises ``CommandError``, ``SettingsError``."""
    from kiosk.model.wedge_decode import decode

    formats = _formats(args)
    text = _text(args.number)
    for made in formats:
        found = decode(made, text)
        _show(made, found)
        if found.number:
            return 0
        if found.final:
            break
    return 1


def _formats(args: argparse.Namespace) -> tuple[WedgeFormat, ...]:
    if args.format:
        return tuple(given(text) for text in args.format)
    from kiosk.settings import AgentSettings, load

    path = args.settings or args.home / "agent.toml"
    formats = load(AgentSettings, path).wedge
    if not formats:
        raise CommandError(f"{path} has no [[wedge]]: no reader that acts as a keyboard is set up there.")
    return formats


def given(text: str) -> WedgeFormat:
    """The format that ``--format`` or ``--badge-format`` says. Raises ``CommandError``."""
    from kiosk.model.wedge import WedgeFormatError
    from kiosk.model.wedge_text import parse

    try:
        return parse(text)
    except WedgeFormatError as error:
        raise CommandError(f"“{text}”: {error}") from None


def add_format(parser: argparse.ArgumentParser) -> None:
    """Declare ``--badge-format``."""
    text = f"how badge numbers are written, if not in hex as card readers say them: {FORMAT}"
    parser.add_argument("--badge-format", action="append", default=[], metavar="FORMAT", help=text)


def formats_of(args: argparse.Namespace) -> tuple[WedgeFormat, ...]:
    """What ``--badge-format`` says. Raises ``CommandError``."""
    return tuple(given(text) for text in args.badge_format)


def _text(number: str | None) -> str:
    if number is None:
        if sys.stdin.isatty():
            print("Hold the badge to the reader.", file=sys.stderr, flush=True)
        number = sys.stdin.readline(MAX_LINE)
    number = number.rstrip("\r\n")
    if not number:
        raise CommandError("No number came.")
    return number


def _show(made: WedgeFormat, found: Decoded) -> None:
    print(f"{made.card}, typed as {made.typed}:")
    for step in found.steps:
        print(f"  {step.what}: {step.value}")
    if found.fault:
        print(f"  failed: {found.fault}")
