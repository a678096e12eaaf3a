"""A downtime ticket opens one workstation, for its person's own key, for its time; whatever is done to its file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import pytest_asyncio

from kiosk.agent.own_decisions import TICKETS, OwnDecisions
from kiosk.downtime import kept as kept_file
from kiosk.model.ceremony import LoginPresented
from kiosk.model.proof import Fido2Proof, Method, PkocPresented, UidPresented
from kiosk.model.refusal import RefusalCode
from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from tests.fakes.apart import KEY, Apart, apart, private
from tests.fakes.client import Clock
from tests.fakes.keys import UP, SoftKey
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path) -> Apart:
    return await apart(service, tmp_path)


def code_of(ward: Apart, **bent: object) -> RefusalCode | None:
    """Why their own key does not reopen their work; None: it does."""
    view = ward.reopen(**bent)  # type: ignore[arg-type]  # each is one that ``SoftKey.sign`` takes
    return view.refusal.code if view.refusal else None


async def test_their_key_reopens_their_work_and_nothing_else_does(ward: Apart) -> None:
    assert code_of(ward) is None
    for presented in (UidPresented("04A1B2C3"), LoginPresented("ada"), PkocPresented()):
        view = ward.own.desk.begin(presented, [ward.person])
        assert (view.state, view.refusal and view.refusal.code) == ("refused", RefusalCode.OFFLINE)


async def test_a_key_without_its_pin_does_not(ward: Apart) -> None:
    assert code_of(ward, flags=UP) == RefusalCode.NOT_VERIFIED


async def test_another_key_does_not(ward: Apart) -> None:
    mine, ward.key = ward.key, SoftKey(user_handle=ward.key.user_handle)
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE
    ward.key = SoftKey(credential_id=mine.credential_id, user_handle=mine.user_handle)  # that says it were theirs
    assert code_of(ward) == RefusalCode.BAD_SIGNATURE


async def test_nothing_opens_where_nothing_of_theirs_waits(ward: Apart) -> None:
    view = ward.reopen(waits=False)
    assert (view.state, view.refusal and view.refusal.code) == ("refused", RefusalCode.OFFLINE_NOT_HERE)


async def test_an_answer_counts_once_and_for_its_own_challenge(ward: Apart) -> None:
    view = ward.own.desk.begin(KEY, [ward.person])
    asked = ward.own.desk.challenge(view.id, Method.FIDO2_TAP)
    proof = Fido2Proof(**ward.key.sign(asdict(asked)))
    view = ward.own.desk.prove(view.id, proof)
    again = ward.own.desk.prove(view.id, proof)
    assert (again.state, again.refusal and again.refusal.code) == ("refused", RefusalCode.EXPIRED)
    other = ward.own.desk.begin(KEY, [ward.person])
    ward.own.desk.challenge(other.id, Method.FIDO2_TAP)
    refused = ward.own.desk.prove(other.id, proof)
    assert refused.refusal
    assert refused.refusal.code == RefusalCode.BAD_SIGNATURE


async def test_a_copy_of_the_key_that_is_behind_is_found_out(ward: Apart) -> None:
    assert code_of(ward) is None
    ward.key.counter = 0
    assert code_of(ward) == RefusalCode.COUNTER_WENT_BACK
    ward.started()
    ward.key.counter = 1
    assert code_of(ward) == RefusalCode.COUNTER_WENT_BACK, "a restart forgot it"


async def test_a_ticket_is_useless_at_another_station(ward: Apart, tmp_path: Path) -> None:
    there = Apart(ward.hospital, await ward.hospital.station("ward-4"), ward.person, ward.key, tmp_path / "there")
    there.known = ward.known
    there.own.heard(ward.known)  # type: ignore[arg-type]  # it is known since the sign-in
    there.own.keep(ward.ticket)
    assert code_of(there) == RefusalCode.OFFLINE_NOT_HERE
    (there.home / TICKETS).write_bytes((ward.home / TICKETS).read_bytes())  # the whole file
    there.started()
    assert code_of(there) == RefusalCode.OFFLINE_NOT_HERE


@pytest.mark.parametrize("what", ["byte", "time", "signature", "keys"])
async def test_an_edited_ticket_file_is_not_read(ward: Apart, what: str) -> None:
    path = ward.home / TICKETS
    whole = json.loads(path.read_text())
    body = json.loads(whole["body"])
    if what == "time":
        body["latest"] = 0
    elif what == "keys":
        body["keys"] = []
    elif what == "byte":
        body["tickets"][0][1] = body["tickets"][0][1][:-1] + "A"
    else:
        whole["signature"] = whole["signature"][::-1]
    path.write_text(json.dumps({**whole, "body": json.dumps(body)} if what != "signature" else whole))
    ward.started()
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE


async def test_an_edited_ticket_is_refused_though_the_station_had_signed_the_file(ward: Apart) -> None:
    key = private(ward.station)
    kept = kept_file.load(ward.home / TICKETS, key.public_key())
    head, payload, signature = kept.tickets[0][1].split(".")
    bent = kept_file.Kept(((ward.person, f"{head}.{payload[:-4]}AAAA.{signature}"),), kept.keys, kept.latest)
    kept_file.save(ward.home / TICKETS, bent, key)
    ward.started()
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE


async def test_past_its_end_it_is_over(ward: Apart) -> None:
    ward.pass_by(1799)
    assert code_of(ward) is None
    ward.pass_by(2)
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE
    assert ward.own.until() == ""


async def test_setting_the_clock_back_revives_nothing(ward: Apart) -> None:
    ward.steady.pass_by(1801)  # half an hour goes by, and somebody holds the clock where it was
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE
    ward.own.save()
    ward.wall.now -= 86_400  # and sets it back, and starts the machine anew
    ward.steady = Clock(1.0)
    ward.started()
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE
    assert ward.own.set_back() > 86_400


async def test_the_file_is_for_its_owner_alone(ward: Apart) -> None:
    assert (ward.home / TICKETS).stat().st_mode & 0o777 == 0o600


async def test_what_the_service_took_back_is_gone_after_a_restart_too(ward: Apart) -> None:
    await ward.hospital.db.write(people.suspend, Admin("root", 0, int(ward.hospital.clock())), "ada")
    live = (await ward.station.get("/v1/offline")).body["tickets"]
    ward.own.drop(lambda made: made.jti not in live)
    own: OwnDecisions = ward.started()
    assert list(own.tickets()) == []
    assert code_of(ward) == RefusalCode.OFFLINE_NOT_HERE


async def test_what_cannot_be_written_down_is_not_opened(ward: Apart) -> None:
    journal = ward.home / "downtime" / "journal.jsonl"
    journal.unlink()
    assert code_of(ward) == RefusalCode.AUDIT_FAILED
