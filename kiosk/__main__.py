"""The command ``kiosk``: picks one file of ``cli/`` and opens its door.

Each command's module has ``configure(parser)`` and ``run(args) -> int`` (the exit status); its line of help stands in
``COMMANDS``. Only the chosen one is imported, so that ``kiosk status`` does not wait for Qt. A ``CommandError`` raised
anywhere inside is printed as its sentence, with exit status 2 unless it says otherwise.
"""

from __future__ import annotations

import argparse
import codecs
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.cli.command_error import CommandError

_PATHS = "kiosk-paths"
COMMANDS: dict[str, str] = {
    "agent": "the workstation: enrol it, run it",
    "stage": "the whole screen of a workstation: its lock, its agent and a display a person",
    "service": "the central service: set it up, run it",
    "admin": "persons, badges, keys, workstations, applications",
    "continuity": "whether stations and service would come through a downtime",
    "policy": "what step-ups need: check, explain, try and apply a policy",
    "status": "what a workstation's agent is doing now",
    "step-up": "ask the person at this workstation for a fresh proof",
    "token": "a token for a program of whoever works at this workstation",
    "kerberos": "the Kerberos ticket of whoever a workspace belongs to",
    "server-login": "let people in on a server, for PAM and FreeRADIUS",
    "help-desk": "reset somebody's sign-in, at a workstation where you are signed in",
    "badge": "which badge number a reader's digits are, step by step",
    "simulate": "place a software badge, PIV card, PKOC badge or FIDO2 key on a reader",
    "audit": "verify, search, export or archive the audit trail",
    "demo": "the whole thing on this machine",
    "doctor": "what is in order here, and what to do about the rest",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. ``argv`` without the program's name; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = _parsed(words)
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
    except UnicodeEncodeError as error:
        print(f"kiosk: {_not_written(error)}", file=sys.stderr)
        _say_no_more()
        return 2
    except _complaints() as complaint:
        print(f"kiosk: {complaint}", file=sys.stderr)
        return getattr(complaint, "status", 2)
    except KeyboardInterrupt:
        return 130


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for, with ``run``, which does it. Ends the program for help, and for words that make no sense."""
    name = words[0] if words else ""
    if name not in COMMANDS:
        _overview().parse_args(words)
    module = importlib.import_module(f"kiosk.cli.{name.replace('-', '_')}")
    text = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"kiosk {name}", description=text[:1].upper() + text[1:] + ".")
    module.configure(parser)
    return parser.parse_args(words[1:], argparse.Namespace(command=name, run=module.run))


def _overview() -> argparse.ArgumentParser:
    """Knows which commands there are, and nothing of any."""
    parser = argparse.ArgumentParser(prog="kiosk", description="Tap-and-go sign-in for shared clinical workstations.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text)
    return parser


def _complaints() -> tuple[type[Exception], ...]:
    """What is printed as its sentence."""
    from kiosk.settings import SettingsError  # here: its import is the agent's to time

    return CommandError, SettingsError


def _open_what_is_closed() -> None:
    """Started without standard streams (``<&-``, some service managers), a command reads and writes nothing."""
    nothing = Path(os.devnull)
    sys.stdin = sys.stdin or nothing.open(encoding="utf-8")
    sys.stdout = sys.stdout or nothing.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nothing.open("w", encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        codecs.register_error(_PATHS, _shown)
        # A person at a terminal sees which letter it is; data with other letters would be wrong data.
        sys.stdout.reconfigure(errors="backslashreplace" if sys.stdout.isatty() else _PATHS)


def _shown(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes of a path that are not UTF-8 as ``\\xfc``, wherever a path is named; any other letter raises."""
    if isinstance(error, UnicodeEncodeError) and "\ud800" <= error.object[error.start] <= "\udfff":
        end = error.start + 1
        return os.fsencode(error.object[error.start : end]).decode("utf-8", "backslashreplace"), end
    raise error


def _not_written(error: UnicodeEncodeError) -> str:
    """What to say where a name of the hospital is no text in the encoding of whoever reads us."""
    letter = error.object[error.start]
    if 0xD800 <= ord(letter) <= 0xDFFF:
        return "A name or path that was given is not UTF-8. Rename it, or type it anew."
    return (
        f"The output is {error.encoding}, which has no {ascii(letter)[1:-1]}. What was asked may be done; the rest was "
        "not written. Set LC_ALL to a UTF-8 locale, such as C.UTF-8."
    )


def _say_no_more() -> None:
    """The interpreter would flush standard output once more at its end, and complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a file of the system: nothing will be flushed
        return


if __name__ == "__main__":
    sys.exit(main())
