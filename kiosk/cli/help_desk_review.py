"""``kiosk help-desk review``: cases that wait, what happened in their time, and the finding that closes one."""

from __future__ import annotations

import argparse
import json
import unicodedata
from pathlib import Path
from typing import Any

from kiosk.agent.doorbell.client import ask
from kiosk.cli import moments
from kiosk.cli.command_error import CommandError
from kiosk.cli.desk_approval import SERVICE_SECONDS, answered, approval
from kiosk.cli.step_up import COULD_NOT_ASK
from kiosk.model import drawable
from kiosk.model.consent import MAX_TEXT
from kiosk.model.drawable import NotDrawableError

ACTIONS = {"list": "review.list", "show": "review.show", "close": "review.close", "reopen": "review.reopen"}
_TITLES = {
    "list": "list the cases that wait",
    "show": "show a case, with what happened at its workstation in that time",
    "close": "close a case with a finding, signed by your own key",
    "reopen": "look at a closed case once more, as a new case",
}


def configure(acts: Any) -> None:
    """``review list``, ``review show CASE``, ``review close CASE --finding …``, ``review reopen CASE --why …``."""
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
    review.set_defaults(leaves=tuple(kinds.choices.values()))


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
        _print_list(answer)
    else:
        _print_case(answer)
    return 0


def _said(args: argparse.Namespace) -> str:
    """What is signed as the purpose. Raises ``CommandError``."""
    parts = [args.finding, args.text] if args.do == "close" else [args.why] if args.do == "reopen" else []
    words = [unicodedata.normalize("NFC", " ".join(part.split())) for part in parts]
    if parts and not all(words):
        raise CommandError("Say in a few words what you found.", COULD_NOT_ASK)
    said = ": ".join(words)
    try:
        if said:
            drawable.check("--text" if args.do == "close" else "--why", said, "sentence", MAX_TEXT)
    except NotDrawableError as error:
        raise CommandError(str(error), COULD_NOT_ASK) from None
    return said


def _print_list(answer: dict[str, Any]) -> None:
    for case in answer["cases"]:
        who = case["login"] or "-"
        print("\t".join((case["id"], case["state"], moments.shown(case["due"]), case["kind"], case["station"], who)))
    if answer["more"]:
        print(f"… and {answer['more']} more")


def _print_case(case: dict[str, Any]) -> None:
    who = f"{case['name']} ({case['login']})" if case["login"] else "nobody known"
    until = f" to {moments.shown(case['until'])}" if case["until"] is not None else ""
    print(f"{case['id']}  {case['kind']}  {case['state']}, due {moments.shown(case['due'])}")
    print(f"who    {who}\nwhere  {case['station']}, {case['place']}")
    print(f"when   {moments.shown(case['happened'])}{until}\nwhy    {case['why']}")
    if case["more"]:
        print(f"       and {case['more']} more like it")
    if case["reopens"]:
        print(f"again  {case['reopens']} was closed before")
    if case["closed"] is not None:
        print(f"closed {moments.shown(case['closed'])} by {case['closed_by']}: {case['finding']}: {case['text']}")
    for row in case["rows"]:
        line = (moments.shown(row["at"]), f"row {row['row']}", row["action"], row["result"], row["login"] or "-")
        print("\t".join((*line, row["what"])))
    if case["cut"]:
        print("… and more: kiosk audit find --station … has all of it")
    if case["closed"] is None:
        print("findings: " + " | ".join(case["findings"]))
