"""``kiosk agent``: enrols a workstation with its service, and runs it."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from kiosk.cli.command_error import CommandError

CODE_CHARACTERS = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds ``enroll`` and ``run``."""
    acts = parser.add_subparsers(dest="act", metavar="enroll|run", required=True)
    enroll = acts.add_parser("enroll", help="make this workstation known to its service, with a one-time code")
    enroll.add_argument("--home", required=True, type=Path, metavar="DIR", help="the workstation's own folder")
    enroll.add_argument("--service", required=True, metavar="URL", help="e.g. https://auth.hospital.example:8443")
    enroll.add_argument("--code", required=True, metavar="CODE", help="from “kiosk admin workstation add”; - reads it")
    enroll.add_argument(
        "--keystore",
        choices=("file", "keyring", "systemd"),
        default="file",
        help="where the private key lives (default: file, for demo and tests)",
    )
    run_parser = acts.add_parser("run", help="run this workstation until it is told to stop")
    run_parser.add_argument("--home", required=True, type=Path, metavar="DIR", help="the workstation's own folder")
    run_parser.add_argument(
        "--reader", action="append", default=[], metavar="NAME", help="watch readers whose name holds this; may repeat"
    )
    run_parser.add_argument("--theme", choices=("light", "dark", "contrast"), help="instead of the settings' theme")
    run_parser.add_argument("--windowed", action="store_true", help="a window instead of the full screen")


def run(args: argparse.Namespace) -> int:
    """Exit status of the act. Raises ``CommandError``."""
    return _enroll(args) if args.act == "enroll" else _run(args)


def _enroll(args: argparse.Namespace) -> int:
    from kiosk.client.enrol import enrol
    from kiosk.client.errors import ClientError

    code = sys.stdin.readline(CODE_CHARACTERS).strip() if args.code == "-" else args.code
    try:
        out = enrol(args.home, args.service, code, args.keystore)
    except ClientError as error:
        raise CommandError(str(error)) from None
    print(f"This workstation is now {out.station.name}, {out.station.place}.")
    print(f"Start it: kiosk agent run --home {args.home}")
    return 0


def _run(args: argparse.Namespace) -> int:
    # A starting program makes no garbage, and looking for it until the lock screen is painted would take 20 ms.
    gc.disable()
    from kiosk.agent.run import StartupError, run_station

    try:
        return run_station(args.home, tuple(args.reader), args.theme, args.windowed)
    except StartupError as error:
        raise CommandError(str(error)) from None
