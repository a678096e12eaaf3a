"""``kiosk token``: a short access token, or a one-time password, for a program of whoever works at this workstation.

Exit status 0 given, 1 refused, 2 could not ask.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError
from kiosk.cli.command_error import CommandError
from kiosk.cli.step_up import COULD_NOT_ASK, GRANTED, REFUSED, asked, doorbell

REFUSALS = frozenset({"not_active", "not_open", "access_denied", "unmet_authentication_requirements"})


def configure(parser: argparse.ArgumentParser) -> None:
    default = f"the workstation's folder (default: the doorbell in {address.VARIABLE})"
    parser.add_argument("--home", type=Path, metavar="DIR", help=default)
    parser.add_argument("--audience", required=True, metavar="AUD", help="who will check the token")
    parser.add_argument("--acr", metavar="ACR", help="the least assurance; the person is asked where it is more")
    parser.add_argument("--jkt", metavar="JKT", help="thumbprint of the program's own DPoP key (RFC 7638)")
    once = "a one-time password in place of a token, for a server that knows only passwords; hand it on by a pipe"
    parser.add_argument("--one-time", action="store_true", help=once)
    parser.add_argument("--json", action="store_true", help="print the whole answer as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the token; its exit status. Raises ``CommandError`` (2) if nobody could be asked."""
    wanted = {"audience": args.audience, "acr": args.acr, "jkt": args.jkt}
    request = {"op": "token", **{name: value for name, value in wanted.items() if value is not None}}
    if args.one_time:
        request["one_time"] = True
    try:
        answer = asked(doorbell(args.home), request)
    except AgentNotRunningError as error:
        raise CommandError(str(error), COULD_NOT_ASK) from None
    if "error" in answer:
        status = REFUSED if answer["error"] in REFUSALS else COULD_NOT_ASK
        raise CommandError(str(answer.get("detail", "The agent refused the request.")), status)
    given = "access_token" in answer
    if not given and not args.json:
        raise CommandError(f"refused: {str(answer.get('reason') or 'policy').replace('_', ' ')}", REFUSED)
    print(json.dumps(answer) if args.json else answer["access_token"])
    return GRANTED if given else REFUSED
