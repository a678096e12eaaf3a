"""Whoever can write to the database appends rows that chain perfectly; even where a checkpoint was signed over them,
whoever checks the trail is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.model.binding import Json, commitment
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.evidence import digest
from tests.fakes.archive import Archive, open_archive
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW, Key

YEAR = 365 * 86_400


@pytest.fixture
def archive(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Archive]:
    made = open_archive(tmp_path, database_url, capsys)
    yield made
    made.db.close_now()


def sign(archive: Archive) -> None:
    archive.db.write_now(trail.sign_unread, archive.keys, NOW + 5)
    archive.keep()
    archive.write_export()


def granted(at: int, **more: Json) -> Event:
    detail: dict[str, Json] = {"action": "record.export", "records": 50_000, **more}
    return Event("stepup", "success", at, person="ada", workstation=CHAIN, acr="phr", detail=detail)


def test_a_grant_dated_a_year_back(archive: Archive) -> None:
    seq = archive.forge(CHAIN, granted(NOW - YEAR))
    sign(archive)
    assert archive.verify() == 1
    assert f"Row {seq} of chain {CHAIN}: its time is {YEAR} seconds before that of the row before." in archive.said


def test_a_grant_dated_a_year_back_behind_a_clock_that_was_set_back(archive: Archive) -> None:
    archive.forge(CHAIN, Event("clock_set_back", "seen", NOW - YEAR, detail={"from": NOW}), granted(NOW - YEAR))
    sign(archive)
    assert archive.verify() == 1
    assert "it sets the clock back by more than a day" in archive.said


def test_a_grant_dated_back_in_a_new_chain(archive: Archive) -> None:
    archive.forge("station-9", granted(NOW - YEAR))
    sign(archive)
    assert archive.verify() == 1
    assert "Row 1 of chain station-9: its time is before that of the checkpoint before 3" in archive.said


def test_a_grant_dated_forward(archive: Archive) -> None:
    archive.forge(CHAIN, granted(NOW + YEAR))
    sign(archive)
    assert archive.verify() == 1
    assert "its time is after that of checkpoint 3" in archive.said


def test_a_key_that_no_row_bound(archive: Archive) -> None:
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    named: dict[str, Json] = {"credential_id": key.credential_id, "public_key_sha256": digest(key.public)}
    tells = archive.forge(SERVICE, Event("admin", "success", NOW, person="ada", detail={"act": "person.add", **named}))
    archive.forge(CHAIN, trail.proof(key.evidence(trail.bound("c7"), (SERVICE, tells)), "c7"))
    sign(archive)
    assert archive.verify() == 1
    assert "the row that it names as having bound the key binds nothing" in archive.said


def test_a_key_that_was_bound_by_a_row_that_came_later(archive: Archive) -> None:
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    archive.forge(CHAIN, trail.proof(key.evidence(trail.bound("c7"), (SERVICE, 6)), "c7"))
    archive.db.write_now(trail.sign_unread, archive.keys, NOW + 3)
    archive.db.write_now(trail.enrol, key)
    sign(archive)
    assert archive.verify() == 1
    assert "it refers to row 6 of chain service, which came later" in archive.said


def test_a_key_whose_binding_was_refused(archive: Archive) -> None:
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    named: dict[str, Json] = {"credential_id": key.credential_id, "public_key_sha256": digest(key.public)}
    tells = archive.forge(SERVICE, Event("factor_added", "refused", NOW, person="ada", detail=named))
    archive.forge(CHAIN, trail.proof(key.evidence(trail.bound("c7"), (SERVICE, tells)), "c7"))
    sign(archive)
    assert archive.verify() == 1
    assert "binds nothing" in archive.said


def test_an_opening_exchanged_in_the_database(archive: Archive) -> None:
    archive.tamper("UPDATE opening SET value='Patient/456'")
    archive.write_export()
    assert archive.verify() == 1
    assert f"Row 2 of chain {CHAIN}: an identifier was exchanged" in archive.said


def test_an_opening_exchanged_together_with_its_commitment(archive: Archive) -> None:
    other = commitment(trail.SALT, "Patient/456")
    archive.tamper(f"UPDATE opening SET value='Patient/456', commitment='{other}'")  # noqa: S608  (no input)
    archive.write_export()
    assert archive.verify() == 1
    assert "opens nothing of what was signed" in archive.said


def test_a_chain_whose_end_was_cut_and_written_anew(archive: Archive) -> None:
    archive.cut(CHAIN, 4)
    archive.forge(CHAIN, replace(granted(NOW), action="lock"))
    archive.write_export()
    assert archive.verify() == 1
    assert f"Row 5 of chain {CHAIN}: it is not the row that checkpoint 2 names." in archive.said


def test_a_key_bound_at_a_workstation_that_never_signed(archive: Archive) -> None:
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    named: dict[str, Json] = {"credential_id": key.credential_id, "public_key_sha256": digest(key.public)}
    added = Event("factor_added", "success", NOW, person="ada", method="fido2", detail=named)
    seq = archive.forge(CHAIN, added)
    archive.forge(CHAIN, Event("lock", "seen", NOW))
    archive.forge(CHAIN, trail.proof(key.evidence(trail.bound("c7"), (CHAIN, seq)), "c7"))
    sign(archive)
    assert archive.verify() == 1
    assert f"Row {seq} of chain {CHAIN}: it binds a key or card that was not tried" in archive.said
