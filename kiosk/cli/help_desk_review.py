"""``kiosk help-desk review``: cases that wait, what happened in their time, and the finding that closes one."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kiosk.agent.doorbell.client import ask
from kiosk.cli import case_lines
from kiosk.cli.command_error import CommandError
from kiosk.cli.desk_approval import SERVICE_SECONDS, answered, approval
from kiosk.cli.step_up import COULD_NOT_ASK
from kiosk.model import drawable
from kiosk.model.consent import MAX_TEXT
from kiosk.model.drawable import NotDrawableError
from kiosk.model.review import CasesView, CaseView

if TYPE_CHECKING:
    Acts = argparse._SubParsersAction[argparse.ArgumentParser]

ACTIONS = {name: f"review.{name}" for name in ("list", "show", "close", "reopen", "text")}
_TITLES = {
    "list": "list the cases that wait",
    "show": "show a case, with what happened at its workstation in that time",
    "close": "close a case with a finding, signed by your own key",
    "reopen": "look at a closed case once more, as a new case",
    "text": "write about an emergency access of which nobody is known who could",
}


def configure(acts: Acts) -> tuple[argparse.ArgumentParser, ...]:
    """``review list``, ``show CASE``, ``close CASE --finding …``, ``reopen CASE --why …``, ``text CASE --text …``;
    the parser of each."""
    review = acts.add_parser("review", help="look at emergency access and at what happened during a downtime")
    kinds = review.add_subparsers(dest="review", metavar="ACT", required=True)
    for name, text in _TITLES.items():
        leaf = kinds.add_parser(name, help=text)
        leaf.set_defaults(do=name)
        if name != "list":
            leaf.add_argument("case", metavar="CASE", help="its number, such as C-7K3M9Q2X")
        if name in ("list", "show"):
            leaf.add_argument("--json", action="store_true", help="print one JSON object")
    kinds.choices["close"].add_argument("--finding", required=True, metavar="TEXT", help="one of those that show names")
    kinds.choices["close"].add_argument("--text", required=True, metavar="TEXT", help="what you found, in a few words")
    kinds.choices["reopen"].add_argument("--why", required=True, metavar="TEXT", help="why it is looked at again")
    kinds.choices["text"].add_argument("--text", required=True, metavar="TEXT", help="what happened, in a few words")
    return tuple(kinds.choices.values())


def run(args: argparse.Namespace, door: Path) -> int:
    """Do it, and print what came of it. Raises ``CommandError``."""
    case = "all" if args.do == "list" else args.case.upper()
    wish: dict[str, Any] = {"op": "step_up", "action": ACTIONS[args.do], "resource": f"Case/{case}"}
    said = _said(args)
    if said:
        wish["purpose"] = said
    request: dict[str, Any] = {"op": "help_desk", "act": args.do, "token": approval(door, wish)}
    if args.do != "list":
        request["case"] = case
    answer = answered(lambda: ask(door, request, SERVICE_SECONDS))
    if getattr(args, "json", False):
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    elif args.do == "list":
        _print_list(msgspec.convert(answer, CasesView))
    else:
        case_lines.print_case(msgspec.convert(answer, CaseView))
    return 0


def _print_list(found: CasesView) -> None:
    for case in found.cases:
        case_lines.print_line(case)
    if found.more:
        print(f"and {found.more} more", file=sys.stderr)


def _said(args: argparse.Namespace) -> str:
    """What is signed as the purpose. Raises ``CommandError``."""
    said_by = {"close": ("finding", "text"), "reopen": ("why",), "text": ("text",)}
    parts = [getattr(args, name) for name in said_by.get(args.do, ())]
    words = [unicodedata.normalize("NFC", " ".join(part.split())) for part in parts]
    if parts and not all(words):
        raise CommandError("Say in a few words what you found.", COULD_NOT_ASK)
    said = ": ".join(words)
    try:
        if said:
            drawable.check("--why" if args.do == "reopen" else "--text", said, "sentence", MAX_TEXT)
    except NotDrawableError as error:
        raise CommandError(str(error), COULD_NOT_ASK) from None
    return said
