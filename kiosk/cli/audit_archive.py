"""``kiosk audit archive`` and ``prune``: the oldest part of the trail to a file, then out of the database."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import moments, policy_second
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from kiosk.service.admin.retention import Pruning
    from kiosk.service.audit.archiving import ArchiveSpan, ReadArchive

ARCHIVE = (
    "Write the oldest part of the trail to a new folder in DIR: its rows, the checkpoints and their public keys, "
    "enough to verify it by itself. Nothing leaves the database yet: copy the folder to where archives are kept, then "
    "give it to “kiosk audit prune”. Nothing is archived that is younger than audit_years in service.toml says."
)
PRUNE = (
    "Take out of the database what an archive has. The archive and the whole trail are verified first. Rows that a "
    "legal hold names stay, and those that later rows rest on. Where two_administrators is set, another person than "
    "the one who wrote the archive does this."
)
BATCH = 2000


def configure(archive: argparse.ArgumentParser, prune: argparse.ArgumentParser) -> None:
    """Their words."""
    for parser in (archive, prune):
        parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it stays in the trail for good")
    archive.add_argument(
        "--before", type=moments.since, metavar="TIME", help=f"only rows before then: {moments.WORDS}; default: all"
    )
    archive.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the archive's folder is made")
    prune.add_argument("--archive", type=Path, required=True, metavar="FOLDER", help="what “kiosk audit archive” made")


def archive(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    from kiosk.service.admin import policy_proposals, retention
    from kiosk.service.audit import archiving

    with desk(args) as opened:
        two = policy_second.wanted(opened)
        if two:
            policy_proposals.the_administrator(opened.admin)  # before anything is written
        years = opened.folder.settings.audit_years
        before = retention.latest(opened.admin, years, args.before)
        _whole(opened)
        span = opened.db.read_now(archiving.span_before, _keys(opened), before)
        if span is None:
            raise CommandError(f"No checkpoint is older than {moments.shown(before)}: there is nothing to archive.", 1)
        with _new_folder(args.to / f"audit-{span.after + 1}-{span.upto}") as folder:
            rows = opened.db.read_now(archiving.write, folder, span, _keys(opened), opened.admin.now)
            read = _read(opened, folder)
            wrote = (span, rows, read.sha256, args.reason, years)
            opened.db.write_now(retention.record_archive, opened.admin, *wrote, two=two)
    print(f"Wrote {counted(rows, 'row')} to {folder}, up to checkpoint {span.upto} of {moments.shown(span.at)}.")
    print(f"SHA-256 of {archiving.TRAIL}: {read.sha256}")
    print("It verifies by itself. Nothing left the database yet. Copy it to where archives are kept, then:")
    print(f"kiosk audit prune --data DIR --archive {folder} --reason TEXT")
    return 0


def prune(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    from kiosk.service.admin import retention
    from kiosk.service.store import archives

    with desk(args) as opened:
        read = _read(opened, args.archive)
        if not opened.db.read_now(retention.waits, read):  # or it was refused, or cut off, after the act
            _put_in_force(opened, read, args.reason)
        _sign(opened)
        _whole(opened, so_far="nothing was removed")
        opened.db.write_now(retention.clear, opened.admin, read)
        _remove(opened)
        now = opened.db.read_now(archives.present)
    kept = counted(0 if now is None else now.kept, "row")
    print(f"What checkpoints up to {read.scope.upto} vouch for is out of the database; {kept} of it stay there.")
    print("Keep the archive: it is the only place now where the other rows are.")
    return 0


def _put_in_force(opened: AdminDesk, read: ReadArchive, reason: str) -> None:
    """The act. What was looked at before it is looked at again in its transaction. Raises ``CommandError``."""
    from kiosk.service.admin import retention

    two = policy_second.wanted(opened)
    opened.db.read_now(retention.check, opened.admin, read, two=two)
    _whole(opened, read)
    span = _span(opened, read)
    if span.at > retention.latest(opened.admin, opened.folder.settings.audit_years, None):
        raise CommandError("This archive has rows that are younger than audit_years in service.toml says.", 1)
    plan = opened.db.read_now(retention.plan, span)
    _prepare(opened, plan)
    opened.db.write_now(retention.put_in_force, opened.admin, plan, read, reason, two=two)


def _span(opened: AdminDesk, read: ReadArchive) -> ArchiveSpan:
    """What the archive has, by its checkpoints, which were found to be the service's own."""
    from kiosk.service.audit import coverage
    from kiosk.service.audit.archiving import ArchiveSpan

    known = coverage.read(read.checkpoints, _keys(opened))
    upto = read.scope.upto or 0
    heads = {head.chain: head for head in known.upto(upto).ends()}
    return ArchiveSpan(read.scope.archived or 0, upto, max(known.times[:upto]), heads)


def _prepare(opened: AdminDesk, plan: Pruning) -> None:
    """In small transactions: nobody's tap waits."""
    from kiosk.service.admin import retention

    opened.db.write_now(retention.prepare, plan)
    for at in range(0, len(plan.kept), BATCH):
        opened.db.write_now(retention.prepare_kept, plan, plan.kept[at : at + BATCH])


def _sign(opened: AdminDesk) -> None:
    """A checkpoint vouches for the act before anything is removed. Raises ``CommandError``."""
    from kiosk.service.audit import checkpoint, seal

    path, keys = opened.folder.checkpoints, opened.folder.keys.checkpoint
    try:
        known = checkpoint.last_in(path)
        what = opened.db.read_now(seal.read, keys.public, known)
        opened.db.write_now(seal.write, keys, opened.admin.now, what)
        while missing := opened.db.read_now(checkpoint.after, known, BATCH):
            checkpoint.append_to(path, missing)
            known = missing[-1].id
    except (OSError, ValueError):
        raise CommandError(
            f"{path} cannot be written. The rows are archived, and still here. Give this archive to “prune” again.", 1
        ) from None
    if what.refused:
        raise CommandError(f"The trail does not hold, and nothing was removed. {what.refused[0]}", 1)


def _remove(opened: AdminDesk) -> None:
    from kiosk.service.store import archives

    while opened.db.write_now(archives.remove_some):
        pass


def _whole(opened: AdminDesk, read: ReadArchive | None = None, so_far: str = "nothing was changed") -> None:
    """Raises ``CommandError`` unless the whole trail holds, as the service wrote it: nothing is hidden by archiving."""
    from kiosk.service.audit.put_back import examine
    from kiosk.service.audit.verify import verify

    report = opened.db.read_now(verify, _keys(opened), () if read is None else read.checkpoints)
    if report.status not in (0, 4):
        why = report.finding or "No checkpoint vouches for any row."
        raise CommandError(f"The trail does not hold, and {so_far}. {why}", 1)
    tampered = opened.db.read_now(examine).found
    if tampered:
        raise CommandError(f"A row was not written by the service, and {so_far}: {tampered[0]}.", 1)


def _read(opened: AdminDesk, folder: Path) -> ReadArchive:
    """An archive that holds. Raises ``CommandError``."""
    from kiosk.service.audit import archiving
    from kiosk.service.audit.finding import NotCheckableError

    try:
        read = archiving.read(folder, _keys(opened))
    except NotCheckableError as error:
        raise CommandError(f"The archive cannot be checked. {error}", 2) from None
    if read.report.status != 0:
        raise CommandError(f"The archive does not hold. {read.report.finding or ''}".rstrip(), 1)
    return read


def _keys(opened: AdminDesk) -> Mapping[str, Ed25519PublicKey]:
    return opened.folder.keys.checkpoint.public


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """Taken away again if this fails: half an archive is none."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise CommandError(f"{folder} exists already. Move it away, or give it to “kiosk audit prune”.") from None
    except OSError as error:
        raise CommandError(f"{folder} cannot be made: {error.strerror}.") from None
    try:
        yield folder
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise CommandError(f"The archive cannot be written: {error.strerror}.") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
