"""What rows remember is read strictly, or refused, and written as it always was."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode
from kiosk.model.proof import Method
from kiosk.service.store import ceremonies, enrolments, integrity, people, stored_json, workstations
from kiosk.service.store.ceremonies import CeremonyDetail, CeremonyRow, ForEnrolment
from kiosk.service.store.database import Database
from kiosk.service.store.enrolments import EnrolmentDetail, EnrolmentRow, Move
from kiosk.service.store.errors import UnreadableRowError
from kiosk.service.store.schema import ceremony, enrolment
from kiosk.service.store.stored_json import UnreadableError
from kiosk.service.store.stored_proofs import StoredProof

PROOF = StoredProof(Method.PIN, 7, "pin", False, "pin")
DETAIL = EnrolmentDetail(
    login="ada",
    move=Move("b1", "ben", "dora", (PROOF,)),
    wanted=("supervisor", "policy"),
    refusal=EnrolRefusal(EnrolRefusalCode.TOO_FAST, wait=3),
    done=("pin",),
)
WRITTEN = {
    "login": "ada",
    "move": {
        "badge": "b1",
        "owner": "ben",
        "second": "dora",
        "vouched": [{"method": "pin", "at": 7, "user": "pin", "hardware": False, "factor": "pin"}],
    },
    "wanted": ["supervisor", "policy"],
    "refusal": {"code": "too_fast", "wait": 3},
    "done": ["pin"],
}
"""As versions wrote it that had no class for it."""


@pytest.fixture
def station(database: Database) -> str:
    return database.write_now(workstations.announce, "w", "Ward", "secret", 100, exempt=False)


def an_enrolment(station: str, person: str | None = None) -> EnrolmentRow:
    return EnrolmentRow("e1", station, person, "login", "add", "choose", 1, 601, detail=DETAIL)


def a_ceremony(station: str, detail: CeremonyDetail) -> CeremonyRow:
    return CeremonyRow("c1", "enrol", station, None, "prove", "login", "enrol", 1, 61, proved=(PROOF,), detail=detail)


def test_it_is_written_as_it_always_was_and_read_back() -> None:
    assert stored_json.write(DETAIL) == WRITTEN
    assert stored_json.read(EnrolmentDetail, WRITTEN) == DETAIL
    assert stored_json.write(EnrolmentDetail()) == {}
    assert stored_json.read(EnrolmentDetail, {}) == EnrolmentDetail()


def test_a_proof_of_a_version_that_did_not_say_with_what_is_read() -> None:
    old = {"method": "fido2", "at": 7, "user": "builtin", "hardware": True}
    assert stored_json.read(StoredProof, old) == StoredProof(Method.FIDO2, 7, "builtin", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"done": "pin"}',
        '{"given_up": 1}',
        '{"wanted": ["anybody", "policy"]}',
        '{"wanted": ["supervisor"]}',
        '{"refusal": {"code": "no such code"}}',
        '{"refusal": {}}',
        '{"move": {"badge": "b1"}}',
        '{"of_a_newer_version": 1}',
        '{"move": {"badge": "b", "owner": "o", "second": null, "vouched": [], "newer": 1}}',
        '{"move": {"badge": "b", "owner": "o", "second": null, "vouched": [{"method": "pin"}]}}',
    ],
)
def test_anything_else_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        stored_json.read(EnrolmentDetail, stored_json.parse(text))
    assert "no such code" not in str(raised.value) and "anybody" not in str(raised.value)


def test_a_ceremony_says_beside_its_login_what_it_is_for(database: Database, station: str) -> None:
    detail = CeremonyDetail("ada", enrolling=ForEnrolment("e1", "add", "pin", None, ("ada", "ada")))
    database.write_now(ceremonies.add, a_ceremony(station, detail))
    [text] = database.read_now(lambda conn: list(conn.execute(ceremony.select()).mappings()))
    flat = {"login": "ada", "enrolment": "e1", "act": "add", "kind": "pin", "factor": None, "subject": ["ada", "ada"]}
    assert json.loads(text["detail"]) == flat
    found = database.read_now(ceremonies.find, "c1")
    assert found is not None and (found.detail, found.proved) == (detail, (PROOF,))


def test_a_row_of_a_newer_version_is_refused_and_its_name_is_said(database: Database, station: str) -> None:
    database.write_now(enrolments.add, an_enrolment(station))
    database.write_now(ceremonies.add, a_ceremony(station, CeremonyDetail("ada")))
    for table in (enrolment, ceremony):
        change = {"detail": '{"of_a_newer_version": 1}'}
        database.write_now(integrity.change, table, table.c.workstation == station, change)
    with pytest.raises(UnreadableRowError, match=r"enrolment e1: EnrolmentDetail has no such field"):
        database.read_now(enrolments.find, "e1")
    with pytest.raises(UnreadableRowError, match=r"ceremony c1"):
        database.read_now(ceremonies.find, "c1")


def test_a_row_that_cannot_be_read_can_be_ended(database: Database, station: str) -> None:
    """To end it nothing has to be known of it."""
    ada = database.write_now(people.add, "ada", "Ada", 1)
    database.write_now(enrolments.add, an_enrolment(station, ada))
    change = {"detail": '{"of_a_newer_version": 1}'}
    database.write_now(integrity.change, enrolment, enrolment.c.id == "e1", change)
    assert [row.id for row in database.read_now(enrolments.too_old, 601)] == ["e1"]
    database.write_now(enrolments.end_of_person, ada, 5, "suspended")
    found = database.read_now(enrolments.find, "e1")
    assert found is not None
    assert (found.step, found.detail.refusal) == ("refused", EnrolRefusal(EnrolRefusalCode.SUSPENDED))


def test_a_row_that_somebody_else_wrote_is_still_not_believed(database: Database, station: str) -> None:
    """Strict reading comes after the check of who wrote it, and takes nothing of that away."""
    database.write_now(enrolments.add, an_enrolment(station))
    forged = update(enrolment).values(detail="{}")
    database.write_now(lambda conn: conn.execute(forged))
    assert database.read_now(enrolments.under_way, station) == []
