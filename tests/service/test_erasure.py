"""What the documents say of erasing a patient is true for every table: words are planted by the real flows, erased, and
looked for in every column that the database has, tables of later versions too."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, select

from kiosk.service.admin import enquiries, erasing
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.audit import found as searching
from kiosk.service.audit.search import Question
from kiosk.service.audit.verify import verify
from kiosk.service.jobs import housekeeping
from kiosk.service.store import applications, backchannel_clients
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.erasing import TABLES
from kiosk.service.store.examining import examine
from tests.fakes.asking import Ward, make
from tests.fakes.client import NOW, Client
from tests.fakes.keys import give_key
from tests.fakes.openid import register
from tests.fakes.service import Hospital

PATIENT, RESOURCE, PURPOSE = "MRN-Zyxqvut-47", "Chart of Qwzkjhy", "because Vbnmklp asked"
ADMIN = Admin("root", 0, NOW)
Where = set[tuple[str, str]]


def everywhere(conn: Connection, word: str) -> Where:
    """Every table and column of the database that holds ``word``, as it is, in JSON, or in a part of a token."""
    known = MetaData()
    known.reflect(conn)
    return {
        (table.name, column.name)
        for table in known.tables.values()
        for row in conn.execute(select(table))
        for column, value in zip(table.columns, row, strict=True)
        if holds(value, word)
    }


def holds(value: object, word: str) -> bool:
    if isinstance(value, bytes | memoryview):
        return word.encode() in bytes(value)
    if not isinstance(value, str):
        return False
    return word in value or json.dumps(word)[1:-1] in value or any(word.encode() in part for part in decoded(value))


def decoded(text: str) -> list[bytes]:
    try:
        return [urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]
    except ValueError:
        return []


def ask(**more: Any) -> dict[str, Any]:
    """A step-up that names all three."""
    return {"resource": RESOURCE, "patients": [PATIENT, "MRN-other"], "purpose": PURPOSE, **more}


async def signed_in(hospital: Hospital) -> Ward:
    ward = await make(hospital)
    ward.key = await give_key(hospital, ward.person, told=True)
    return ward


async def plant(ward: Ward, backend: Client) -> None:
    """Step-ups asked, refused, given up, failed, granted, redeemed, collected or never, and reports about them."""
    station, session = ward.station, ward.session
    hospital = ward.hospital
    await hospital.program("Browser", "/usr/bin/browser", browser=True)
    await hospital.db.write(applications.add_origin, backend.client_id, "https://app.example", ["record.export"], NOW)
    refused = await station.step_up(session, **ask(), origin="https://evil.example")
    assert refused.body["state"] == "refused"
    page = {"origin": "https://app.example", "program": "/usr/bin/browser", "name": "Browser"}
    view = await station.step_up(session, **page, **ask())
    assert (await ward.by_key(view)).body["state"] == "done"
    assert (await backend.post(f"/v1/stepups/{view.body['id']}/token", None)).status == 200
    view = await station.step_up(session, **ask(audience="https://export.example"))
    token = (await ward.by_key(view)).body["grant"]["token"]
    assert (await backend.post("/v1/tokens/redeem", {"token": token})).status == 200
    given_up = await station.step_up(session, **ask())
    assert (await station.challenge(given_up.body["id"], "fido2")).status == 200
    await station.post(f"/v1/ceremonies/{given_up.body['id']}/cancel", {"reason": "person"})
    report = {"id": str(uuid.uuid4()), "at": NOW, "action": "stepup_refused", "session": session, "reason": "busy"}
    await station.post("/v1/reports", {"reports": [{**report, "detail": {"action": "record.export"}}]})
    view = await station.step_up(session, **page, **ask())
    assert (await ward.by_key(view)).body["state"] == "done", "its token waits"
    under_way = await station.step_up(session, **ask())
    assert (await station.challenge(under_way.body["id"], "fido2")).status == 200
    server = await register(hospital, "robot", "urn:robot", redirect_uris=())
    rules = BackchannelRules(actions=("record.export",))
    await hospital.db.write(backchannel_clients.put, server.id, rules, NOW)
    act = {"type": "kiosk_act", "action": "record.export", **ask()}
    form = {"scope": "openid", "login_hint": "ada", "authorization_details": json.dumps([act])}
    assert (await server.post("/oauth/backchannel", form)).status_code == 200


async def test_an_erased_patient_is_in_no_table_and_the_trail_still_holds(
    either: Hospital, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ward, backend = await signed_in(either), await either.application()
    await plant(ward, backend)
    asked = Question(patient=PATIENT)
    answer = await either.db.read(searching.answer, asked)
    assert (len(answer.rows), answer.faults) == (3, ())
    await either.db.write(enquiries.record_question, ADMIN, asked, None, None, answer)
    held = {
        ("opening", "value"),
        ("ceremony", "request"),
        ("challenge", "openings"),
    }
    asks = {("backchannel_request", "ask")}
    assert await either.db.read(everywhere, PATIENT) == held | asks
    assert await either.db.read(everywhere, RESOURCE) == held | asks | {("backchannel_request", "details")}
    for word in (PATIENT, RESOURCE):
        await either.db.write(erasing.erase, ADMIN, word, "the patient's right")
        assert await either.db.read(everywhere, word) == set()
    assert await either.db.read(everywhere, "MRN-other") == {("opening", "value")}, "others stay"
    report = await either.db.read(verify, {})
    assert report.finding is None
    assert report.openings.erased == 7, "two of each approval, and the question's"
    assert (await either.db.read(examine)).found == []
    assert await either.db.read(everywhere, PURPOSE) == {("audit_row", "body"), ("evidence", "body")}
    assert (await either.db.read(searching.answer, asked)).rows == ()
    assert not any(word in caplog.text for word in (PATIENT, RESOURCE, PURPOSE))
    assert await asyncio.to_thread(either.db.scrub_now, TABLES, rewrite=True)
    (first, _) = [row for row in await either.trail("admin") if row["detail"]["act"] == "audit.erase"]
    assert (first["detail"]["openings"], first["detail"]["step_ups"], len(first["detail"]["rows"])) == (4, 5, 4)


async def test_what_was_under_way_ends_with_an_erasure_and_no_alarm(service: Hospital) -> None:
    ward, backend = await signed_in(service), await service.application()
    await service.program("Browser", "/usr/bin/browser", browser=True)
    await service.db.write(applications.add_origin, backend.client_id, "https://app.example", ["record.export"], NOW)
    page = {"origin": "https://app.example", "program": "/usr/bin/browser", "name": "Browser"}
    waits = await ward.station.step_up(ward.session, **page, **ask())
    assert (await ward.by_key(waits)).body["state"] == "done"
    held = await ward.station.step_up(ward.session, **ask(audience="https://export.example"))
    token = (await ward.by_key(held)).body["grant"]["token"]
    under_way = await ward.station.step_up(ward.session, **ask())
    challenge = (await ward.station.challenge(under_way.body["id"], "fido2")).body
    await service.db.write(erasing.erase, ADMIN, PATIENT, "asked for")
    assert (await backend.post(f"/v1/stepups/{waits.body['id']}/token", None)).status == 404
    assert (await backend.post("/v1/tokens/redeem", {"token": token})).code == "expired"
    late = await ward.station.prove(under_way.body["id"], ward.key.sign(challenge))
    assert late.body.get("state") != "done"
    assert late.status < 500
    assert await service.trail("integrity") == []
    assert (await service.db.read(verify, {})).finding is None


async def test_what_is_not_erased_is_forgotten_after_ten_minutes_but_for_the_openings(service: Hospital) -> None:
    ward, backend = await signed_in(service), await service.application()
    await plant(ward, backend)
    service.clock.pass_by(service.service.settings.stepup_seconds + housekeeping.KEEP_CHALLENGES + 1)
    await service.db.write(housekeeping.tidy, int(service.clock()))
    for word in (PATIENT, RESOURCE):
        assert await service.db.read(everywhere, word) == {("opening", "value")}
    assert await service.db.read(everywhere, PURPOSE) == {("audit_row", "body"), ("evidence", "body")}


async def test_an_erased_patient_is_in_no_byte_of_sqlites_files(service: Hospital) -> None:
    ward, backend = await signed_in(service), await service.application()
    await plant(ward, backend)
    files = [Path(service.folder.path) / f"kiosk.db{end}" for end in ("", "-wal")]
    assert any(PATIENT.encode() in path.read_bytes() for path in files)
    for word in (PATIENT, RESOURCE):
        await service.db.write(erasing.erase, ADMIN, word, "asked for")
    assert await asyncio.to_thread(service.db.scrub_now, TABLES)
    for word in (PATIENT, RESOURCE):
        assert not any(word.encode() in path.read_bytes() for path in files if path.exists())


async def test_only_the_very_text_is_erased_and_what_reads_alike_is_named(service: Hospital) -> None:
    ward = await make(service)
    for patient in ("MRN-4a", "MRN-4A"):
        view = await ward.station.step_up(ward.session, patients=[patient])
        assert (await ward.by_key(view)).body["state"] == "done"
    done = await service.db.write(erasing.erase, ADMIN, "MRN-4a", "asked for")
    assert done.alike == ("MRN-4A",)
    assert await service.db.read(everywhere, "MRN-4A") != set()
    with pytest.raises(ActRefusedError, match="Some read alike: MRN-4A"):
        await service.db.write(erasing.erase, ADMIN, "mrn-4a", "asked for")
    with pytest.raises(ActRefusedError, match="Nothing was erased"):
        await service.db.write(erasing.erase, ADMIN, "MRN-%", "asked for")
    with pytest.raises(ActRefusedError, match="Say it without the name"):
        await service.db.write(erasing.erase, ADMIN, "MRN-4A", "mrn-4a wrote to us")


async def test_a_purpose_that_names_the_patient_is_said_because_it_stays(service: Hospital) -> None:
    ward = await make(service)
    view = await ward.station.step_up(ward.session, patients=["MRN-47"], purpose='because "MRN-47" asked')
    assert (await ward.by_key(view)).body["state"] == "done", view.body
    done = await service.db.write(erasing.erase, ADMIN, "MRN-47", "asked for")
    assert done.purposes == done.places
