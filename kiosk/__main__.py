"""The command ``kiosk``: picks one file of ``cli/`` and opens its door.

Each command's module has ``HELP`` (one line), ``configure(parser)`` and ``run(args) -> int`` (the exit status). Only
the chosen one is imported, so that ``kiosk status`` does not wait for Qt. A ``Complaint`` raised anywhere inside is
printed as its sentence, with exit status 2 unless it says otherwise.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from kiosk.cli.complaint import Complaint
from kiosk.settings import BadSettings

COMMANDS: dict[str, str] = {
    "agent": "the workstation: enrol it, run it",
    "stage": "the whole screen of a workstation: its lock, its agent and a display a person",
    "service": "the central service: set it up, run it",
    "admin": "persons, badges, keys, workstations, applications",
    "status": "what a workstation's agent is doing now",
    "step-up": "ask the person at this workstation for a fresh proof",
    "simulate": "place a software badge, PIV card or FIDO2 key on a reader",
    "audit": "verify or export the audit trail",
    "demo": "the whole thing on this machine",
    "doctor": "what is in order here, and what to do about the rest",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. ``argv`` without the program's name; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="kiosk", description="Tap-and-go sign-in for shared clinical workstations.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((w for w in words if not w.startswith("-")), None)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        if name == chosen:
            module = importlib.import_module(f"kiosk.cli.{name.replace('-', '_')}")
            module.configure(sub)
            sub.set_defaults(run=module.run)
    args = parser.parse_args(words)
    try:
        return int(args.run(args))
    except (Complaint, BadSettings) as complaint:
        print(f"kiosk: {complaint}", file=sys.stderr)
        return getattr(complaint, "status", 2)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
