"""A passphrase from a file, an open descriptor, the system's credentials or the keyboard; never from an argument."""

from __future__ import annotations

import argparse
import getpass
import os
import stat
import sys
from pathlib import Path

from kiosk.cli.command_error import CommandError

CREDENTIAL = "backup-passphrase"
"""Its name in ``$CREDENTIALS_DIRECTORY`` (systemd.exec, LoadCredentialEncrypted)."""
MAX_BYTES = 4096


def configure(parser: argparse.ArgumentParser) -> None:
    """Where it comes from."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line; mode 600")
    source.add_argument("--passphrase-fd", type=int, metavar="N", help="the first line of an open file descriptor")


def read(args: argparse.Namespace, *, twice: bool = False) -> bytes:
    """UTF-8. Without an option: systemd's credential “backup-passphrase”, else standard input. Raises
    ``CommandError``."""
    if args.passphrase_file is not None:
        return _line(_file(args.passphrase_file))
    if args.passphrase_fd is not None:
        try:
            return _line(os.read(args.passphrase_fd, MAX_BYTES))
        except OSError as error:
            raise CommandError(f"File descriptor {args.passphrase_fd} cannot be read: {error.strerror}.", 2) from None
    handed = os.environ.get("CREDENTIALS_DIRECTORY")
    if handed and (Path(handed) / CREDENTIAL).is_file():
        return _line((Path(handed) / CREDENTIAL).read_bytes())
    if not sys.stdin.isatty():
        return _line(sys.stdin.readline(MAX_BYTES).encode("utf-8", "surrogateescape"))
    first = getpass.getpass("Passphrase of the backup: ")
    if twice and getpass.getpass("Passphrase of the backup, again: ") != first:
        raise CommandError("These are two different ones. Nothing was written.")
    return _line(first.encode("utf-8"))


def _file(path: Path) -> bytes:
    try:
        status = path.stat()
        if status.st_mode & 0o077 and stat.S_ISREG(status.st_mode):
            raise CommandError(f"{path} is open to other users. Close it with: chmod 600 {path}", 2)
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", 2) from None


def _line(data: bytes) -> bytes:
    found = data.split(b"\n", 1)[0].rstrip(b"\r")
    if not found:
        raise CommandError("Give the passphrase on standard input, or with --passphrase-file.", 2)
    return found
