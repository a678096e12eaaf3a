"""The journal where the disk says no, at its limits, and where its file is not as it was written."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.downtime import journal as journal_file
from kiosk.downtime import station_time
from kiosk.downtime.errors import JournalError, JournalFullError, TicketRefusedError
from kiosk.downtime.happening import REFUSED, SIGN_IN, Happening
from kiosk.downtime.journal import FULL, KEEP, RESERVED, Journal
from kiosk.downtime.ticket import read
from kiosk.model.ticket import MAX_TICKET
from kiosk.verification import journal as rows_of

KEY = ec.generate_private_key(ec.SECP256R1())
LOCKED = Happening("lock", session="s1")


def opened(path: Path, limit: int = journal_file.MAX_ROWS) -> Journal:
    return Journal(path / "downtime" / "journal.jsonl", KEY, "ward-3", limit=limit)


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def actions(journal: Journal) -> list[str]:
    """What is to be sent."""
    found = journal.batch(journal_file.MAX_ROWS)
    return [rows_of.entry_of(row).action for row in found.rows] if found else []


def test_a_full_disk_is_said_at_the_start_and_at_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path)
    journal.add(LOCKED)
    monkeypatch.setattr(journal_file, "append_private", no_space)
    monkeypatch.setattr(journal_file, "write_private", no_space)
    with pytest.raises(JournalError, match=r"No space left on device\. Free the disk\."):
        journal.add(LOCKED)
    assert actions(journal) == ["lock"], "what could not be written did not happen"
    acts: tuple[Callable[[], None], ...] = (lambda: journal.taken(1), journal.set_aside, lambda: journal.renew(0))
    for act in acts:
        with pytest.raises(JournalError, match=r"No space left on device\. Free the disk\."):
            act()
    with pytest.raises(JournalError, match="cannot be kept"):
        opened(tmp_path / "another")


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "downtime").write_text("a file")
    with pytest.raises(JournalError, match=r"journal\.jsonl cannot be kept: File exists"):
        opened(tmp_path)


def test_a_file_that_cannot_be_moved_is_said(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    (tmp_path / "downtime" / "journal.jsonl").unlink()
    with pytest.raises(JournalError, match="No such file"):
        journal.set_aside()


def test_what_is_too_long_or_cannot_be_json_is_refused_as_that(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(JournalError, match="too long"):
        journal.add(Happening("lock", detail={"x": "y" * rows_of.MAX_BODY}))
    assert len(journal) == 0


def test_rows_are_kept_back_for_what_opens_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path, limit=RESERVED + 2)
    journal.add(Happening(SIGN_IN, proof={"kind": "fido2"}))
    journal.add(LOCKED)
    for _ in range(2):  # it is written once that the journal is full
        with pytest.raises(JournalFullError, match="Nobody can be let in"):
            journal.add(Happening(SIGN_IN, proof={"kind": "fido2"}))
    journal.add(LOCKED)
    assert actions(journal) == [SIGN_IN, "lock", FULL, "lock"]
    journal.taken(journal.head)
    journal.add(Happening(SIGN_IN, proof={"kind": "fido2"}))
    assert actions(journal) == [SIGN_IN], "there is room again"


def test_refusals_use_half_of_it_and_nothing_goes_past_the_end(tmp_path: Path) -> None:
    journal = opened(tmp_path, limit=4)
    for _ in range(2):
        journal.add(Happening(REFUSED))
    with pytest.raises(JournalFullError, match="half full"):
        journal.add(Happening(REFUSED))
    journal.add(LOCKED)
    journal.add(LOCKED)
    with pytest.raises(JournalFullError, match="is full"):
        journal.add(LOCKED)
    assert len(journal) == 4


def test_a_batch_fits_into_one_request(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for _ in range(5):
        journal.add(Happening("lock", detail={"x": "y" * 15_000}))
    first = journal.batch()
    assert first is not None
    assert (len(first.rows), first.head) == (3, 5)
    some = opened(tmp_path).batch(2)
    assert some is not None
    assert len(some.rows) == 2


def test_what_was_taken_of_a_long_journal_is_struck_in_memory_and_again_after_a_start(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for _ in range(KEEP + 2):
        journal.add(LOCKED)
    name, head = journal.at
    journal.taken(1)
    journal.taken(0)
    assert (journal.at, len(journal)) == ((name, head), KEEP + 1)
    assert len(opened(tmp_path)) == KEEP + 2, "on disk it stays until the file is written anew; it is taken once"
    journal.taken(head + 5)
    assert (len(journal), journal.head, journal.batch()) == (0, head, None)
    assert opened(tmp_path).at == (name, head)


def test_a_file_that_is_longer_than_any_of_ours_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path)
    journal.add(LOCKED)
    monkeypatch.setattr(journal_file, "MAX_BYTES", 100)
    assert actions(opened(tmp_path)) == ["journal_damaged"]
    assert len(list((tmp_path / "downtime").glob("*.damaged-*"))) == 1


@pytest.mark.parametrize("bad", [b"no line", b"{}\n", b'{"journal":"x","taken":0,"link":""}\n', b"\xff\n"])
def test_a_file_of_somebody_else_is_put_aside(tmp_path: Path, bad: bytes) -> None:
    opened(tmp_path)
    (tmp_path / "downtime" / "journal.jsonl").write_bytes(bad)
    assert actions(opened(tmp_path)) == ["journal_damaged"]


def test_another_stations_journal_is_put_aside(tmp_path: Path) -> None:
    opened(tmp_path).add(LOCKED)
    there = Journal(tmp_path / "downtime" / "journal.jsonl", KEY, "ward-4")
    assert actions(there) == ["journal_damaged"]


def test_a_row_by_another_key_is_put_aside(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    Journal(tmp_path / "downtime" / "journal.jsonl", other, "ward-3").add(LOCKED)
    assert actions(opened(tmp_path)) == ["journal_damaged"]


def test_a_renewed_journal_has_what_was_not_taken_with_its_own_times(tmp_path: Path) -> None:
    times = iter([100.0, 200.0, 300.0])
    journal = Journal(tmp_path / "downtime" / "journal.jsonl", KEY, "ward-3", wall=lambda: next(times))
    for _ in range(3):
        journal.add(LOCKED)
    name, _ = journal.at
    journal.renew(1)
    found = journal.batch()
    assert found is not None
    assert [(entry.n, entry.at) for entry in map(rows_of.entry_of, found.rows)] == [(1, 200), (2, 300)]
    assert journal.at[0] != name
    assert opened(tmp_path).at == journal.at, "each row of it was signed anew"


def test_a_machine_that_does_not_name_its_start_is_written_down_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert station_time.boot()
    monkeypatch.setattr(station_time, "BOOT_ID", tmp_path / "none")
    assert station_time.boot() == ""


@pytest.mark.parametrize("text", ["é", "x" * (MAX_TICKET + 1)])
def test_a_ticket_has_a_length_and_an_alphabet(text: str) -> None:
    with pytest.raises(TicketRefusedError, match="too long"):
        read(text, [], "ward-3", "thumb")


def test_a_token_of_the_service_is_no_ticket() -> None:
    with pytest.raises(TicketRefusedError, match="no ticket of this kind"):
        read("eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAA", [], "ward-3", "thumb")
