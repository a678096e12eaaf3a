"""``kiosk audit``: verify, search, export, archive or sign the trail. Works beside a running service."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli import audit_archive, audit_erase, audit_export, audit_find, audit_hold, audit_verify
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk

MAX_MISSING = 100_000
"""Checkpoints that a file may lack: a year of them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """``verify``, ``find``, ``erase``, ``export``, ``archive``, ``prune``, ``hold`` and ``checkpoint``."""
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
    audit_archive.configure(
        acts.add_parser("archive", help="write the oldest rows to an archive", description=audit_archive.ARCHIVE),
        acts.add_parser("prune", help="take out of the database what an archive has", description=audit_archive.PRUNE),
    )
    audit_hold.configure(
        acts.add_parser("hold", help="rows that no archive may take out", description=audit_hold.DESCRIPTION)
    )
    checkpoint = acts.add_parser("checkpoint", help="sign the trail as it is now")
    checkpoint.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")


def run(args: argparse.Namespace) -> int:
    """0, or what ``verify`` says. Raises ``CommandError``."""
    doors = {
        "verify": audit_verify.run,
        "find": audit_find.run,
        "erase": audit_erase.run,
        "export": audit_export.run,
        "archive": audit_archive.archive,
        "prune": audit_archive.prune,
        "hold": audit_hold.run,
    }
    if args.act in doors:
        return doors[args.act](args)
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
