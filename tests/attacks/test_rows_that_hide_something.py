"""Rows that nobody vouches for, bent by SQL: they hide nothing from whoever looks after stations or the trail."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from kiosk.service.admin import erasing
from kiosk.service.admin.act import Admin
from kiosk.service.audit import seal
from kiosk.service.audit.event import row_hash
from kiosk.service.audit.finding import BROKEN, HOLDS, VerificationReport
from kiosk.service.audit.reading import faults_at_a_glance
from kiosk.service.audit.verify import verify
from kiosk.service.records import acts, enrolled, station_list, stopped
from tests.fakes.archive import open_archive
from tests.fakes.asking import make
from tests.fakes.client import NOW
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter
from tests.service.audit.trail import CHAIN

SAYS = {"version": "1.2", "trusts": ["a" * 64], "doorbell": "local", "stage": "nested"}
BENT = ["null", "[1, null]", "{}", "7", "no JSON", "[" * 3000, "9" * 4000]


async def test_what_a_station_says_of_itself_spoils_no_list_however_it_was_bent(either: Hospital) -> None:
    station, writer = await either.station(), SqlWriter(either)
    await either.station("ward-3-b")
    assert (await station.post("/v1/workstation", SAYS)).status == 204
    for bent in (*BENT, None):
        await writer.sql("UPDATE station_seen SET trusts = :t", t=bent)
        assert len((await either.db.read(station_list.table, {})).rows) == 2, bent
    for at in (2**62, -(2**62), 10**12):
        await writer.sql("UPDATE station_seen SET at = :a, version = :v, doorbell = NULL", a=at, v="9\x1b[2J")
        found = await either.db.read(station_list.table, {})
        assert len(found.rows) == 2, at
        assert "\x1b" not in str(found.rows)


async def test_an_opening_that_was_taken_out_is_told_apart_from_one_that_was_erased(either: Hospital) -> None:
    ward = await make(either)
    ward.key = await give_key(either, ward.person, told=True)
    for resource in ("Patient/1", "Patient/2"):
        either.clock.pass_by(60)
        asked = await ward.station.step_up(ward.session, resource=resource)
        assert (await ward.by_key(asked)).body["state"] == "done"
    keys = either.folder.keys.checkpoint.public

    async def looked() -> VerificationReport:
        report = await either.db.read(verify, keys)
        assert report.finding is None
        return report

    before = await looked()
    assert (before.openings.erased, before.openings.unnamed) == (0, 0)
    await either.db.write(erasing.erase, Admin("root", 0, NOW), "Patient/1", "the patient asked for it")
    after = await looked()
    assert (after.openings.erased > 0, after.openings.unnamed) == (True, 0)
    await SqlWriter(either).sql("DELETE FROM opening WHERE value = 'Patient/2'")
    later = await looked()
    assert later.openings.unnamed == later.openings.erased - after.openings.erased > 0


DEEP = "[" * 5000


async def two_chains(hospital: Hospital) -> tuple[str, str]:
    """Of two stations that signed for what they reported."""
    found = []
    for name in ("ward-3-a", "ward-3-b"):
        station = await hospital.station(name)
        told = {"id": str(uuid.uuid4()), "at": NOW, "action": "lock", "session": None, "reason": "idle", "detail": {}}
        assert (await station.post("/v1/reports", {"reports": [told]})).status == 204
        found.append(station.client_id)
    return found[0], found[1]


@pytest.mark.parametrize("bent", [DEEP, "{}", "no JSON"])
async def test_one_bent_row_keeps_no_other_chain_from_being_signed(either: Hospital, bent: str) -> None:
    bad, good = await two_chains(either)
    writer = SqlWriter(either)
    await writer.sql("UPDATE station_request SET told = :t WHERE chain = :c", t=bent, c=bad)
    what = await either.db.read(seal.read, either.folder.keys.checkpoint.public)
    assert [refusal.chain for refusal in what.refused] == [bad]
    assert good in {head.chain for head in what.moved}
    report = await either.db.read(verify, either.folder.keys.checkpoint.public)
    assert report.finding is not None and report.finding.chain == bad


@pytest.mark.parametrize("bent", [DEEP, "[]", "no JSON"])
@pytest.mark.parametrize("what", ["audit_row", "evidence"])
def test_one_bent_text_stops_no_export_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, bent: str
) -> None:
    archive = open_archive(tmp_path, "", capsys)
    archive.tamper(f"UPDATE {what} SET body = '{bent}' WHERE chain = '{CHAIN}' AND seq = 2")  # noqa: S608
    archive.write_export()
    archive.db.close_now()
    assert archive.verify() == BROKEN
    assert f"Row 2 of chain {CHAIN}" in archive.said


async def test_a_row_that_tells_of_refused_checkpoints_and_is_none_stops_no_look_at_the_trail(either: Hospital) -> None:
    _, good = await two_chains(either)
    writer = SqlWriter(either)
    (row, *_) = await writer.rows("audit_row", "chain = :c", c=good)
    bodies = (DEEP, "[]", '{"detail":[]}', '{"detail":{"chain":[],"seq":{}}}', '{"detail":{"chain":"x","seq":"y"}}')
    for number, body in enumerate(bodies):
        await writer.insert("audit_row", {**row, "seq": 100 + number, "action": "checkpoint_refused", "body": body})
    assert any(
        "rows of it are missing, or rows were added" in sentence
        for sentence in await either.db.read(faults_at_a_glance)
    )


NO_ROWS = (DEEP, "[]", "no JSON", "{}", '{"seq":1,"at":1,"detail":[]}', '{"seq":"1","at":null}')


async def test_a_bent_row_stops_no_report(either: Hospital) -> None:
    await make(either)
    writer = SqlWriter(either)
    (row, *_) = await writer.rows("audit_row", "chain = 'service'") or await writer.rows("audit_row")
    said = '"action":"admin" "action":"factor_added" "action":"factor_lost" "action":"sign_in"'
    for number, body in enumerate(NO_ROWS):
        # Found by what the text holds: so it holds all that is looked for, and is no row's.
        for more, text in enumerate((body, f"{body} {said}", '{"a":{' + said.replace(" ", ",") + "}}")):
            place = {"chain": "service", "seq": 1000 + 10 * number + more}
            await writer.insert("audit_row", {**row, **place, "action": "sign_in", "body": text})
    for read in (acts.read, enrolled.read, lambda conn: stopped.read(conn, {}), faults_at_a_glance):
        await either.db.read(read)


@pytest.mark.parametrize("body", NO_ROWS)
async def test_a_token_whose_row_was_bent_is_refused_in_words(either: Hospital, body: str) -> None:
    ward, backend = await make(either), await either.application()
    asked = await ward.station.step_up(ward.session, audience="https://export.example")
    token = (await ward.by_key(asked)).body["grant"]["token"]
    writer = SqlWriter(either)
    for row in await writer.rows("audit_row", "action = 'stepup'"):
        new = {"b": body, "h": row_hash(bytes(row["prev"]), body), "c": row["chain"], "s": row["seq"]}
        await writer.sql("UPDATE audit_row SET body = :b, hash = :h WHERE chain = :c AND seq = :s", **new)
    answer = await backend.post("/v1/tokens/redeem", {"token": token})
    assert (answer.status, answer.code) == (403, "integrity")


def test_a_third_party_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = open_archive(tmp_path, "", capsys)
    archive.db.close_now()
    assert archive.verify() == HOLDS
    assert "No act of erasing names 2 of these" in archive.said
