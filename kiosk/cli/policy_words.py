"""``kiosk policy translate`` and ``check``: policy texts, without a service."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things
from kiosk.cli.command_error import CommandError
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.policy import PolicyRules
    from kiosk.service.policy.cedar.facts import Family

OWN_ACTS: dict[Family, str] = {"sign_in": "sign-ins", "emergency": "emergency access"}
"""In words, what a policy may say nothing about."""


def configure(acts: Things) -> None:
    """Their words."""
    text = "print as a policy what [policy.actions], other_actions and barred_roles of service.toml say"
    translate = acts.add_parser("translate", help=text, description=text[:1].upper() + text[1:] + ".")
    translate.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    translate.set_defaults(do=_translate)
    text = "say what is wrong with policy texts"
    check = acts.add_parser(
        "check", help=text, description="Say what is wrong with policy texts. Exit status: 0 nothing; 1 something."
    )
    check.add_argument("file", nargs="+", type=Path, metavar="FILE", help="a policy in Cedar; - is standard input")
    check.set_defaults(do=_check)


def rules_of(data: Path) -> PolicyRules:
    """The rules of a data folder's settings. Raises ``CommandError`` and ``SettingsError``."""
    from kiosk.cli.service_door import complaints
    from kiosk.service.folder import open_folder
    from kiosk.service.policy import rules_from

    with complaints():
        folder = open_folder(data)
    return rules_from(folder.settings.policy_table())


def text_of(path: Path) -> str:
    """A policy's text, with the file's line ends as one. Raises ``CommandError``."""
    from kiosk.service.policy import MAX_POLICY_TEXT

    try:
        if str(path) == "-":
            data = sys.stdin.read(MAX_POLICY_TEXT + 1).encode("utf-8")
        else:
            with path.open("rb") as file:
                data = file.read(MAX_POLICY_TEXT + 1)
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise CommandError(f"{path} is no text in UTF-8. Save it anew in that encoding.") from None


def _translate(args: argparse.Namespace) -> int:
    from kiosk.service.policy import book_of, of_tables, translated

    rules = rules_of(args.data)
    book_of(rules)  # says so where the tables are too large
    print(translated(rules), end="")
    if not of_tables(rules):
        print(
            "These tables say nothing but the defaults, so that hospital.cedar, which comes along, holds instead.",
            file=sys.stderr,
        )
    return 0


def _check(args: argparse.Namespace) -> int:
    from kiosk.service.policy import check, speaks_of

    wrong = False
    for path in args.file:
        checked = check(text_of(path))
        for fault in checked.faults:
            print(f"{path}: {fault}")
        wrong = wrong or not checked.good
        if checked.good and checked.book is not None:
            print(f"{path}: {counted(len(checked.book.rules), 'rule')}, in order. SHA-256 {checked.book.digest}")
            silent = [what for family, what in OWN_ACTS.items() if not speaks_of(checked.book, family)]
            if silent:
                print(f"{path}: it says nothing about {' and '.join(silent)}: service.toml alone decides on that.")
    return int(wrong)
