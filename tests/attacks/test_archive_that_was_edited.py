"""An administrator who wants rows gone edits an archive, or takes one out that is not what was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.service.admin import retention
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.audit import archiving
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.audit.writer import append
from kiosk.service.store import archives
from tests.fakes.archived import LATER, OldTrail, admin_at
from tests.fakes.bent_archives import Rows, bent, ended, sql
from tests.service.audit.trail import CHAIN


def test_a_trail_that_does_not_hold_is_not_signed_away(old: OldTrail) -> None:
    """A row is changed, then archived: the archive does not verify, and nothing leaves."""
    sql(old, "UPDATE audit_row SET body=replace(body,'idle','look') WHERE chain='station-1' AND seq=5")
    folder = old.folder / "archive"
    folder.mkdir()
    old.db.read_now(archiving.write, folder, old.span(), old.keys.public, LATER)
    assert "its hash is wrong" in str(old.read(folder).report.finding)


EDITED: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "a row taken out": (lambda rows: ended([row for row in rows if row.get("seq") != 2]), "Row 2"),
    "its last row taken out": (
        lambda rows: ended([row for row in rows if (row.get("chain"), row.get("seq")) != (CHAIN, 5)]),
        "Row 5",
    ),
    "a chain taken out": (lambda rows: ended([row for row in rows if row.get("chain") != CHAIN]), "it is missing"),
    "a text changed": (
        lambda rows: [{**row, "body": row["body"].replace("idle", "gone")} if "body" in row else row for row in rows],
        "Row 5",
    ),
    "rows said to have been archived before": (
        lambda rows: [{**row, "kept": True} if row.get("seq") == 2 else row for row in rows],
        "Row 2",
    ),
    "said to begin later": (
        lambda rows: [{"export": {**rows[0]["export"], "archived": 1}}, *rows[1:]],
        "does not show the act",
    ),
    "evidence taken out": (lambda rows: [{**row, "evidence": None} if "body" in row else row for row in rows], "miss"),
}


@pytest.mark.parametrize("how", EDITED)
def test_an_archive_that_was_edited_does_not_hold(old: OldTrail, how: str) -> None:
    folder = old.archive()
    change, why = EDITED[how]
    bent(folder, change)
    assert why in str(old.read(folder).report.finding)


@pytest.mark.parametrize("whole", [True, False], ids=["without its openings", "with other blanks"])
def test_an_archive_that_still_holds_but_is_not_what_was_written_takes_nothing_out(old: OldTrail, whole: bool) -> None:
    """Openings may be erased without breaking a chain: taken out of the archive, patients would be gone for good."""
    folder = old.archive()
    bent(folder, lambda rows: [{**row, "openings": []} if whole and "openings" in row else row for row in rows])
    read = old.read(folder)
    assert read.report.finding is None
    with pytest.raises(ActRefusedError, match="does not say that this file was written here"):
        old.db.read_now(retention.check, admin_at(LATER), read, two=False)


HIDES = {
    "another name": """body = replace(body, '"ada"', '"bob"')""",
    "no act any more": "asked = NULL",
    "one of another's behind the head": """seq = 1000, body = replace(body, '"ada"', '"bob"')""",
}


@pytest.mark.parametrize("how", HIDES)
def test_who_wrote_an_archive_is_not_said_by_a_row_that_nobody_vouches_for(old: OldTrail, how: str) -> None:
    """At the moment of the act itself: the trail was looked at before."""
    folder = old.archive(two=True)
    sql(old, f"UPDATE audit_row SET {HIDES[how]} WHERE chain = 'service' AND asked = 'audit.archive'")  # noqa: S608
    with pytest.raises(ActRefusedError):
        old.put_in_force(folder, two=True)
    assert old.db.read_now(archives.present) is None


def test_whoever_did_not_write_it_takes_it_out_while_the_trail_grows(old: OldTrail) -> None:
    folder = old.archive(two=True)
    old.db.write_now(append, SERVICE, Event("lock", "seen", LATER))
    old.put_in_force(folder, who="bob", two=True)
    assert old.db.read_now(archives.present) is not None


def test_an_archive_of_another_service_is_not_taken(old: OldTrail, tmp_path: Path) -> None:
    folder = old.archive()
    with pytest.raises(NotCheckableError, match="another service's"):
        archiving.read(folder, {})


def test_the_same_archive_takes_nothing_out_twice(old: OldTrail) -> None:
    folder = old.archive()
    old.prune(folder)
    with pytest.raises(ActRefusedError, match="out of the database already"):
        old.db.read_now(retention.check, admin_at(LATER), old.read(folder), two=False)
