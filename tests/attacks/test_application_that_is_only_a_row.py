"""An application, a page or a workstation that exists only as a row, or was put back as one, is nobody."""

from __future__ import annotations

import json

from kiosk.service.store import applications, workstations
from tests.fakes.asking import make
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter

PAGE = "https://app.example"


async def turned_away(client: Client) -> None:
    """It gets no access token, and is told why."""
    answer = await client.ask_token()
    if answer.code == "use_dpop_nonce":
        answer = await client.ask_token()
    assert (answer.status, answer.body["error"], answer.code) == (401, "invalid_client", "integrity"), answer.body


async def test_an_application_that_sql_wrote_gets_no_token(either: Hospital) -> None:
    thief = either.client()
    thief.client_id = "thief"
    row = {"id": "thief", "name": "thief", "audience": "https://thief.example", "state": "active", "created": NOW}
    row |= {"jwk": json.dumps(thief.jwk), "jkt": thief.key.thumbprint()}
    await SqlWriter(either).insert("application", row)
    await turned_away(thief)


async def test_an_application_whose_key_was_exchanged_gets_no_token(either: Hospital) -> None:
    real = await either.application()
    thief = either.client()
    thief.client_id = real.client_id
    change = "UPDATE application SET jwk = :jwk, jkt = :jkt"
    await SqlWriter(either).sql(change, jwk=json.dumps(thief.jwk), jkt=thief.key.thumbprint())
    await turned_away(thief)


async def test_an_application_that_was_revoked_is_not_put_back(either: Hospital) -> None:
    real = await either.application()
    writer = SqlWriter(either)
    (before,) = await writer.rows("application")
    await either.db.write(applications.revoke, real.client_id)
    await writer.put_back("application", before)
    await turned_away(real)


async def test_a_page_that_sql_wrote_may_ask_for_nothing(either: Hospital) -> None:
    ward = await make(either)
    real = await either.application()
    row = {"origin": PAGE, "application": real.client_id, "actions": '["record.export"]', "created": NOW}
    await SqlWriter(either).insert("web_origin", row)
    assert (await ward.station.step_up(ward.session, origin=PAGE)).code == "integrity"


async def test_a_page_whose_actions_sql_changed_may_ask_for_nothing(either: Hospital) -> None:
    ward = await make(either)
    real = await either.application()
    await either.db.write(applications.add_origin, real.client_id, PAGE, ["record.view"], NOW)
    await SqlWriter(either).sql("""UPDATE web_origin SET actions = '["record.export"]'""")
    assert (await ward.station.step_up(ward.session, origin=PAGE)).code == "integrity"


async def test_a_workstation_whose_key_was_exchanged_gets_no_token(either: Hospital) -> None:
    real = await either.station()
    thief = either.client()
    thief.client_id = real.client_id
    change = "UPDATE workstation SET jwk = :jwk, jkt = :jkt"
    await SqlWriter(either).sql(change, jwk=json.dumps(thief.jwk), jkt=thief.key.thumbprint())
    await turned_away(thief)


async def test_a_workstation_that_was_revoked_is_not_put_back(either: Hospital) -> None:
    real = await either.station()
    writer = SqlWriter(either)
    (before,) = await writer.rows("workstation")
    await either.db.write(workstations.revoke, real.client_id, NOW)
    await writer.put_back("workstation", before)
    await turned_away(real)


async def test_another_station_goes_on(either: Hospital) -> None:
    await either.station("one")
    other = await either.station("other")
    await SqlWriter(either).sql("UPDATE workstation SET place = 'elsewhere' WHERE name = 'one'")
    assert (await other.get("/v1/workstation")).status == 200
