"""A step-up approved on the person's phone: the number is typed there, the statement is signed there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from kiosk.model import binding
from kiosk.model.consent import drawn
from kiosk.service.records import prompt_reports
from kiosk.service.shared.consent import consent_of
from kiosk.service.shared.risk_rules import risk_rules_from
from kiosk.service.store import ceremonies
from kiosk.service.store.schema import evidence
from tests.fakes.asking import make
from tests.fakes.backchannel import asking
from tests.fakes.client import NOW
from tests.fakes.keys import give_key
from tests.fakes.phones import OnPhone, SoftPhone, code_of, on_phone
from tests.fakes.service import Hospital, with_rules
from tests.service.enrolment.test_the_trail import checked


@pytest.fixture(autouse=True)
def approvals(request: pytest.FixtureRequest) -> Iterator[None]:
    name = "either" if "either" in request.fixturenames else "service"
    hospital: Hospital = request.getfixturevalue(name)
    rules = hospital.service.rules
    hospital.app.state.service = hospital.service = replace(hospital.service, risk=risk_rules_from({"enabled": False}))
    with with_rules(hospital, replace(rules, enrol=replace(rules.enrol, phone_approval=True))):
        yield


@pytest_asyncio.fixture
async def made(service: Hospital) -> AsyncIterator[OnPhone]:
    yield await on_phone(await make(service))


async def test_an_export_is_approved_on_the_phone_and_every_signature_holds(either: Hospital) -> None:
    ward = await make(either)
    ward.key = await give_key(either, ward.person, told=True)
    made = await on_phone(ward)
    view = await made.asks(patients=["P-1", "P-2"])
    assert [o["method"] for o in view.body["offers"]] == ["fido2", "phone"]
    asked = await made.on_phone(view, "transfer of care")
    assert await made.phone.approve(asked) == "approved"
    assert await made.told() == [("approved", view.body["id"])]
    done = await made.collect(view, "transfer of care")
    grant = done.body["grant"]
    assert (done.body["state"], grant["acr"]) == ("done", "urn:kiosk:mfa")
    assert grant["amr"] == ["pop", "user", "mfa", "mca"]
    claims = await made.ward.claims(grant["token"])
    assert (claims["acr"], claims["sub"], claims["records"]) == ("urn:kiosk:mfa", "ada", 12)
    report = await checked(either)
    assert report.finding is None
    [row] = [row for row in await either.trail("stepup") if row["result"] == "success"]
    assert (row["method"], row["acr"]) == ("phone", "urn:kiosk:mfa")
    assert "evidence" in row
    asked_rows, answered = await either.trail("phone_asked"), await either.trail("phone_answered")
    assert len(asked_rows) == 1
    last = answered[-1]
    assert (last["chain"], last["result"], last["reason"], last["station"]) == (
        "service",
        "success",
        "approved",
        "ward-3-a",
    )


async def test_the_page_shows_what_is_signed_in_the_phone_s_language(made: OnPhone) -> None:
    view = await made.asks(patients=["P-1"])
    asked = await made.on_phone(view, "transfer of care")
    code = code_of(asked["uri"])
    looked = await made.phone.look(code)
    assert looked["purpose"] == "approve"
    assert (looked["name"], looked["station"], looked["pair"]) == ("", "", None), "the code alone shows nothing"
    said = {}
    for language in ("en", "es-MX", "fr"):
        made.phone.language = language
        shown = (await made.phone.type(code, asked["number"]))["asked"]
        said[language] = {line["label"]: line["value"] for line in shown["lines"]}
    assert said["en"] == {
        "What": "Export patient records (record.export)",
        "Asked by a program that is not registered": "exporter",
        "How many": "12",
        "About": "Patient/123",
        "Purpose": "transfer of care",
        "Token for": "https://auth.hospital.example",
        "Approved by, at": "ada · ward-3-a",
        "Patient": "P-1",
    }
    assert said["es-MX"]["Qué"] == "Exportar historias clínicas (record.export)"
    assert said["fr"]["Quoi"] == "Exporter des dossiers (record.export)"


async def test_what_the_phone_signs_says_what_was_read_there(service: Hospital) -> None:
    """Drawn at the workstation in one language and on the phone in another: the evidence names the phone's, with the
    digest of its lines, and everything else as the workstation checked it."""
    ward = await make(service)
    ward.key = await give_key(service, ward.person, told=True)
    made = await on_phone(ward)
    view = await made.asks(patients=["P-1"])
    challenge = (await made.ward.station.challenge(view.body["id"], "phone", "transfer of care")).body
    made.phone.language = "fr"
    assert await made.phone.approve(challenge["phone"]) == "approved"
    done = await made.collect(view, "transfer of care")
    assert done.body["state"] == "done", done.body
    signed = [json.loads(text) for text in await made.hospital.db.read(_evidence)]
    [kept] = [said for said in signed if said.get("ceremony") == view.body["id"]]
    before = json.loads(challenge["statement"])
    assert (before["language"], kept["language"]) == ("en", "fr")
    mine = {"language", "drawn"}
    assert {name: kept[name] for name in kept if name not in mine} == {
        name: before[name] for name in before if name not in mine
    }
    row = await made.hospital.db.read(ceremonies.find, view.body["id"])
    assert row is not None
    shown = consent_of(row, "ada", "ward-3-a")
    assert kept["drawn"] == drawn(shown, "fr", kept["resource"], kept["patients"]) != before["drawn"]
    report = await checked(service)
    assert report.finding is None, report.finding


async def test_a_page_that_is_open_stays_good_when_it_is_read_in_another_language_too(made: OnPhone) -> None:
    """Whoever has the code and the number reads it in Spanish; the owner's open English page still says yes."""
    view = await made.asks()
    asked = await made.on_phone(view)
    code, number = code_of(asked["uri"]), asked["number"]
    english = (await made.phone.type(code, number))["asked"]["approve"]
    made.phone.language = "es"
    spanish = (await made.phone.type(code, number))["asked"]["approve"]
    assert english["challenge"] != spanish["challenge"]
    sent = {"code": code, "number": number, "proof": made.phone.sign(english)}
    assert await made.phone.outcome("approve", sent) == "approved"
    assert (await made.collect(view)).body["state"] == "done"
    signed = [json.loads(text) for text in await made.hospital.db.read(_evidence)]
    [kept] = [said for said in signed if said.get("ceremony") == view.body["id"]]
    assert kept["language"] == "en", "the evidence names the language that was signed, not the one read last"


@pytest.mark.parametrize("language", ["en", "es", "fr"])
async def test_not_me_counts_after_the_number_was_typed_in_any_language(made: OnPhone, language: str) -> None:
    """The page signs what it was given when it was opened, whoever reads the question since then."""
    view = await made.asks()
    asked = await made.on_phone(view)
    code, number = code_of(asked["uri"]), asked["number"]
    options = (await made.phone.look(code))["report"]
    made.phone.language = language
    await made.phone.type(code, number)
    proof = made.phone.sign(options)
    assert await made.phone.outcome("report", {"code": code, "proof": proof}) == "reported"
    again = await made.asks()
    assert "phone" not in [offer["method"] for offer in again.body["offers"]]


async def test_a_report_signed_by_a_page_opened_later_counts_too(made: OnPhone) -> None:
    asked = await made.on_phone(await made.asks())
    code, number = code_of(asked["uri"]), asked["number"]
    made.phone.language = "fr"
    await made.phone.type(code, number)
    assert await made.phone.report(asked) == "reported"


async def test_a_statement_that_nobody_was_shown_is_signed_for_nothing(made: OnPhone) -> None:
    """Another language than the page has, or another text: no yes, and no report."""
    asked = await made.on_phone(await made.asks())
    code, number = code_of(asked["uri"]), asked["number"]
    options = {"challenge": binding.b64u(b"x" * 32)}
    sent = {"code": code, "number": number, "proof": made.phone.sign(options)}
    assert await made.phone.outcome("approve", sent) == "not_yours"
    assert await made.phone.outcome("report", {"code": code, "proof": made.phone.sign(options)}) == "not_yours"


def _evidence(conn: Connection) -> list[str]:
    rows = conn.execute(select(evidence.c.body)).scalars()
    return [str(json.loads(body)["statement"]) for body in rows if "statement" in json.loads(body)]


async def test_the_challenge_binds_the_statement_that_the_station_checks(made: OnPhone) -> None:
    view = await made.asks()
    challenge = (await made.ward.station.challenge(view.body["id"], "phone")).body
    assert (challenge["label"], challenge["user_verification"]) == (binding.STEP_UP_LABEL, "required")
    assert '"method":"phone"' in challenge["statement"]
    code = code_of(challenge["phone"]["uri"])
    shown = await made.phone.type(code, challenge["phone"]["number"])
    assert shown["asked"]["approve"]["challenge"] == challenge["challenge"]
    assert (await made.phone.look(code))["report"]["challenge"] != challenge["challenge"]
    assert challenge["phone"]["number"] not in challenge["phone"]["uri"]


async def test_a_refusal_on_the_phone_is_told_and_approves_nothing(made: OnPhone) -> None:
    view = await made.asks()
    asked = await made.on_phone(view)
    sent = {"code": code_of(asked["uri"]), "number": asked["number"]}
    assert await made.phone.outcome("refuse", sent) == "refused"
    assert await made.told() == [("refused", view.body["id"])]
    assert (await made.collect(view)).body["refusal"]["code"] == "cancelled"
    assert await made.phone.outcome("refuse", sent) == "over"


async def test_not_me_stops_that_station_from_asking_for_a_day_and_no_other(made: OnPhone) -> None:
    view = await made.asks()
    assert await made.phone.report(await made.on_phone(view)) == "reported"
    assert await made.told() == [("reported", view.body["id"])]
    assert (await made.collect(view)).body["refusal"]["code"] == "cancelled"
    [row] = [row for row in await made.hospital.trail("phone_answered") if row["reason"] == "reported"]
    assert (row["result"], row["login"], row["station"]) == ("refused", "ada", "ward-3-a")
    again = await made.asks()
    assert [o["method"] for o in again.body["offers"]] == ["fido2"]
    assert (await made.ward.station.challenge(again.body["id"], "phone")).code == "method_not_offered"
    other = await made.hospital.station("ward-4", "Ward 4")
    session = await other.open("04A1B2C3")
    elsewhere = await other.step_up(session, records=12)
    assert "phone" in [o["method"] for o in elsewhere.body["offers"]]
    made.hospital.clock.pass_by(24 * 3600)
    later = await other.step_up(await other.open("04A1B2C3"), records=12)
    assert "phone" in [o["method"] for o in later.body["offers"]]


async def test_the_phone_is_not_enough_where_a_key_is_wanted(made: OnPhone) -> None:
    """Two factors, and no more: what a person types by hand ties it to the session (SP 800-63B-4 section 3.2.5)."""
    view = await made.asks(records=51)
    assert [o["method"] for o in view.body["offers"]] == ["fido2"]


async def test_how_often_somebody_s_phone_is_asked_has_a_bound(made: OnPhone) -> None:
    for _ in range(20):
        await made.on_phone(await made.asks())
    view = await made.asks()
    assert [o["method"] for o in view.body["offers"]] == ["fido2"]
    made.hospital.clock.pass_by(3601)
    station = made.ward.station
    view = await station.step_up(await station.open("04A1B2C3"), records=12)
    assert "phone" in [o["method"] for o in view.body["offers"]]


async def test_the_last_question_of_an_hour_can_still_be_answered(made: OnPhone) -> None:
    for _ in range(19):
        await made.on_phone(await made.asks())
    view = await made.asks()
    assert await made.phone.approve(await made.on_phone(view)) == "approved"
    assert (await made.collect(view)).body["state"] == "done"


async def test_fatigue_is_counted_by_person_station_and_application(made: OnPhone) -> None:
    station = made.ward.station
    granted = await made.asks()
    await made.phone.approve(await made.on_phone(granted))
    await made.collect(granted)
    refused = await made.asks()
    asked = await made.on_phone(refused)
    await made.phone.outcome("refuse", {"code": code_of(asked["uri"]), "number": asked["number"]})
    await station.post(f"/v1/ceremonies/{refused.body['id']}/cancel", {"reason": "refused_by_person"})
    silent = await made.asks()
    await made.on_phone(silent)
    await station.post(f"/v1/ceremonies/{silent.body['id']}/cancel", {"reason": "timeout"})
    await made.ward.by_key(await made.asks())
    table = await made.hospital.db.read(prompt_reports.prompts, NOW - 60, NOW + 60)
    lines = {(line[0], line[1]): line[2:] for line in table.rows}
    counts = {name: line[2:6] for name, line in lines.items()}
    assert counts["on_phone", "person ada"] == (1, 1, 1, 0)
    assert counts["on_phone", "station ward-3-a"] == (1, 1, 1, 0)
    assert counts["on_phone", "application https://auth.hospital.example"] == (1, 1, 1, 0)
    assert lines["on_phone", "person ada"][0] == 3, "what was proved by key is not among them"


async def test_the_page_comes_with_a_policy_that_lets_nothing_else_in(service: Hospital) -> None:
    answer = await service.http.get("/phone", headers={"Accept-Language": "fr-CA"})
    assert answer.status_code == 200 and '<html lang="fr">' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in answer.headers
    for path, kind in (("/phone/page.js", "text/javascript"), ("/phone/page.css", "text/css")):
        asset = await service.http.get(path)
        assert asset.status_code == 200 and asset.headers["content-type"].startswith(kind)


async def test_a_synced_passkey_s_counter_of_zero_is_taken_again_and_again(service: Hospital) -> None:
    made = await on_phone(await make(service), counter=0)
    for _ in range(2):
        view = await made.asks()
        assert await made.phone.approve(await made.on_phone(view), counter=0) == "approved"
        assert (await made.collect(view)).body["state"] == "done"


async def test_another_way_may_be_taken_while_the_phone_is_asked(made: OnPhone) -> None:
    view = await made.asks()
    asked = await made.on_phone(view)
    assert (await made.ward.by_key(view, "transfer of care")).body["state"] == "done"
    assert isinstance(made.phone, SoftPhone)
    answer = await made.phone.post("number", {"code": code_of(asked["uri"]), "number": asked["number"]})
    assert answer.status_code == 404


async def test_a_server_s_question_at_the_workstation_may_be_approved_on_the_phone(service: Hospital) -> None:
    asked_by = await asking(service)
    made = await on_phone(asked_by.ward)
    secret = await asked_by.asked(acr_values="urn:kiosk:mfa", binding_message="Ward 3, code 4711")
    view = await asked_by.show()
    shown = await made.on_phone(view)
    said = (await made.phone.type(code_of(shown["uri"]), shown["number"]))["asked"]["lines"]
    assert {"label": "Asked by the server of", "value": "Chart"} in said
    assert {"label": "It shows", "value": "Ward 3, code 4711"} in said
    assert await made.phone.approve(shown) == "approved"
    assert (await made.collect(view)).body["state"] == "done"
    tokens = await asked_by.poll(secret)
    assert tokens.status_code == 200, tokens.text
    claims = await asked_by.app.read(tokens.json()["id_token"], "JWT")
    assert (claims["acr"], claims["amr"]) == ("urn:kiosk:mfa", ["pop", "user", "mfa", "mca"])


async def test_a_server_that_wants_a_key_is_not_answered_by_a_phone(service: Hospital) -> None:
    asked_by = await asking(service)
    await on_phone(asked_by.ward)
    await asked_by.asked(acr_values="phr")
    assert "phone" not in [offer["method"] for offer in (await asked_by.show()).body["offers"]]
