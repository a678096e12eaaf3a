"""A grant of a step-up that exists only as a row, or whose row was changed, becomes no token and opens nothing."""

from __future__ import annotations

import pytest

from kiosk.service.store import applications
from tests.fakes.asking import Ward, make
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter

PAGE = "https://app.example"
BROWSER = {"program": "/usr/bin/browser", "name": "Browser"}
TEN_YEARS = 10 * 365 * 86_400


async def export(hospital: Hospital) -> tuple[Ward, Client]:
    """Ada, signed in, and the backend of an application with a page."""
    ward = await make(hospital)
    backend = await hospital.application()
    await hospital.db.write(applications.add_origin, backend.client_id, PAGE, ["record.export"], NOW)
    await hospital.program(BROWSER["name"], BROWSER["program"], browser=True)
    return ward, backend


async def test_a_grant_that_only_a_row_says_is_not_signed(either: Hospital) -> None:
    ward, backend = await export(either)
    view = await ward.station.step_up(ward.session, records=51, origin=PAGE, **BROWSER)
    writer = SqlWriter(either)
    forged = {
        "request_id": view.body["id"],
        "ceremony": view.body["id"],
        "session": ward.session,
        "person": ward.person,
        "workstation": ward.station.client_id,
        "audience": "https://export.example",
        "jti": "forged",
        "delivery": "collect",
        "issued": NOW,
        "expires": NOW + TEN_YEARS,
    }
    await writer.insert("stepup_grant", forged)
    answer = await backend.post(f"/v1/stepups/{view.body['id']}/token", None)
    assert (answer.status, answer.code) == (403, "integrity")
    assert "token" not in answer.body
    (told,) = await either.trail("integrity")
    assert (told["detail"]["table"], told["detail"]["key"]) == ("stepup_grant", view.body["id"])


@pytest.mark.parametrize(
    "change",
    [
        "expires = expires + 1000000",
        "audience = 'https://thief.example'",
        "workstation = (SELECT id FROM workstation WHERE name = 'other')",
        "session = 'another'",
        "jti = 'another'",
        "mac = NULL",
    ],
)
async def test_a_grant_that_was_changed_is_not_signed(either: Hospital, change: str) -> None:
    ward, backend = await export(either)
    await either.station("other")
    view = await ward.station.step_up(ward.session, records=51, origin=PAGE, **BROWSER)
    await ward.by_key(view)
    await SqlWriter(either).sql(f"UPDATE stepup_grant SET {change}")  # noqa: S608
    answer = await backend.post(f"/v1/stepups/{view.body['id']}/token", None)
    assert (answer.status, answer.code) == (403, "integrity")


async def test_a_grant_of_a_colleague_under_another_request_is_not_signed(either: Hospital) -> None:
    ward, backend = await export(either)
    first = await ward.station.step_up(ward.session, records=51, origin=PAGE, **BROWSER)
    await ward.by_key(first)
    second = await ward.station.step_up(ward.session, records=51, origin=PAGE, **BROWSER)
    writer = SqlWriter(either)
    await writer.sql("UPDATE stepup_grant SET request_id = :second, ceremony = :second", second=second.body["id"])
    answer = await backend.post(f"/v1/stepups/{second.body['id']}/token", None)
    assert (answer.status, answer.code) == (403, "integrity")


async def test_a_token_that_was_redeemed_is_not_redeemed_again_by_putting_its_row_back(either: Hospital) -> None:
    ward, backend = await export(either)
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    token = (await ward.by_key(view)).body["grant"]["token"]
    writer = SqlWriter(either)
    (fresh,) = await writer.rows("stepup_grant")
    assert (await backend.post("/v1/tokens/redeem", {"token": token})).status == 200
    await writer.put_back("stepup_grant", fresh, "request_id")
    assert (await backend.post("/v1/tokens/redeem", {"token": token})).code == "integrity"
