"""A journal of a station, or the answer to it, is cut off, held up, sent twice or taken away: it is told even so."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from kiosk.agent import outage
from kiosk.agent.own_decisions import JOURNAL
from kiosk.client.errors import ServiceProblemError
from kiosk.downtime.happening import SIGN_IN, Happening
from kiosk.model.binding import OFFLINE_LABEL
from kiosk.model.journal import MAX_BATCH_BYTES, ReplayIn, ReplayOut, Verdict
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.platform.request_limits import MAX_BODY
from kiosk.service.store import review_cases
from kiosk.verification import journal as rows_of
from tests.attacks.away_ward import told_by_a_broken_station, ward
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital

__all__ = ["ward"]


@pytest.mark.parametrize("statement", ["[]", "7", "[" * 8000, '{"who": "ada"}', '{"who": null, "time": 1e999}'])
async def test_a_proof_without_sense_holds_up_nothing(ward: Apart, statement: str) -> None:
    _, detail = told_by_a_broken_station(ward, Method.FIDO2)
    said = json.loads(statement) if statement.startswith("{") else None
    if said is not None:
        ceremony = {"kind": "offline", "ceremony": "offline-broken", "method": "fido2_tap", "ticket": None}
        statement = json.dumps({**ceremony, **said, "workstation": ward.station.client_id}).replace("Infinity", "1e999")
        detail["method"] = "fido2_tap"
    proof = {"label": OFFLINE_LABEL, "nonce": "", "statement": statement, "kind": "fido2"}
    ward.own.journal.add(Happening(SIGN_IN, "of-mine", detail=detail, proof=proof))
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert (verdict["accepted"], verdict["reason"]) == (False, RefusalCode.BAD_SIGNATURE)


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_verdict_whose_answer_was_cut_off_is_said_again(
    either: Hospital, tmp_path: Path, stopped: bool
) -> None:
    """Who holds the answer back keeps nobody at work whom the service refused."""
    ward = await apart(either, tmp_path)
    done = ward.reopen()
    assert done.session is not None
    if stopped:
        await either.db.write(people.suspend, Admin("root", 0, int(either.clock())), "ada")
    batch = msgspec.to_builtins(ward.own.journal.batch())
    first, second = [await ward.station.post("/v1/offline", batch) for _ in range(2)]
    assert second.body["verdicts"] == first.body["verdicts"]
    assert second.body["verdicts"][0]["accepted"] is not stopped
    assert len(await either.trail("offline_sign_in")) == 1


async def test_a_sign_in_that_is_told_twice_does_not_hold_up_the_rest(either: Hospital, tmp_path: Path) -> None:
    """The station's disk was put back: what it tells anew, it had told before."""
    ward = await apart(either, tmp_path)
    assert ward.reopen().session is not None
    await either.db.write(people.suspend, Admin("root", 0, int(either.clock())), "ada")
    had = {path: path.read_bytes() for path in (ward.home / JOURNAL).parent.iterdir()}
    ward.own.write(Happening("lock", None, "idle"))
    await ward.replay()
    for path, data in had.items():
        path.write_bytes(data)
    ward.started()
    answers = await ward.replay()
    assert [answer.body["state"] for answer in answers] == ["renew", "ok"]
    rows = await either.trail("offline_sign_in")
    assert [(row["result"], row["reason"]) for row in rows] == [("refused", "suspended")] * 2


async def test_a_clock_that_once_was_in_the_future_does_not_end_all_tickets_for_ever(ward: Apart) -> None:
    """Whoever answers for the network's time sets a station's clock ahead for a minute."""
    ward.wall.pass_by(10 * 365 * 86_400)
    assert list(ward.own.tickets()) == []
    ward.wall.pass_by(-10 * 365 * 86_400)
    ward.own.save()
    ward.started()
    assert list(ward.own.tickets()) == []
    await ward.sign_in()
    assert ward.reopen().session is not None
    ward.pass_by(1801)
    assert list(ward.own.tickets()) == []


@pytest.mark.parametrize("bent", [{"journal": "x" * 65}, {"link": "ab"}, {"taken": -1}, {"link": "00" * 32}])
async def test_a_beginning_that_nobody_could_send_does_not_hold_up_the_rest(
    ward: Apart, bent: dict[str, object]
) -> None:
    path = ward.home / JOURNAL
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "1"}))
    head, *_ = path.read_bytes().splitlines()
    path.write_bytes(json.dumps({**json.loads(head), **bent}).encode() + b"\n")
    ward.started()
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "2"}))
    await ward.replay()
    assert [row["detail"]["number"] for row in await ward.hospital.trail("tap_failed")] == ["2"]
    assert "journal_damaged" in {case.why for case in await ward.hospital.db.read(review_cases.every)}


class Deaf:
    """A service that cannot read the first journal that it is shown."""

    def __init__(self) -> None:
        self.heard: list[ReplayIn] = []

    def replay(self, body: ReplayIn) -> ReplayOut:
        self.heard.append(body)
        if body.journal == self.heard[0].journal:
            raise ServiceProblemError("bad_journal", "No.", 422)
        return ReplayOut(body.head, "ok")


async def test_a_journal_that_is_never_taken_is_set_aside_and_nobody_works_on_by_it(ward: Apart) -> None:
    done = ward.reopen()
    assert done.session is not None
    ward.own.write(Happening("lock", None, "idle"))
    verdicts: list[Verdict] = []
    deaf = Deaf()
    outage.replay(deaf, ward.own, verdicts.append)  # type: ignore[arg-type]  # all that it asks for
    assert verdicts == [Verdict(done.session.id, accepted=False, reason="journal_unreadable")]
    assert [rows_of.entry_of(row).action for row in deaf.heard[1].rows] == ["journal_damaged"]
    assert ward.own.unresolved == set()
    assert len(list((ward.home / JOURNAL).parent.glob("*.damaged-*"))) == 1


async def test_a_batch_fits_whatever_letters_it_is_written_in(ward: Apart) -> None:
    for _ in range(60):
        ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "語" * 250}))
    batch = ward.own.journal.batch()
    assert len(msgspec.json.encode(batch)) < MAX_BATCH_BYTES + 1000 < MAX_BODY
    assert batch is not None
    assert len(batch.rows) > 30


async def test_a_journal_that_was_taken_away_before_it_was_sent_is_found_at_the_station(ward: Apart) -> None:
    assert ward.reopen().session is not None
    (ward.home / JOURNAL).unlink()
    ward.started()
    await ward.replay()
    assert {case.why for case in await ward.hospital.db.read(review_cases.every)} == {"journal_rolled_back"}
