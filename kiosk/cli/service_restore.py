"""``kiosk service restore`` and ``restored``: the service from a backup, and who is held since."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import passphrase
from kiosk.cli.command_error import CommandError
from kiosk.cli.moments import shown
from kiosk.cli.service_door import complaints, desk, whoever_runs_this
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.backup.contents import BackupManifest
    from kiosk.service.backup.restoring import RestoredService

RESTORE = (
    "Make a data folder and its database from a backup. All of it is read before anything is written. Every session "
    "ends. Whoever lost a factor, a role or their access after the backup, as a copy of the checkpoints knows, is held "
    "until you confirm them. The passphrase comes as for “backup”."
)
RESTORED = "Who is held since a restore. With --confirm they may use again what they had when the backup was made."


def configure(parser: argparse.ArgumentParser) -> None:
    """The words of ``restore``."""
    parser.add_argument("backup", type=Path, metavar="FROM", help="the backup's file")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the new data folder")
    parser.add_argument("--check", action="store_true", help="read it and say what is in it; restore nothing")
    parser.add_argument("--database", metavar="URL", help="another database than the backup's, or the word sqlite")
    parser.add_argument("--replace", action="store_true", help="move aside what is there; drop the database's tables")
    parser.add_argument("--checkpoints", type=Path, metavar="COPY", help="a copy of checkpoints.jsonl kept elsewhere")
    holding = parser.add_mutually_exclusive_group()
    holding.add_argument("--hold-everybody", dest="hold", action="store_true", default=None, help="hold every person")
    holding.add_argument(
        "--hold-nobody", dest="hold", action="store_false", default=None, help="nothing was taken away since"
    )
    passphrase.configure(parser)


def configure_restored(parser: argparse.ArgumentParser) -> None:
    """The words of ``restored``."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    parser.add_argument("--confirm", action="append", default=[], metavar="LOGIN", help="may be given several times")


def run(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    from kiosk.service.backup.contents import examine
    from kiosk.service.backup.restoring import RestoreOrder, Restorer
    from kiosk.service.backup.sealed_file import BackupFileError

    if args.data is None and not args.check:
        raise CommandError("Give --data, the folder to be made, or --check.", 2)
    typed = passphrase.read(args)
    os.umask(0o077)
    try:
        with args.backup.open("rb") as file:
            if args.check:
                _tell(args.backup, examine(file, typed, args.backup.name))
                return 0
            order = RestoreOrder(args.data.absolute(), args.database, args.replace, args.checkpoints, args.hold)
            with complaints():
                done = Restorer(file, args.backup.name, typed, whoever_runs_this()).restore(order)
    except BackupFileError as error:
        raise CommandError(str(error), 2) from None
    except OSError as error:
        raise CommandError(f"{args.backup} cannot be read: {error.strerror}.", 2) from None
    _tell_done(done)
    return 0


def _tell(path: Path, manifest: BackupManifest) -> None:
    rows = sum(part.count for part in manifest.parts if part.kind == "table")
    held = counted(rows, "row")
    print(f"{path} is whole: {manifest.origin} at {shown(manifest.made)}, {held}, schema {manifest.schema}.")
    print(f"Its last checkpoint is {manifest.checkpoint}. Its manifest is {manifest.digest()}.")


def _tell_done(done: RestoredService) -> None:
    path, known, after = done.folder.path, done.known, done.after
    print(f"Restored {path} from the backup of {shown(done.manifest.made)}. Every session has ended.")
    if done.trail:
        print(f"The audit trail did not hold when the backup was made. {done.trail}")
    if known.until is None:
        print("No copy of the checkpoints was given: nobody knows which rows are gone.")
    else:
        print(f"The copy of the checkpoints knows of the time until {shown(known.until)}; of later nobody was asked.")
    if after.held:
        print(f"Held until you confirm them: {', '.join(after.held)}. See: kiosk service restored --data {path}")
    for name in after.revoked:
        print(f"Workstation {name} had no access any more: it is revoked again.")
    if after.again:
        print(f"Do these acts again, whose rows are gone: {', '.join(after.again)}.")
    if done.aside is not None:
        print(f"What was there is in {done.aside}.")
    print(
        "Keep the old copy of the checkpoints, and begin a new one. Next: kiosk audit verify, then kiosk service run."
    )


def run_restored(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    from kiosk.service.backup import aftermath

    with desk(args) as opened:
        for login in args.confirm:
            count = opened.db.write_now(aftermath.confirm, opened.admin, login)
            print(f"{login} may use {counted(count, 'factor')} again.")
        if not args.confirm:
            for login in opened.db.read_now(aftermath.waiting):
                print(login)
    return 0
