"""``kiosk doctor``: what is in order here, and what to do about the rest. Exit status 1 if anything is not."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, metavar="DIR", help="a workstation's folder: its key, service and clock")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a service's data folder; alone, it and no more")
    parser.add_argument("--json", action="store_true", help="a JSON list of {name, ok, detail, do}")


def run(args: argparse.Namespace) -> int:
    """Print each check; 0 if all are ok, 1 if one is not."""
    from kiosk.cli import doctor_central, doctor_folder, doctor_machine, doctor_station

    checks = []
    if args.data is None or args.home is not None:
        checks += [*doctor_machine.cards(), doctor_machine.key_access(), doctor_machine.display()]
    if args.home is not None:
        checks.append(doctor_folder.folder(args.home))
    checks += doctor_station.checks(args.home, central=args.data is not None)
    if args.data is not None:
        checks += doctor_central.checks(args.data)
    if args.json:
        print(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=1))
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'NOT'}  {check.name}: {check.detail}")
            if check.do:
                print(f"     → {check.do}")
    return 0 if all(check.ok for check in checks) else 1
