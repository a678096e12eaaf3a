"""``kiosk step-up``: a program asks the person at this workstation for a fresh proof.

Exit status 0 granted, 1 refused, 2 could not ask.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.cli.command_error import CommandError

GRANTED, REFUSED, COULD_NOT_ASK = 0, 1, 2
MAX_ANSWER = 65536
PATIENCE = 620.0
"""Seconds; the station answers sooner, and a program that goes away first has taken its wish back."""
WAITS = 20
"""Seconds at most until it may ask, for which it waits by itself."""
FIELDS = frozenset(
    {"action", "resource", "records", "purpose", "audience", "patients", "timeout", "sensitivity", "labels", "lasts"}
)


def configure(parser: argparse.ArgumentParser) -> None:
    default = f"the workstation's folder (default: the doorbell in {address.VARIABLE})"
    parser.add_argument("--home", type=Path, metavar="DIR", help=default)
    parser.add_argument("--request", metavar="-", help="read the whole request as JSON from standard input")
    parser.add_argument("--action", help="what is to be done, e.g. record.export")
    parser.add_argument("--resource", help="to what, e.g. Patient/123")
    parser.add_argument("--records", type=int, help="how many records")
    parser.add_argument("--purpose", help="why")
    parser.add_argument("--audience", metavar="AUD", help="who will check the token")
    lasts = "a standing batch: the records may go in parts for so many seconds; a second person has to agree"
    parser.add_argument("--lasts", type=int, metavar="S", help=lasts)
    parser.add_argument(
        "--timeout", type=int, metavar="S", help="of no effect: the station says how long a request stands"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the answer; its exit status. Raises ``CommandError`` (2) if nobody could be asked."""
    request = _request(args)
    try:
        answer = asked(doorbell(args.home), {"op": "step_up", **request})
    except AgentNotRunningError as error:
        raise CommandError(str(error), COULD_NOT_ASK) from None
    if "error" in answer:
        raise CommandError(str(answer.get("detail", "The agent refused the request.")), COULD_NOT_ASK)
    granted = answer.get("decision") == "granted"
    print(json.dumps(answer, ensure_ascii=False) if args.json else _line(answer, granted))
    return GRANTED if granted else REFUSED


def asked(door: Path, request: dict[str, Any]) -> dict[str, Any]:
    """The answer. Where an earlier wish was refused a moment ago, that moment is waited for. Raises
    ``AgentNotRunningError``.

    A busy station counts a moment's seconds late, so that some may be left when they are over: it is asked again.
    """
    left = WAITS
    while True:
        answer = ask(door, request, PATIENCE)
        wait = answer.get("wait")
        if not isinstance(wait, int) or not 0 < wait <= left:
            return answer
        time.sleep(wait)
        left -= wait


def _request(args: argparse.Namespace) -> dict[str, Any]:
    """The wish from the options, over what standard input says. Raises ``CommandError``."""
    request: dict[str, Any] = {}
    if args.request is not None:
        request = _read(args.request)
    for name in FIELDS - {"patients", "sensitivity", "labels"}:
        value = getattr(args, name)
        if value is not None:
            request[name] = value
    missing = [name for name in ("action", "resource", "records") if name not in request]
    if missing:
        raise CommandError(f"Say what is asked for: {', '.join('--' + name for name in missing)}.", COULD_NOT_ASK)
    return request


def _read(where: str) -> dict[str, Any]:
    if where != "-":
        raise CommandError("--request reads standard input only: write --request -", COULD_NOT_ASK)
    text = sys.stdin.read(MAX_ANSWER + 1)
    if len(text) > MAX_ANSWER:
        raise CommandError(f"The request is longer than {MAX_ANSWER} characters.", COULD_NOT_ASK)
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError("The request on standard input is not valid JSON.", COULD_NOT_ASK) from None
    if not isinstance(request, dict):
        raise CommandError("The request on standard input must be one JSON object.", COULD_NOT_ASK)
    strange = sorted(map(str, request.keys() - FIELDS))
    if strange:
        raise CommandError(f"A request has no “{strange[0]}”. It may have: {', '.join(sorted(FIELDS))}.", COULD_NOT_ASK)
    return request


def doorbell(home: Path | None) -> Path:
    """The workspace's own doorbell where there is one: it says whose program this is."""
    own = os.environ.get(address.VARIABLE)
    if home is not None:
        station = address.doorbell(home)
        return Path(own) if own and Path(own).is_relative_to(station.resolve().parent) else station
    if own:
        return Path(own)
    raise CommandError(f"Name the workstation's folder with --home, or set {address.VARIABLE}.", COULD_NOT_ASK)


def _line(answer: dict[str, Any], granted: bool) -> str:
    if granted:
        return str(answer.get("token") or f"granted, request {answer.get('request_id')}")
    wait = answer.get("wait")
    later = f"; ask again in {wait} s" if isinstance(wait, int) else ""
    return f"refused: {str(answer.get('reason') or 'policy').replace('_', ' ')}{later}"
