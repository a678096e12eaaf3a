"""The command ``kiosk``: picks one file of ``cli/`` and opens its door.

Each command's module has ``HELP`` (one line), ``configure(parser)`` and ``run(args) -> int`` (the exit status). Only
the chosen one is imported, so that ``kiosk status`` does not wait for Qt. A ``Complaint`` raised anywhere inside is
printed as its sentence, with exit status 2 unless it says otherwise.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

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
    _open_what_is_closed()
    try:
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read us has seen enough, as in “kiosk audit export … | head”
        _say_no_more()
        return 1
    except OSError as error:  # the last net: another user's folder, a full disk behind a redirection
        print(f"kiosk: {error.filename or 'The output'}: {error.strerror or error}.", file=sys.stderr)
        _say_no_more()
        return 2
    except (Complaint, BadSettings) as complaint:
        print(f"kiosk: {complaint}", file=sys.stderr)
        return getattr(complaint, "status", 2)
    except KeyboardInterrupt:
        return 130


def _open_what_is_closed() -> None:
    """Started without standard streams (``<&-``, some service managers), a command reads and writes nothing."""
    nothing = Path(os.devnull)
    sys.stdin = sys.stdin or nothing.open(encoding="utf-8")
    sys.stdout = sys.stdout or nothing.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nothing.open("w", encoding="utf-8")


def _say_no_more() -> None:
    """The interpreter would flush standard output once more at its end, and complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a file of the system: nothing will be flushed
        return


if __name__ == "__main__":
    sys.exit(main())
