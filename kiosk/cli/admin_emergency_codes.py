"""``kiosk admin emergency-codes``: sealed codes for the ward's safe."""

from __future__ import annotations

import argparse
import sys

from kiosk.cli import moments
from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.service_door import AdminDesk
from kiosk.model import sealed_code
from kiosk.model.counted import counted
from kiosk.model.sealed_code import MAX_LIVE

COUNT = 5


def configure(things: Things) -> None:
    """``emergency-codes print STATION``, ``list``, ``end STATION``."""
    codes = thing(things, "emergency-codes", "sealed codes by which emergency access opens, once each")
    made = act(codes, "print", "print new ones for a workstation, in place of those that are not used", _print)
    made.add_argument("station", metavar="NAME", help="the workstation that they open")
    made.add_argument(
        "--count", type=_count, default=COUNT, metavar="N", help=f"how many ({COUNT}; {MAX_LIVE} at most)"
    )
    made.add_argument("--keep", action="store_true", help="those that are not used stay good, too")
    listed = act(codes, "list", "list them by their numbers: who used which, and how many are left", _list)
    listed.add_argument("station", metavar="NAME", nargs="?", help="only of this workstation")
    act(codes, "end", "those that are not used open nothing any more", _end).add_argument("station", metavar="NAME")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_LIVE:
        raise argparse.ArgumentTypeError(f"write a number from 1 to {MAX_LIVE}")
    return int(text)


def _print(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import sealed_codes

    made = desk.db.write_now(sealed_codes.make, desk.admin, args.station, args.count, keep=args.keep)
    if not desk.folder.settings.emergency.get("codes"):
        print("“codes” of [emergency] is off in service.toml: until it is on, no code opens anything.", file=sys.stderr)
    if made.ended:
        print(f"Numbers that open nothing any more: {_numbers(made.ended)}. Destroy them.", file=sys.stderr)
    print(f"Emergency access at {made.station.name}, {made.station.place}")
    print("Each code opens it once. Seal each by itself, and keep them in the safe.")
    for number, code in made.codes:
        print(
            f"\nNo. {number:>3}   {sealed_code.shown(code)}\n          opened by ____________________  on ____________"
        )


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import sealed_codes

    for station, code in desk.db.read_now(sealed_codes.listed, args.station):
        if code.used is not None:
            state = f"used {moments.shown(code.used)} by emergency access {code.used_by}"
        else:
            state = "sealed" if code.ended is None else f"ended {moments.shown(code.ended)}"
        print(f"{station.name}\tNo. {code.number}\tprinted {moments.shown(code.created)}\t{state}")


def _end(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import sealed_codes

    ended = desk.db.write_now(sealed_codes.end, desk.admin, args.station)
    print(f"{counted(len(ended), 'code')} of {args.station} ended: {_numbers(ended)}. Destroy the paper.")


def _numbers(numbers: list[int] | tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
