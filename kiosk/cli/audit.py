"""``kiosk audit``: verify, search, export or sign the trail. Reads beside a running service."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli import audit_erase, audit_export, audit_find, audit_verify
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk

MAX_MISSING = 100_000
"""Checkpoints that a file may lack: a year of them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """``verify``, ``find``, ``erase``, ``export`` and ``checkpoint``."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    audit_verify.configure(
        acts.add_parser(
            "verify",
            help="check every chain, signature and checkpoint; name the first that fails",
            description=audit_verify.DESCRIPTION,
        )
    )
    audit_find.configure(
        acts.add_parser(
            "find", help="rows about a patient, person, station, action or time", description=audit_find.DESCRIPTION
        )
    )
    audit_erase.configure(
        acts.add_parser(
            "erase", help="take a patient's name out of the trail for good", description=audit_erase.DESCRIPTION
        )
    )
    audit_export.configure(
        acts.add_parser(
            "export", help="write rows as JSON, all or a part of them", description=audit_export.DESCRIPTION
        )
    )
    checkpoint = acts.add_parser("checkpoint", help="sign the trail as it is now")
    checkpoint.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")


def run(args: argparse.Namespace) -> int:
    """0, or what ``verify`` says. Raises ``CommandError``."""
    if args.act == "verify":
        return audit_verify.run(args)
    if args.act == "find":
        return audit_find.run(args)
    if args.act == "erase":
        return audit_erase.run(args)
    if args.act == "export":
        return audit_export.run(args)
    with desk(args) as opened:
        return _checkpoint(opened)


def _checkpoint(opened: AdminDesk) -> int:
    from kiosk.service.audit import checkpoint, seal

    path, keys = opened.folder.checkpoints, opened.folder.keys.checkpoint
    try:
        kept = checkpoint.last_in(path)
        what = opened.db.read_now(seal.read, keys.public, kept)
        made = opened.db.write_now(seal.write, keys, opened.admin.now, what)
        checkpoint.append_to(path, opened.db.read_now(checkpoint.after, kept, MAX_MISSING))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    except ValueError:
        raise CommandError(
            f"{path} is damaged: it does not end with a checkpoint. Move it away, then do this again."
        ) from None
    if what.refused:
        raise CommandError(f"The trail does not hold, and what does not is not signed. {what.refused[0]}", 1)
    if made is None:
        print("Nothing was recorded since the last checkpoint.")
        return 0
    print(f"Checkpoint {made.id} is signed. Copy {path} to another place.")
    return 0
