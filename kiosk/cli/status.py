"""``kiosk status``: what a workstation's agent is doing now."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.cli.command_error import CommandError


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", required=True, type=Path, metavar="DIR", help="the workstation's own folder")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")


def run(args: argparse.Namespace) -> int:
    """Print the status. Raises ``CommandError`` if no agent answers."""
    try:
        status = ask(address.doorbell(args.home), {"op": "status"})
    except AgentNotRunningError as error:
        raise CommandError(str(error), 1) from None
    if "error" in status:
        raise CommandError(str(status.get("detail", "The agent refused.")), 1)
    print(json.dumps(status, ensure_ascii=False) if args.json else _lines(status))
    return 0


def _lines(status: dict[str, Any]) -> str:
    person = status.get("person")
    rows = [("state", status.get("state")), ("person", f"{status.get('name')} ({person})" if person else "nobody")]
    if status.get("assurance"):
        rows.append(("assurance", status["assurance"]))
    rows += [("reader", f"{reader['name']}: {reader['state']}") for reader in status.get("readers", [])]
    rows.append(("service", status.get("service")))
    return "\n".join(f"{name:10}{value}" for name, value in rows)
