"""``kiosk admin``: persons and what they prove with, workstations, applications.

Works as the operating system's owner of the data folder, beside a running service, which learns of every change.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli import (
    admin_authorities,
    admin_cards,
    admin_directory,
    admin_integrity,
    admin_metadata,
    admin_people,
    admin_places,
    admin_programs,
    admin_records,
    admin_recovery,
    admin_stations,
)
from kiosk.cli.service_door import desk

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
)


def configure(parser: argparse.ArgumentParser) -> None:
    """``--data DIR THING ACT …``; each leaf has ``do(desk, args)``."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    things = parser.add_subparsers(dest="thing", metavar="THING", required=True)
    for module in MODULES:
        module.configure(things)


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    with desk(args) as opened:
        args.do(opened, args)
    return 0
