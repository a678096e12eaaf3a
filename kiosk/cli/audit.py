"""``kiosk audit``: verify, export or sign the trail. Reads beside a running service."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.complaint import Complaint
from kiosk.cli.service_door import Desk, desk

if TYPE_CHECKING:
    from kiosk.service.audit.checkpoint import Checkpoint
    from kiosk.service.audit.verify import Report

HELP = "verify or export the audit trail"


def configure(parser: argparse.ArgumentParser) -> None:
    """``verify``, ``export`` and ``checkpoint``."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    verify = acts.add_parser("verify", help="check every chain, signature and checkpoint; name the first that fails")
    verify.add_argument("--checkpoints", type=Path, metavar="FILE", help="a copy of checkpoints.jsonl kept elsewhere")
    verify.add_argument("--json", action="store_true", help="print the result as JSON")
    export = acts.add_parser("export", help="write every row as JSON")
    export.add_argument("--format", choices=["jsonl"], default="jsonl", help="one object a line")
    export.add_argument("--out", type=Path, metavar="FILE", help="a new file; default: standard output")
    checkpoint = acts.add_parser("checkpoint", help="sign the trail as it is now")
    for act in (verify, export, checkpoint):
        act.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")


def run(args: argparse.Namespace) -> int:
    """0; 1 where the trail does not hold. Raises ``Complaint``."""
    with desk(args) as opened:
        if args.act == "verify":
            return _verify(opened, args)
        if args.act == "export":
            return _export(opened, args)
        return _checkpoint(opened)


def _verify(opened: Desk, args: argparse.Namespace) -> int:
    from kiosk.service.audit.verify import verify

    own = opened.folder.checkpoints
    elsewhere = _kept(own) if own.exists() else []
    elsewhere += _kept(args.checkpoints) if args.checkpoints else []
    report = opened.db.read_now(verify, opened.folder.keys.checkpoint.public, elsewhere)
    if args.json:
        print(json.dumps(_as_json(report)))
    elif report.finding:
        print(f"The trail does not hold. {report.finding}")
    else:
        print(
            f"The trail holds: {report.rows} rows in {report.chains} chains, {report.signatures} signatures verified "
            f"again, {report.codes} codes without signature, {report.checkpoints} checkpoints."
        )
    return 1 if report.finding else 0


def _as_json(report: Report) -> dict[str, object]:
    found = report.finding
    return {
        "ok": found is None,
        "chains": report.chains,
        "rows": report.rows,
        "signatures": report.signatures,
        "codes": report.codes,
        "checkpoints": report.checkpoints,
        "first_failure": found
        and {"chain": found.chain, "seq": found.seq, "checkpoint": found.checkpoint, "why": found.why},
    }


def _kept(path: Path) -> list[Checkpoint]:
    from kiosk.service.audit.checkpoint import Checkpoint

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Checkpoint(**json.loads(line)) for line in lines if line.strip()]
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError):
        raise Complaint(f"{path} is not a copy of checkpoints.jsonl.") from None


def _export(opened: Desk, args: argparse.Namespace) -> int:
    from kiosk.service.audit.export import NotWritable, as_jsonl

    try:
        if args.out is None:
            opened.db.read_now(as_jsonl, sys.stdout)
            sys.stdout.flush()
            return 0
        descriptor = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            count = opened.db.read_now(as_jsonl, file)
    except NotWritable as error:
        if error.closed:
            return _nobody_reads()
        raise Complaint(str(error)) from None
    except BrokenPipeError:
        return _nobody_reads()
    except FileExistsError:
        raise Complaint(f"{args.out} exists already. Choose another name.") from None
    except OSError as error:
        raise Complaint(f"The export cannot be written: {error.strerror}.") from None
    print(f"Wrote {count} rows to {args.out}.")
    return 0


def _nobody_reads() -> int:
    """End quietly, as ``head`` expects; Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _checkpoint(opened: Desk) -> int:
    from kiosk.service.audit.checkpoint import append_to, write_checkpoint

    made = opened.db.write_now(write_checkpoint, opened.folder.keys.checkpoint, opened.admin.now)
    if made is None:
        print("Nothing was recorded since the last checkpoint.")
        return 0
    try:
        append_to(opened.folder.checkpoints, made)
    except OSError as error:
        raise Complaint(f"{opened.folder.checkpoints} cannot be written: {error.strerror}.") from None
    print(f"Checkpoint {made.id} is signed. Copy {opened.folder.checkpoints} to another place.")
    return 0
