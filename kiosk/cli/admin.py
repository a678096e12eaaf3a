"""``kiosk admin``: persons and what they prove with, workstations, applications.

Works as the operating system's owner of the data folder, beside a running service, which learns of every change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kiosk.cli import (
    admin_authorities,
    admin_cards,
    admin_continuity,
    admin_directory,
    admin_emergency_codes,
    admin_integrity,
    admin_metadata,
    admin_people,
    admin_places,
    admin_programs,
    admin_records,
    admin_recovery,
    admin_review,
    admin_signals,
    admin_stations,
)
from kiosk.cli.service_door import AdminDesk, desk

MODULES = (
    admin_people,
    admin_cards,
    admin_authorities,
    admin_metadata,
    admin_stations,
    admin_places,
    admin_programs,
    admin_records,
    admin_recovery,
    admin_directory,
    admin_integrity,
    admin_review,
    admin_continuity,
    admin_emergency_codes,
    admin_signals,
)

STOPS = frozenset(
    {("person", "suspend"), ("person", "leave"), ("factor", "lost"), ("factor", "suspend"), ("factor", "revoke")}
    | {("badge", "revoke"), ("key", "revoke"), ("piv", "revoke"), ("pkoc", "revoke"), ("workstation", "revoke")}
)
"""Acts that end somebody's access: on a full disk they use the room that is kept for them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """``--data DIR THING ACT …``; each leaf has ``do(desk, args)``."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    things = parser.add_subparsers(dest="thing", metavar="THING", required=True)
    for module in MODULES:
        module.configure(things)


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    with desk(args) as opened:
        _carry_out(opened, args)
    return 0


def _carry_out(opened: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import disk, reserve
    from kiosk.service.store.errors import StoreFullError

    try:
        args.do(opened, args)
    except StoreFullError:
        folder = disk.folder_of(opened.db.url)
        if (args.thing, args.act) not in STOPS or folder is None or not reserve.release(folder):
            raise
        args.do(opened, args)
        print("The disk is full. This was written into the room that is kept for it: free some now.", file=sys.stderr)
