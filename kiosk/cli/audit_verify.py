"""``kiosk audit verify``: a store with its folder, or an export with nothing but public files beside it."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import audit_parts
from kiosk.cli.command_error import CommandError
from kiosk.cli.moments import shown
from kiosk.cli.service_door import desk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.audit.finding import VerificationReport
    from kiosk.service.platform.row_keys import Tampered

DESCRIPTION = (
    "Check every chain, signature and checkpoint. Give either --data, or --export with --checkpoints and --keys, which "
    "needs nothing private. With --data, rows of the database that the service did not write are named too. "
    "Exit status: 0 the trail holds; 1 it, or a row, does not, and the first fault is named; 2 it cannot "
    "be checked, because a file is damaged or missing; 3 no checkpoint vouches for it; 4 it holds, but a restore took "
    "rows away, which are named."
)
NAMED = 20
WORDS = {
    0: "The trail holds:",
    4: "The trail holds, but rows are gone:",
    3: "Nothing was found wrong, but no checkpoint vouches for any row:",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Its words."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="DIR", help="the service's data folder")
    source.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        action="append",
        help="what “kiosk audit export” or “archive” wrote; once for each part, in their order",
    )
    parser.add_argument("--checkpoints", type=Path, metavar="COPY", help="a copy of checkpoints.jsonl kept elsewhere")
    parser.add_argument("--keys", type=Path, metavar="JWKS", help="a copy of checkpoint-keys.json, with --export")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """0, 1 or 3. Raises ``CommandError`` for 2."""
    from kiosk.service.audit.finding import NotCheckableError
    from kiosk.service.records.table import visible

    try:
        report, tampered = _of_store(args) if args.export is None else (_of_export(args), [])
    except NotCheckableError as error:
        raise CommandError(f"The trail cannot be checked. {error}", 2) from None
    if args.json:
        told = {**_as_json(report), "tampered": [str(fault) for fault in tampered]}
        print(json.dumps({**told, "ok": told["ok"] and not tampered}, ensure_ascii=False))
    else:
        print("\n".join(map(visible, [*_said(report), *_not_written(tampered)])))
    return 1 if tampered else report.status


def _of_store(args: argparse.Namespace) -> tuple[VerificationReport, list[Tampered]]:
    """What the trail says, and which rows of the store the service did not write."""
    from kiosk.service.audit import kept
    from kiosk.service.audit.put_back import examine
    from kiosk.service.audit.verify import verify

    if args.keys is not None:
        raise CommandError("--keys is for --export: a data folder has its own keys.")
    with desk(args) as opened:
        keys = opened.folder.keys.checkpoint.public
        elsewhere = [
            checkpoint
            for path in (opened.folder.checkpoints, args.checkpoints)
            if path is not None and (path is args.checkpoints or path.exists())
            for checkpoint in kept.of_one_service(path, keys, whole=False)
        ]
        report = opened.db.read_now(verify, keys, elsewhere)
        return report, opened.db.read_now(examine).found


def _of_export(args: argparse.Namespace) -> VerificationReport:
    from kiosk.service.audit import kept
    from kiosk.service.audit.exported import ExportTrail
    from kiosk.service.audit.partial import verify_files

    if args.keys is None:
        raise CommandError("Give --keys: a copy of the service's checkpoint-keys.json.")
    keys = kept.public_keys(args.keys)
    copy = kept.of_one_service(args.checkpoints, keys, whole=True) if args.checkpoints is not None else []
    with ExitStack() as opened:
        parts = []
        for path in args.export:
            try:
                parts.append((opened.enter_context(path.open("rb")), path))
            except OSError as error:
                raise CommandError(f"The trail cannot be checked. {path} cannot be read: {error.strerror}.") from None
        try:
            return verify_files(ExportTrail(parts), keys, copy)
        except OSError as error:
            raise CommandError(f"The trail cannot be checked. An export cannot be read: {error.strerror}.") from None


def _said(report: VerificationReport) -> list[str]:
    """Sentences, one a line."""
    if report.finding is not None:
        return [f"The trail does not hold. {report.finding}", *_uncovered(report)]
    if report.covers is not None:
        return audit_parts.said(report, report.covers)
    read = (
        f"{counted(report.rows, 'row')} in {counted(report.chains, 'chain')}, "
        f"{counted(report.signatures, 'signature')} verified again, {counted(report.codes, 'code')} without signature, "
        f"{counted(report.asked, 'row')} signed for by a workstation, "
        f"{counted(report.checkpoints, 'checkpoint')}."
    )
    said = [f"{WORDS[report.status]} {read}"]
    opened = report.openings
    if opened.opened or opened.erased:
        said.append(f"Of the identifiers that were signed, {opened.opened} were opened and {opened.erased} are erased.")
    if opened.unnamed:
        said.append(
            f"No act of erasing names {opened.unnamed} of these: somebody took them out of the database by themselves."
        )
    if opened.left_out:
        said.append(f"Left out of this export: the openings of {counted(opened.left_out, 'identifier')}.")
    said += [
        f"Workstation {chain} does not sign yet: {counted(count, 'row')} of it by the service's word alone. "
        "Update its program."
        for chain, count in sorted(report.unsigned.items())
    ]
    if report.clock_set_back:
        said.append(
            f"The service's clock was set back {counted(report.clock_set_back, 'time')}, which the trail tells."
        )
    return [*said, *_archived(report), *_restored(report), *_uncovered(report)]


def _archived(report: VerificationReport) -> list[str]:
    """What is not here because it was archived, or what of an archive only another one shows."""
    if report.archive is not None:
        span = f"This is the archive of what checkpoints {report.archive.after + 1} to {report.archive.upto} vouch for."
        if not report.archive.after:
            return [span]
        rows = counted(report.kept, "row of before stays", "rows of before stay")
        return [span, f"{rows} in it, as the act names them by which all before was archived."]
    was = report.archived
    if was is None:
        return []
    return [
        f"What checkpoints up to {was.checkpoint} vouch for was archived by {was.by} at {shown(was.at)}, and "
        f"{counted(report.kept, 'row')} of it stay here. SHA-256 of the archive: {was.sha256}. Verify it by --export."
    ]


def _restored(report: VerificationReport) -> list[str]:
    """What restores took away, loudly: it was answered once, and nobody has it any more."""
    said = []
    for restore in report.restores:
        when = f"RESTORED at {shown(restore.at)} by {restore.by} from the backup of {shown(restore.made)}:"
        gone = [f"rows {first} to {last} of chain {chain} are gone" for chain, first, last in restore.gone]
        said.append(f"{when} {'; '.join(gone) or 'nobody who was asked knows of rows that are gone'}.")
    return said


def _not_written(tampered: list[Tampered]) -> list[str]:
    """Rows that decide something and were not written by the service."""
    if not tampered:
        return []
    rows = counted(len(tampered), "row of the database is", "rows of the database are")
    said = f"{rows} not as the service wrote it, and not believed:"
    more = [f"… and {len(tampered) - NAMED} more."] if len(tampered) > NAMED else []
    return [said, *(f"  {fault}" for fault in tampered[:NAMED]), *more]


def _uncovered(report: VerificationReport) -> list[str]:
    """How far checkpoints do not reach."""
    if report.status == 3:
        return ["Give a copy of checkpoints.jsonl; the service signs one every five minutes."]
    return [
        f"No checkpoint covers the last {counted(count, 'row')} of chain {chain}."
        for chain, count in sorted(report.uncovered.items())
    ]


def _as_json(report: VerificationReport) -> dict[str, object]:
    found = report.finding
    return {
        "ok": report.status in (0, 4),
        "status": report.status,
        "chains": report.chains,
        "rows": report.rows,
        "signatures": report.signatures,
        "codes": report.codes,
        "checkpoints": report.checkpoints,
        "asked": report.asked,
        "unsigned": dict(report.unsigned),
        "uncovered": dict(report.uncovered),
        "openings": {
            "opened": report.openings.opened,
            "erased": report.openings.erased,
            "erased_without_act": report.openings.unnamed if report.covers is None else None,
            "left_out": report.openings.left_out,
        },
        "clock_set_back": report.clock_set_back,
        "restores": [asdict(restore) for restore in report.restores],
        "archived": None if report.archived is None else asdict(report.archived),
        "archive": None if report.archive is None else asdict(report.archive),
        "kept": report.kept,
        "covers": None if report.covers is None else asdict(report.covers),
        "first_failure": found
        and {"chain": found.chain, "seq": found.seq, "checkpoint": found.checkpoint, "why": found.why},
    }
