"""``kiosk help-desk``: reset somebody's sign-in, or review a case, at a workstation where whoever does it is signed in.

Each act asks its person for a fresh proof by key or card, through the doorbell, and hands that approval to the service
through the agent. Only a start code is printed on standard output. Exit status 0 done, 1 refused, 2 could not ask.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import ask
from kiosk.cli import help_desk_review
from kiosk.cli.command_error import CommandError
from kiosk.cli.desk_approval import SERVICE_SECONDS, answered, approval
from kiosk.cli.step_up import COULD_NOT_ASK, doorbell
from kiosk.model import drawable
from kiosk.model.consent import MAX_TEXT
from kiosk.model.counted import counted
from kiosk.model.drawable import NotDrawableError

_ACTIONS = {"begin": "factor.reset", "approve": "reset.approve", "code": "reset.code"}
_TITLES = {"approve": "agree to a reset that a colleague began", "code": "get the start code of your reset, once due"}


def configure(parser: argparse.ArgumentParser) -> None:
    """``reset LOGIN --seen …``, ``approve RESET``, ``code RESET``, ``review …``."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    begin = acts.add_parser("reset", help="begin a reset: prints a start code, or says what it waits for")
    begin.set_defaults(do="begin")
    begin.add_argument("whose", metavar="LOGIN", help="the person's login")
    begin.add_argument("--seen", required=True, metavar="TEXT", help="what proves who it is, such as “passport, face”")
    lost = "suspend this factor, such as key:k7q2m4xd; may be given several times"
    begin.add_argument("--lost", action="append", default=[], metavar="FACTOR", help=lost)
    for name, text in _TITLES.items():
        leaf = acts.add_parser(name, help=text)
        leaf.set_defaults(do=name)
        leaf.add_argument("whose", metavar="RESET", help="its number, such as R-7K3M9Q2X")
    leaves = [*acts.choices.values()]
    for leaf in (*leaves, *help_desk_review.configure(acts)):
        default = f"the workstation's folder (default: the doorbell in {address.VARIABLE})"
        leaf.add_argument("--home", type=Path, metavar="DIR", help=default)
        leaf.add_argument("--timeout", type=int, metavar="S", help="of no effect: the station says how long it waits")


def run(args: argparse.Namespace) -> int:
    """Do it, and say what came of it. Raises ``CommandError``."""
    door = doorbell(args.home)
    if args.do in help_desk_review.ACTIONS:
        return help_desk_review.run(args, door)
    token = _approved(door, args)
    request: dict[str, Any] = {"op": "help_desk", "act": args.do, "token": token}
    if args.do != "begin":
        request["reset"] = args.whose
    _say(answered(lambda: ask(door, request, SERVICE_SECONDS)))
    return 0


def _approved(door: Path, args: argparse.Namespace) -> str:
    """The token of a step-up that the person at the workstation has just approved. Raises ``CommandError``."""
    kind = "Person" if args.do == "begin" else "Reset"
    wish: dict[str, Any] = {"op": "step_up", "action": _ACTIONS[args.do], "resource": f"{kind}/{args.whose}"}
    if args.do == "begin":
        wish["purpose"] = _purpose(args.seen, args.lost)
        wish["lost"] = args.lost
    return approval(door, wish)


def _purpose(seen: str, lost: list[str]) -> str:
    """What is signed as the purpose: it says what was seen. ``lost`` is signed beside it. Raises ``CommandError``."""
    seen = unicodedata.normalize("NFC", " ".join(seen.split()))
    if not seen:
        raise CommandError("Say in a few words what you saw that proves who it is.", COULD_NOT_ASK)
    try:
        drawable.check("--seen", seen, "sentence", MAX_TEXT)
        for mark in lost:
            drawable.check("--lost", mark, "line", MAX_TEXT)
    except NotDrawableError as error:
        raise CommandError(str(error), COULD_NOT_ASK) from None
    return seen


def _say(view: dict[str, Any]) -> None:
    """A code alone on standard output; everything else on standard error."""
    who, number = f"{view['name']} ({view['login']})", view["id"]
    due = datetime.fromtimestamp(view["due"]).astimezone().strftime("%Y-%m-%d %H:%M %Z (UTC%z)")
    fetch, agree = f"kiosk help-desk code {number}", f"kiosk help-desk approve {number}"
    minutes = counted(int(view.get("expires_in") or 0) // 60, "minute")
    said = {
        "code": f"Start code for {who}, good once within {minutes}:",
        "second": f"{number} for {who}: not the first reset in a short time, so a second person must agree: {agree}",
        "waiting": f"{number} for {who}: the code is due at {due}: {fetch}. A second person can agree sooner: {agree}",
        "ready": f"{number} for {who}: whoever began it fetches the code with: {fetch}",
    }
    print(said[view["state"]], file=sys.stderr)
    if view.get("code"):
        code = str(view["code"])
        print(" ".join(code[at : at + 4] for at in range(0, len(code), 4)))
