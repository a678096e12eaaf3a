"""What is remembered of somebody is poisoned, altered, taken away or put back; the clock is moved; a signal breaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kiosk.service.ceremonies import risk_now
from kiosk.service.platform import row_keys
from kiosk.service.risk import SIGNALS, RiskFacts, RiskRules, assess
from kiosk.service.shared import risk_memory
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.shared.risk_rules import risk_rules_from
from kiosk.service.store import news
from kiosk.service.store.examining import examine
from tests.fakes.asking import ADA, Ward, make
from tests.fakes.client import Answer
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

HOUR, DAY = 3600, 86_400
FEW: dict[str, Any] = {"action": "record.export", "records": 3, "resource": "Ward/3"}
MANY: dict[str, Any] = {**FEW, "records": 51}


async def ready(hospital: Hospital, **table: object) -> Ward:
    """Ada with a key that is older than a day, signed in just now, under this ``[risk]``."""
    hospital.app.state.service = hospital.service = replace(hospital.service, risk=risk_rules_from(table))
    ward = await make(hospital)
    await hospital.totp(ward.person)
    hospital.clock.pass_by(2 * DAY)
    ward.session = await ward.station.open(ADA)
    return ward


async def sql(hospital: Hospital, statement: str, **values: object) -> None:
    hospital.tampered = True
    await hospital.db.write(lambda conn: conn.execute(text(statement), values))


def needs_key(view: Answer) -> bool:
    return [offer["method"] for offer in view.body["offers"]] == ["fido2"]


async def by_key(ward: Ward, view: Answer) -> Answer:
    challenge = await ward.station.challenge(view.body["id"], "fido2")
    return await ward.station.prove(view.body["id"], ward.key.sign(challenge.body))


async def remembered(ward: Ward) -> dict[str, object]:
    def act(conn: Connection) -> dict[str, object]:
        past = risk_memory.person(conn, RiskMemory(), ward.person).past
        return {"hours": past.hours, "wards": past.wards, "failed": past.failed}

    return await ward.hospital.db.read(act)


async def test_a_colleague_with_a_badge_of_somebody_teaches_nothing_of_their_habits(either: Hospital) -> None:
    """Night after night it is tapped with a wrong PIN, or opens by grace. Its owner's hours and wards stay."""
    ward = await ready(either)
    before = await remembered(ward)
    beside = await either.station("ward-3-b", "Ward 3 / Corridor")
    far = await either.station("cellar", "Cellar")
    for _ in range(6):
        either.clock.pass_by(HOUR)
        assert (await beside.tap(ADA)).body["state"] in ("done", "prove")
        view = await far.tap(ADA)
        assert view.body["state"] == "prove"
        await far.pin(view.body["id"], "000000")
    after = await remembered(ward)
    assert (after["hours"], after["wards"]) == (before["hours"], before["wards"])


async def test_a_colleague_cannot_have_somebody_refused_only_asked(either: Hospital) -> None:
    """All that can be done with the badge in hand is done. Its owner's key opens and exports as before."""
    ward = await ready(either, walk=[{"between": ["Ward 3", "Cellar"], "minutes": 30}])
    far = await either.station("cellar", "Cellar")
    for _ in range(8):
        view = await far.tap(ADA)
        await far.pin(view.body["id"], "000000")
        either.clock.pass_by(35)
    few = await ward.station.step_up(ward.session, **FEW)
    context = (await either.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]
    assert context["reasons"] == ["failed_proofs"] and context["risk"] <= 60
    assert (await by_key(ward, few)).body["state"] == "done"
    many = await ward.station.step_up(ward.session, **MANY)
    assert (await by_key(ward, many)).body["state"] == "done"
    assert (await remembered(ward))["failed"] == 0


async def test_whoever_types_a_login_moves_nothing(service: Hospital) -> None:
    ward = await ready(service)
    evil = await service.station("lobby", "Lobby")
    before = await remembered(ward)
    for _ in range(8):
        view = await evil.login("ada")
        await evil.pin(view.body["id"], "000000")
        service.clock.pass_by(70)
    assert await remembered(ward) == before


ALTERED = {
    "its text": "UPDATE risk_person SET body = '{}'",
    "a time": "UPDATE risk_person SET lost = 0, changed = 0, turn = turn + 1",
    "its code": "UPDATE risk_person SET mac = NULL",
    "the row": "DELETE FROM risk_person",
    "no JSON": "UPDATE risk_person SET body = 'x'",
}


@pytest.mark.parametrize("what", ALTERED)
async def test_a_past_that_was_altered_asks_more_until_its_person_proves_themselves(
    either: Hospital, what: str
) -> None:
    ward = await ready(either)
    await sql(either, ALTERED[what])
    tap = await ward.station.tap(ADA)
    assert (tap.body["state"], tap.body["why"]) == ("prove", "risk")
    assert "was changed" in dict(tap.body["says"])[""]
    named = (await either.db.read(examine)).found
    assert any(found.table == "risk_person" or "risk" in found.key for found in named), named
    assert (await ward.station.pin(tap.body["id"], "123456")).body["state"] == "done"
    again = await ward.station.tap(ADA)
    assert again.body["why"] == "risk", "a PIN mends nothing"
    done = await by_key(ward, again)
    assert done.body["state"] == "done"
    ward.session = done.body["session"]["id"]
    assert (await either.db.read(examine)).found == []
    either.clock.pass_by(60)
    assert (await ward.station.tap(ADA)).body["state"] == "done"
    assert not needs_key(await ward.station.step_up(await ward.station.open(ADA), **FEW))


async def test_an_earlier_past_that_is_put_back_is_not_believed(
    either: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was theirs and has a right code; this service has read a later one."""
    monkeypatch.setattr(row_keys, "SETTLED_SECONDS", 0.0)
    ward = await ready(either)
    row = await either.db.read(lambda conn: dict(conn.execute(text("SELECT * FROM risk_person")).one()._mapping))
    for _ in range(6):
        view = await ward.station.step_up(ward.session, **FEW)
        await ward.station.pin(view.body["id"], "000000")
        either.clock.pass_by(1)
    earlier = "UPDATE risk_person SET body = :body, turn = :turn, mac = :mac"
    await sql(either, earlier, body=row["body"], turn=row["turn"], mac=row["mac"])
    view = await ward.station.tap(ADA)
    assert view.body["why"] == "risk"


async def test_the_past_of_a_station_and_of_a_role_too(service: Hospital) -> None:
    ward = await ready(service)
    await sql(service, "UPDATE risk_station SET body = '{}'")
    assert (await ward.station.tap(ADA)).body["why"] == "risk"
    await sql(service, "DELETE FROM risk_station")
    assert (await ward.station.tap(ADA)).body["why"] == "risk"
    assert (await by_key(ward, await ward.station.tap(ADA))).body["state"] == "done"
    assert (await service.db.read(examine)).found == []
    await sql(service, "INSERT INTO risk_role VALUES ('nurse', '{\"usual_amount\": 999999}', 1, NULL)")
    ward.session = await ward.station.open(ADA)
    for again in range(2):
        service.clock.pass_by(again * 2 * HOUR)
        ward.session = await ward.station.open(ADA)
        view = await ward.station.step_up(ward.session, **FEW)
        assert (await by_key(ward, view)).body["state"] == "done"
    assert (await service.db.read(examine)).found == [], "a role's past begins anew with the next hour that ends"


async def test_a_clock_that_is_moved_lets_nobody_through(service: Hospital) -> None:
    ward = await ready(service, weights={"factor_changed": 60})
    await service.db.write(news.add, ward.person, "added", int(service.clock()))
    assert needs_key(await ward.station.step_up(ward.session, **FEW))
    service.clock.pass_by(-DAY)
    view = await ward.station.step_up(ward.session, **FEW)
    assert view.body["state"] == "refused" or needs_key(view)
    rows = [*await service.trail("stepup_asked"), *await service.trail("stepup")]
    last = next(row for row in rows if row["ceremony"] == view.body["id"])
    assert {"clock_back", "factor_changed"} <= set(last["detail"]["policy"]["context"]["reasons"])


async def test_a_signal_that_breaks_asks_for_more(service: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(facts: RiskFacts, rules: RiskRules) -> bool:
        raise OverflowError

    ward = await ready(service)
    assert not needs_key(await ward.station.step_up(ward.session, **FEW))
    monkeypatch.setattr(risk_now, "assess", partial(assess, signals={**SIGNALS, "too_far": broken}))
    assert needs_key(await ward.station.step_up(ward.session, **FEW))
    view = await ward.station.tap(ADA)
    assert view.body["why"] == "risk"
    told = (await service.trail("tap"))[-1]["detail"]["risk"]
    assert told["failed"] == ["too_far"]


async def test_a_key_that_was_just_added_is_no_witness_for_itself(service: Hospital) -> None:
    """Whoever talked the help desk into a reset has a new key, and nothing else."""
    ward = await ready(service, weights={"factor_changed": 60})
    await service.db.write(news.add, ward.person, "added", int(service.clock()))
    old, ward.key = ward.key, await give_key(service, ward.person)
    tap = await ward.station.tap(ADA)
    assert tap.body["why"] == "risk"
    assert (await by_key(ward, tap)).body["state"] == "done"
    assert (await ward.station.tap(ADA)).body["why"] == "risk"
    ward.key = old
    assert (await by_key(ward, await ward.station.tap(ADA))).body["state"] == "done"
    service.clock.pass_by(60)
    assert (await ward.station.tap(ADA)).body["state"] == "done"


async def test_a_key_that_counted_backwards_is_no_witness_for_itself(service: Hospital) -> None:
    ward = await ready(service)
    done = await by_key(ward, await ward.station.step_up(ward.session, **FEW))
    assert done.body["state"] == "done"
    view = await ward.station.step_up(ward.session, **FEW)
    challenge = await ward.station.challenge(view.body["id"], "fido2")
    refused = await ward.station.prove(view.body["id"], ward.key.sign(challenge.body, counter=0))
    assert refused.code == "counter_went_back"
    ward.key.counter = 100  # as the copy goes on
    tap = await ward.station.tap(ADA)
    assert tap.body["why"] == "risk"
    assert "may have been copied" in dict(tap.body["says"])[""]
    assert (await by_key(ward, tap)).body["state"] == "done"
    assert (await ward.station.tap(ADA)).body["why"] == "risk"
