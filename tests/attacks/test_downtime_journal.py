"""A journal of a downtime that was cut, changed, put back or exchanged is found out, and nothing of it is hidden."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from kiosk.agent.own_decisions import JOURNAL
from kiosk.downtime.errors import JournalFullError
from kiosk.downtime.happening import Happening
from kiosk.downtime.journal import RESERVED, Journal
from kiosk.model.journal import JournalRow, ReplayIn
from kiosk.service.store import review_cases
from kiosk.verification import journal as rows_of
from tests.fakes.apart import Apart, apart, private
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path) -> Apart:
    made = await apart(service, tmp_path)
    for number in range(6):
        made.own.write(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
    return made


def lines(ward: Apart) -> list[bytes]:
    return (ward.home / JOURNAL).read_bytes().splitlines(keepends=True)


async def told(ward: Apart) -> set[str]:
    """What is to be looked at, once all was told."""
    await ward.replay()
    return {case.why for case in await ward.hospital.db.read(review_cases.every)}


async def numbers(ward: Apart) -> list[str]:
    return [row["detail"]["number"] for row in await ward.hospital.trail("tap_failed")]


async def test_what_nobody_touched_comes_whole_and_nothing_is_to_be_looked_at(ward: Apart) -> None:
    ward.started()
    assert await told(ward) == set()
    assert await numbers(ward) == ["0", "1", "2", "3", "4", "5"]


async def test_a_torn_last_line_is_said_and_the_rest_comes(ward: Apart) -> None:
    path = ward.home / JOURNAL
    path.write_bytes(path.read_bytes()[:-30])
    ward.started()
    assert await told(ward) == set()
    assert await numbers(ward) == ["0", "1", "2", "3", "4"]
    assert len(await ward.hospital.trail("journal_torn")) == 1


async def _changed(ward: Apart, new: list[bytes]) -> set[str]:
    (ward.home / JOURNAL).write_bytes(b"".join(new))
    ward.started()
    return await told(ward)


async def test_a_row_that_was_taken_out_is_found_at_the_station(ward: Apart) -> None:
    had = lines(ward)
    assert await _changed(ward, [*had[:3], *had[4:]]) == {"journal_damaged"}


async def test_rows_that_changed_places_are_found_at_the_station(ward: Apart) -> None:
    had = lines(ward)
    assert await _changed(ward, [*had[:2], had[3], had[2], *had[4:]]) == {"journal_damaged"}


async def test_a_row_that_stands_twice_is_found_at_the_station(ward: Apart) -> None:
    had = lines(ward)
    assert await _changed(ward, [*had[:3], had[2], *had[3:]]) == {"journal_damaged"}


async def test_an_edited_row_is_found_though_its_links_were_made_anew(ward: Apart) -> None:
    begin, *rows = [json.loads(line) for line in lines(ward)]
    link, made = bytes.fromhex(begin["link"]), [lines(ward)[0]]
    for row in rows:
        body = row["body"].replace('"number":"3"', '"number":"9"')
        link = rows_of.link_of(link, body)
        made.append(json.dumps({**row, "body": body, "link": link.hex()}).encode() + b"\n")
    assert await _changed(ward, made) == {"journal_damaged"}
    assert "9" not in await numbers(ward)


async def test_an_end_that_was_cut_off_is_found_at_the_station(ward: Apart) -> None:
    ward.own.save()  # as it does every half minute, and at each sign-in
    assert await _changed(ward, lines(ward)[:-2]) == {"journal_rolled_back"}


async def test_a_beginning_that_was_cut_off_is_found_by_the_service(ward: Apart) -> None:
    head, *rows = lines(ward)
    begin = json.loads(head)
    begin |= {"taken": 2, "link": json.loads(rows[1])["link"]}
    assert await _changed(ward, [json.dumps(begin).encode() + b"\n", *rows[2:]]) == {"journal_gap"}
    (row,) = await ward.hospital.trail("journal_gap")
    assert (row["detail"]["from"], row["detail"]["to"]) == (1, 2)


async def test_a_journal_that_was_put_back_is_found_by_the_service_and_what_is_new_is_not_lost(ward: Apart) -> None:
    before = (ward.home / JOURNAL).read_bytes()
    kept = (ward.home / "downtime" / "tickets.json").read_bytes()
    for number in range(6, 9):
        ward.own.write(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
    assert await told(ward) == set()
    (ward.home / JOURNAL).write_bytes(before)  # the disk as it was
    (ward.home / "downtime" / "tickets.json").write_bytes(kept)
    ward.started()
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "new"}))
    assert await told(ward) == {"journal_rolled_back", "journal_replaced"}
    assert "new" in await numbers(ward)


async def test_a_journal_that_forked_is_found_by_the_service(ward: Apart) -> None:
    before = (ward.home / JOURNAL).read_bytes()
    for number in range(6, 8):
        ward.own.write(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
    await ward.replay()
    (ward.home / JOURNAL).write_bytes(before)
    (ward.home / "downtime" / "tickets.json").unlink()
    ward.started()
    for number in range(3):
        ward.own.write(Happening("tap_failed", reason="mute", detail={"number": f"other {number}"}))
    assert "journal_forked" in await told(ward)
    assert {"other 0", "other 1", "other 2"} <= set(await numbers(ward))


async def test_a_journal_that_was_taken_away_is_found_by_both(ward: Apart) -> None:
    assert await told(ward) == set()
    (ward.home / JOURNAL).unlink()
    ward.started()
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "7"}))
    assert await told(ward) == {"journal_replaced", "journal_rolled_back"}
    assert (await numbers(ward))[-1] == "7"


async def test_rows_that_another_key_signed_are_not_taken(ward: Apart) -> None:
    stranger = await ward.hospital.station("ward-9")
    batch = ward.own.journal.batch()
    assert batch is not None
    link, made = bytes.fromhex(batch.before), []
    for row in batch.rows:
        made.append(rows_of.made(rows_of.entry_of(row), link, private(stranger)))
        link = bytes.fromhex(made[-1].link)
    body = ReplayIn(batch.journal, batch.head, batch.before, tuple(made))
    answer = await ward.station.post("/v1/offline", msgspec.to_builtins(body))
    assert (answer.body["state"], answer.body["taken"]) == ("renew", 0)
    assert await ward.hospital.trail("tap_failed") == []
    assert len(await ward.hospital.trail("journal_forged")) == 1


async def test_a_row_without_sense_is_said_and_holds_up_nothing(ward: Apart) -> None:
    ward.own.write(Happening("open_everything", detail={"x": "y"}))
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "last"}))
    assert await told(ward) == {"journal_unreadable"}
    assert (await numbers(ward))[-1] == "last"


async def test_somebody_else_s_sign_in_cannot_be_told_of(ward: Apart, tmp_path: Path) -> None:
    """A station that was broken into signs what it likes, and has no key of a person's."""
    done = ward.reopen()
    assert done.session is not None
    batch = ward.own.journal.batch()
    assert batch is not None
    entry = rows_of.entry_of(batch.rows[-1])
    eve = await ward.hospital.person("eve")
    for detail in ({**entry.detail, "person": eve}, {**entry.detail, "ticket": "none"}):
        other = Apart(ward.hospital, ward.station, ward.person, ward.key, tmp_path / str(len(detail["ticket"])))
        other.own.journal.add(Happening(entry.action, "another", entry.reason, detail, entry.proof))
        answers = await other.replay()
        verdict = answers[-1].body["verdicts"][0]
        assert (verdict["accepted"], verdict["reason"]) == (False, "no_ticket")


def test_a_full_journal_lets_nobody_in_and_still_takes_locks(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    journal = Journal(tmp_path / "j", ec.generate_private_key(ec.SECP256R1()), "s", limit=RESERVED + 1)
    journal.add(Happening("offline_sign_in", "a", proof={"kind": "fido2"}))
    with pytest.raises(JournalFullError):
        journal.add(Happening("offline_sign_in", "b", proof={"kind": "fido2"}))
    journal.add(Happening("lock", "a", "idle"))
    batch = journal.batch()
    assert batch is not None
    assert [rows_of.entry_of(row).action for row in batch.rows] == ["offline_sign_in", "journal_full", "lock"]


def test_a_row_is_what_its_key_signed() -> None:
    row = JournalRow("{}", "00" * 32, "AA")
    from cryptography.hazmat.primitives.asymmetric import ec

    assert not rows_of.signed(row, ec.generate_private_key(ec.SECP256R1()).public_key())
