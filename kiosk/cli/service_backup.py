"""``kiosk service backup``: everything of the service in one encrypted file, while it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli import passphrase
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import desk
from kiosk.model.counted import counted

DESCRIPTION = (
    "Write the database, the keys, the certificates, the settings and the checkpoints into one encrypted file, while "
    "the service runs. The passphrase comes from --passphrase-file, --passphrase-fd, systemd's credential "
    "“backup-passphrase”, or standard input. Without it nobody can read the backup, you included."
)
MIB = 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Its words."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the backup goes")
    parser.add_argument(
        "--keep", type=_count, metavar="N", help="keep the newest N backups there; default: remove none"
    )
    passphrase.configure(parser)


def run(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    from kiosk.service.backup.making import BackupMaker
    from kiosk.service.backup.sealed_file import BackupFileError
    from kiosk.service.folder import credentials_folder

    typed = passphrase.read(args, twice=True)
    with desk(args) as opened:
        maker = BackupMaker(opened.folder, opened.db, opened.admin, credentials_folder())
        try:
            made = maker.make(args.to.absolute(), typed, args.keep)
        except BackupFileError as error:
            raise CommandError(str(error), 2) from None
    rows = sum(part.count for part in made.manifest.parts if part.kind == "table")
    print(f"Wrote {made.path}: {counted(rows, 'row')}, {made.size / MIB:.1f} MiB. It was read again and is whole.")
    for name in made.gone:
        print(f"Removed {name}.")
    return 0


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError("must be a number from 1 to 10000")
    return int(text)
