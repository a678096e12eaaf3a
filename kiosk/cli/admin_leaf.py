"""How the words of ``kiosk admin`` are declared."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import Any

from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk

Do = Callable[[AdminDesk, argparse.Namespace], None]
Things = Any
"""What ``add_subparsers`` returns; argparse keeps its type private."""


def thing(things: Things, name: str, text: str) -> Things:
    """``kiosk admin NAME``, under which acts are declared."""
    parser = things.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
    return parser.add_subparsers(dest="act", metavar="ACT", required=True)


def act(acts: Things, name: str, text: str, do: Do) -> argparse.ArgumentParser:
    """``kiosk admin THING NAME``, carried out by ``do``."""
    parser: argparse.ArgumentParser = acts.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
    parser.set_defaults(do=do)
    return parser


def login(parser: argparse.ArgumentParser) -> None:
    """The person that the act is about."""
    parser.add_argument("login", metavar="LOGIN", help="the person's login")


def new_role(parser: argparse.ArgumentParser) -> None:
    """Whether a role that is like a known one is meant as it is written."""
    parser.add_argument(
        "--new-role", action="store_true", help="a role that looks like a known one is meant as written"
    )


def typed_secret(what: str, *, twice: bool = False) -> str:
    """A secret from standard input: hidden when typed, the first line of a pipe. Raises ``CommandError``."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        secret = line.rstrip("\r\n")
        if not secret:
            raise CommandError(f"Give the {what} on standard input.")
        return secret
    first = getpass.getpass(f"{what}: ")
    if twice and getpass.getpass(f"{what}, again: ") != first:
        raise CommandError("These are two different ones. Nothing was changed.")
    return first
