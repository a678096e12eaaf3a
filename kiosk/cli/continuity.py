"""``kiosk continuity check``: a rehearsal of a downtime, as ``kiosk admin … continuity check`` does it."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli import admin, admin_continuity


def configure(parser: argparse.ArgumentParser) -> None:
    """``check --data DIR …``."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    check = admin_continuity.checking(acts)
    check.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    check.set_defaults(thing="continuity")


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    return admin.run(args)
