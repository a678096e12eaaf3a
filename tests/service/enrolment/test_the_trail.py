"""The trail of enrolments holds, names who said what, and does not survive being bent."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection, select

from kiosk.service.admin import authorities
from kiosk.service.admin.act import Admin
from kiosk.service.audit import signatures
from kiosk.service.audit.export import as_jsonl
from kiosk.service.audit.finding import VerificationReport
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.verify import verify
from kiosk.service.records.reports import REPORTS
from kiosk.service.store.schema import audit_row, evidence
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, admin_key, in_session, login, supervisor, uid
from tests.fakes.keys import piv_card
from tests.fakes.keys import trust as trust_ca
from tests.fakes.service import Hospital

BADGE, BOSS = "04A1B2C3D4E5F6", "04DDDDDDDDDDDD"


async def checked(hospital: Hospital) -> VerificationReport:
    return await hospital.db.read(verify, hospital.folder.keys.checkpoint.public, ())


async def a_busy_day(hospital: Hospital) -> None:
    """A key with a supervisor's word, a badge of somebody else, and a badge reported lost."""
    ada, ben = await hospital.person("ada"), await hospital.person("ben", "Ben")
    await hospital.badge(ada, "04AAAAAAAAAAAA")
    await hospital.badge(ben, BADGE)
    await hospital.badge(await hospital.person("boss", "Dora Boss", "supervisor"), BOSS)
    boss = await admin_key(hospital, "boss")
    here = Wizard(await hospital.station())
    await here.begin(uid("04AAAAAAAAAAAA"), "key")
    await here.vouch(BOSS, boss)
    plastic = Plastic.blank()
    await here.new_key(plastic)
    assert here.step == "done"
    await here.begin(KEY_PRESENTED, "badge")
    await here.key(plastic.signer)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    await here.vouch(BOSS, boss)
    await here.try_badge(BADGE)
    assert here.step == "done"
    session = await here.station.open(BADGE)
    await here.begin(in_session(session), act="lost", factor=f"key:{plastic.signer.credential_id}")
    await here.pin()
    assert here.step == "done"


async def test_every_signature_of_an_enrolment_is_verified_again(either: Hospital) -> None:
    await a_busy_day(either)
    report = await checked(either)
    assert report.finding is None
    # The supervisor's word for a key, the new key's try, its proof for a badge, the supervisor's word for the move.
    assert (report.signatures, report.codes) == (4, 1)


async def test_the_trail_says_who_vouched_and_on_which_proof(service: Hospital) -> None:
    await a_busy_day(service)
    [added] = [row for row in await service.trail("factor_added") if row.get("method") == "fido2"]
    boss = next(row["person"] for row in await service.trail("proof") if row["login"] == "boss")
    assert added["detail"]["vouched_by"] == boss
    [moved] = await service.trail("factor_moved")
    assert (moved["login"], moved["detail"]["by"]) == ("ben", boss)
    vouched = await service.trail("enrol_vouched")
    assert [(row["login"], row["detail"]["by_login"], row["acr"]) for row in vouched] == [
        ("ada", "boss", "phr"),
        ("ada", "boss", "phr"),
    ]
    [lost] = await service.trail("factor_lost")
    assert (lost["login"], lost["detail"]["proved"]) == ("ada", "urn:kiosk:pin")
    text = json.dumps(await service.trail())
    assert BADGE not in text
    assert BADGE.lower() not in text


async def test_the_reports_name_who_stopped_what_at_a_workstation(either: Hospital) -> None:
    await a_busy_day(either)
    table = await either.db.read(REPORTS["revocations"], NOW)
    told = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert {(row["login"], row["what"], row["why"], row["revoked_by"]) for row in told} == {
        ("ada", "key", "lost", "ada"),
        ("ben", "badge", "revoked", "boss"),
    }


async def test_the_reports_name_a_card_that_was_enrolled_at_a_workstation(either: Hospital) -> None:
    either.clock.now = float(int(time.time()))  # the card's certificates are of today
    boss, issuer = await supervisor(either, BOSS), CardAuthority.new("Card CA")
    await trust_ca(either, issuer)
    await either.badge(await either.person("ada", pin=None), BADGE)
    here = Wizard(await either.station("ward-3"))
    await here.begin(uid(BADGE), "piv")
    await here.vouch(BOSS, boss)
    assert (await here.new_card(piv_card(issuer)))["step"] == "done"
    for name, column in (("enrolments", "vouched_by"), ("factors", "verified_by")):
        table = await either.db.read(REPORTS[name], NOW)
        [row] = [row for row in table.rows if "piv" in row]
        card = dict(zip(table.columns, row, strict=True))
        assert str(card[column]).startswith("boss-")
        assert name == "enrolments" or card["issued_by"] == "workstation ward-3"
        assert name == "factors" or str(card["factor"]).startswith("piv:")


async def test_the_export_holds_every_row(service: Hospital) -> None:
    await a_busy_day(service)
    out = StringIO()
    count = await service.db.read(as_jsonl, out)
    assert count == len(await service.trail()) == len(out.getvalue().splitlines())


def kept(conn: Connection) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of proofs with their evidence."""
    same = (audit_row.c.chain == evidence.c.chain) & (audit_row.c.seq == evidence.c.seq)
    rows = conn.execute(select(audit_row.c.body, evidence.c.body.label("said")).join(evidence, same))
    return [(json.loads(row.body), json.loads(row.said)) for row in rows]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("enrolment", "another"),
        ("part", "prove"),
        ("act", "lost"),
        ("factor_kind", "recovery"),
        ("factor", "badge:another"),
        ("subject", "somebody"),
    ],
)
async def test_a_row_that_tells_of_another_enrolment_than_was_signed_is_found(
    service: Hospital, name: str, other: str
) -> None:
    await a_busy_day(service)
    rows = await service.db.read(kept)
    words = [(row, said) for row, said in rows if row["detail"].get("part") == "vouch"]
    assert len(words) == 2

    def check(row: dict[str, Any], said: dict[str, Any]) -> bool:
        return signatures.check(said, row, lambda _place: None)

    for row, said in words:
        with pytest.raises(EvidenceBrokenError, match=f"another {name} than"):
            check({**row, "detail": {**row["detail"], name: other}}, said)
        with pytest.raises(EvidenceBrokenError, match="another kind of ceremony"):
            check(row, {**said, "label": "kiosk/sign-in/v1"})
        with pytest.raises(EvidenceBrokenError, match="is missing or changed"):
            check(row, said)


async def test_a_card_that_is_tried_is_evidence_that_holds(either: Hospital) -> None:
    either.clock.now = float(int(time.time()))  # the card's certificates are of today
    authority = CardAuthority.new()
    pem = authority.certificate.public_bytes(Encoding.PEM)
    found = authorities.read_file(pem)
    await either.db.write(authorities.add_file, Admin("root", 0, int(either.clock())), found, hardware=True)
    await either.person("ada")
    own = await admin_key(either, "ada")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "piv")
    await here.key(own)
    assert (await here.new_card(piv_card(authority)))["step"] == "done"
    report = await checked(either)
    assert (report.finding, report.signatures) == (None, 2)


async def test_what_was_typed_is_said_to_be_no_signature(service: Hospital) -> None:
    app = await service.totp(await service.person("ada"))
    here = Wizard(await service.station())
    await here.begin(login("ada"), new=uid(BADGE))
    await here.pin("000000")
    await here.pin()
    await here.otp(app.at(NOW))
    await here.try_badge(BADGE)
    assert here.step == "done"
    report = await checked(service)
    assert (report.finding, report.signatures, report.codes) == (None, 0, 2)
    [refused] = [row for row in await service.trail("proof") if row["result"] == "refused"]
    assert (refused["reason"], refused["detail"]["part"]) == ("wrong_pin", "prove")
