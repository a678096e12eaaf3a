"""Through somebody's hands an export goes, or an archive: nothing in it may say that rows were archived."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from sqlalchemy import select

from kiosk.model.binding import Json
from kiosk.service.audit import archiving, scope
from kiosk.service.audit.archived import KeptDigest
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.store.schema import audit_chain, checkpoint
from tests.fakes.archive import forge
from tests.fakes.archived import LATER, OldTrail
from tests.fakes.bent_archives import every, exported, pruned
from tests.service.audit.trail import CHAIN


def test_an_export_whose_end_says_that_rows_were_archived_is_not_believed(old: OldTrail) -> None:
    """The end of an export is what no checkpoint covers yet: nobody can add there that its beginning was archived."""
    plan = old.plan()
    digest = KeptDigest()
    for row in plan.kept:
        digest.add(*row)
    detail: dict[str, Json] = {"act": "audit.prune", "by": "root", "sha256": "0" * 64, "checkpoint": 2}
    detail |= {"kept": digest.count, "kept_sha256": digest.hex()}
    old.db.write_now(forge, SERVICE, (Event("admin", "success", LATER, detail=detail),))
    path, rows = exported(old)
    stay = {(chain, seq) for chain, seq, _ in plan.kept}
    left = [
        {**row, "kept": True} if (row["chain"], row["seq"]) in stay else row
        for row in rows
        if row["at"] >= LATER or (row["chain"], row["seq"]) in stay
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in left), encoding="utf-8")
    assert "no checkpoint vouches for it" in str(old.verify_files(path).finding)


@pytest.mark.parametrize("chain", [SERVICE, CHAIN, "a-chain-that-nobody-has"])
@pytest.mark.parametrize("part", [False, True], ids=["whole trail", "a part"])
def test_a_row_that_is_said_to_have_stayed_where_nothing_was_archived_is_not_passed_over(
    old: OldTrail, chain: str, part: bool
) -> None:
    """Marked ``kept``, a made-up row would stand in no chain, and nobody would look at it."""
    path, rows = exported(old)
    if part:
        of = old.db.read_now(scope.of_store, LATER, 1, None, None, openings=True)
        path, _ = old.export("part.jsonl", of)
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    real = next(row for row in rows if "body" in row)
    made_up = {**real, "chain": chain, "seq": 999, "kept": True}
    before = [*rows[:1], made_up, *rows[1:]] if part else [made_up, *rows]
    if part:
        before[-1] = {"end": {**before[-1]["end"], "rows": len(before) - 2}}
    path.write_text("".join(json.dumps(row) + "\n" for row in before), encoding="utf-8")
    assert "rows that were archived, and was not" in str(old.verify_files(path).finding)


def test_an_export_without_the_rows_that_stay_does_not_hold(old: OldTrail) -> None:
    pruned(old)
    path, rows = exported(old)
    for left in ([row for row in rows if row.get("seq") != 3], [row for row in rows if not row.get("kept")]):
        path.write_text("".join(json.dumps(row) + "\n" for row in left), encoding="utf-8")
        assert old.verify_files(path).finding is not None


def test_a_copy_of_checkpoints_that_ends_before_the_archive_says_so(old: OldTrail) -> None:
    folder = old.archive()
    copy = folder / archiving.CHECKPOINTS
    copy.write_text(copy.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    assert "Checkpoint 2: it is not in the copy" in str(old.read(folder).report.finding)


def test_a_checkpoint_of_another_branch_is_no_end_of_an_archive(old: OldTrail) -> None:
    folder = old.archive()
    first, *rest = old.db.read_now(lambda conn: conn.execute(select(checkpoint).order_by(checkpoint.c.id)).all())
    lines = [json.dumps({**row._mapping}) + "\n" for row in (first, *rest)]
    lines[1] = lines[1].replace('"signature": "', '"signature": "AA')
    (folder / archiving.CHECKPOINTS).write_text("".join(lines), encoding="utf-8")
    with pytest.raises(NotCheckableError):
        old.read(folder)


def test_heads_of_chains_stay_as_they_were(old: OldTrail) -> None:
    before = old.db.read_now(every, audit_chain)
    old.remove()
    assert old.db.read_now(every, audit_chain) == before
    assert asdict(old.verify())["archived"] is None
