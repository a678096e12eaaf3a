"""A finding that nobody signed, that another signed, or that says something else does not hold."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.model.binding import b64u, commitment
from kiosk.service.audit.event import Event
from kiosk.service.audit.export import as_jsonl
from kiosk.service.audit.exported import ExportTrail
from kiosk.service.audit.partial import verify_files
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.signed_findings import SignedFindings
from kiosk.service.audit.writer import append
from kiosk.service.store.database import Database
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN

NOW = 1_000_000
SALT = b"salt"
GRANT: dict[str, Any] = {
    "action": "stepup",
    "result": "success",
    "person": "eve-id",
    "at": NOW,
    "detail": {"action": "review.close", "jti": "t1", "purpose": "justified: no pulse"},
}
CLOSED: dict[str, Any] = {"by": "eve-id", "jti": "t1", "grant": 4, "finding": "justified", "text": "no pulse"}


def check(found: SignedFindings, grant: dict[str, Any] | None, detail: object, at: int = NOW) -> None:
    line: Any = SimpleNamespace(at=at)
    body = {"action": "review_closed", "result": "success", "detail": detail}
    found.check(line, body, lambda seq: grant if seq == 4 else None)


def test_what_was_signed_there_just_before_holds_once() -> None:
    found = SignedFindings()
    check(found, GRANT, CLOSED, NOW + 119)
    with pytest.raises(EvidenceBrokenError, match="used before"):
        check(found, GRANT, CLOSED)


@pytest.mark.parametrize(
    ("grant", "detail"),
    [
        (None, CLOSED),
        (GRANT, None),
        (GRANT, {**CLOSED, "grant": 5}),
        (GRANT, {**CLOSED, "grant": "4"}),
        (GRANT, {**CLOSED, "by": "ada-id"}),
        (GRANT, {**CLOSED, "jti": "t2"}),
        ({**GRANT, "result": "refused"}, CLOSED),
        ({**GRANT, "person": "ada-id"}, CLOSED),
        ({**GRANT, "detail": {**GRANT["detail"], "action": "record.export"}}, CLOSED),
    ],
)
def test_a_finding_without_its_reviewers_signature_is_exposed(grant: dict[str, Any] | None, detail: object) -> None:
    with pytest.raises(EvidenceBrokenError, match="approved by a signature"):
        check(SignedFindings(), grant, detail)


@pytest.mark.parametrize("other", [{"finding": "not justified"}, {"text": "pulse"}])
def test_other_words_than_were_signed_are_exposed(other: dict[str, str]) -> None:
    with pytest.raises(EvidenceBrokenError, match="other words"):
        check(SignedFindings(), GRANT, {**CLOSED, **other})


def test_an_approval_that_was_kept_is_exposed() -> None:
    with pytest.raises(EvidenceBrokenError, match="another time"):
        check(SignedFindings(), GRANT, CLOSED, NOW + 10_000)


def approved_for(resource: str) -> dict[str, Any]:
    statement = {"kind": "step_up", "resource": commitment(SALT, resource), "patients": []}
    return {"statement": json.dumps(statement)}


def told(resource: str, detail: dict[str, Any]) -> None:
    """The step-up for ``resource``, then the row that says ``detail``."""
    found, granted, closing = SignedFindings(), SimpleNamespace(at=NOW, seq=4), SimpleNamespace(at=NOW, seq=5)
    line: Any = granted
    found.check(line, GRANT, lambda _: None, approved_for(resource))
    later: Any = closing
    found.check(later, {"action": "review_closed", "result": "success", "detail": detail}, lambda _: GRANT)


def test_the_case_that_was_signed_for_is_compared() -> None:
    opens = {"case": "C-1", "resource": "Case/c-1", "salt": b64u(SALT)}
    told("Case/c-1", {**CLOSED, **opens})
    told("Case/c-2", CLOSED)  # of an earlier version, which opened nothing


@pytest.mark.parametrize(
    "opens",
    [
        {"case": "C-2", "resource": "Case/C-1", "salt": b64u(SALT)},
        {"case": "C-2", "resource": "Case/C-2", "salt": b64u(SALT)},
        {"case": "C-1", "resource": "Case/C-1", "salt": b64u(b"another")},
        {"case": "C-1", "resource": "Case/C-1"},
        {"case": "C-1", "salt": "?"},
    ],
)
def test_an_approval_for_another_case_is_exposed(opens: dict[str, str]) -> None:
    with pytest.raises(EvidenceBrokenError, match="another case"):
        told("Case/C-1", {**CLOSED, **opens})


def test_a_refusal_and_other_rows_rest_on_nothing() -> None:
    line: Any = SimpleNamespace(at=NOW)
    for body in ({"action": "review_closed", "result": "refused"}, {"action": "review_listed", "result": "success"}):
        SignedFindings().check(line, body, lambda _: None)


def test_an_export_has_the_approval_that_a_finding_rests_on(database: Database, tmp_path: Path) -> None:
    path, keys = tmp_path / "trail.jsonl", trail.checkpoint_keys()
    database.write_now(trail.old_station)
    asked = Event("stepup", "success", NOW, person="eve-id", workstation=CHAIN, detail=GRANT["detail"])
    seq, _ = database.write_now(append, CHAIN, asked)
    closed = Event("review_closed", "success", NOW, workstation=CHAIN, detail={**CLOSED, "grant": seq})
    database.write_now(append, CHAIN, closed)
    with path.open("w", encoding="utf-8") as out:
        database.read_now(as_jsonl, out)
    with path.open("rb") as file:
        assert verify_files(ExportTrail([(file, path)]), keys.public, ()).finding is None
