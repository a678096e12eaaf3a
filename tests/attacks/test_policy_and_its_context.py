"""A program says less of its records than they are; a rule fails for one person alone; names that look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from kiosk.service.policy import PolicyTextError, rules_from
from kiosk.service.policy.cedar import book
from tests.fakes.asking import Ward, make
from tests.fakes.client import Answer
from tests.fakes.service import Hospital

FEW: dict[str, Any] = {"action": "record.export", "records": 3, "resource": "Ward/3"}


def needs_key(view: Answer) -> bool:
    return [offer["method"] for offer in view.body["offers"]] == ["fido2"]


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Ward:
    ward = await make(service)
    await service.totp(ward.person)
    return ward


async def test_a_program_that_hides_what_its_records_are(ward: Ward) -> None:
    """What is registered of the action counts, whatever the program claims."""
    hospital = ward.hospital
    plain = await ward.station.step_up(ward.session, **FEW)
    assert not needs_key(plain)
    labelled = rules_from({"actions": {"record.export": {"labels": ["psychiatry"], "sensitivity": "restricted"}}})
    hospital.app.state.service = replace(hospital.service, rules=labelled)
    claims: tuple[dict[str, Any], ...] = (
        {},
        {"labels": []},
        {"sensitivity": "normal"},
        {"labels": ["vip"], "sensitivity": "normal"},
    )
    for claim in claims:
        view = await ward.station.step_up(ward.session, **FEW, **claim)
        assert needs_key(view), claim
        assert view.body["sensitivity"] == "restricted"


async def test_a_program_may_say_more_than_is_registered(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, **FEW, labels=["vip"], sensitivity="restricted")
    assert needs_key(view)
    assert view.body["sensitivity"] == "restricted"
    assert (view.body["answer"], dict(view.body["says"])[""][:26]) == ("proof_needed", "More than 50 records leave")


async def test_a_claim_in_words_that_nobody_knows_is_refused(ward: Ward) -> None:
    claims: tuple[dict[str, Any], ...] = ({"labels": ["VIP"]}, {"labels": ["vip"] * 6}, {"labels": ["v\u0456p"]})
    for claim in claims:
        answer = await ward.station.step_up(ward.session, **FEW, **claim)
        assert (answer.status, answer.code) == (422, "bad_label")
    answer = await ward.station.step_up(ward.session, **FEW, sensitivity="secret")
    assert answer.status == 422


async def test_a_list_of_patients_counts_where_the_number_is_lower(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, **FEW, patients=[f"Patient/{n}" for n in range(60)])
    assert needs_key(view)


async def test_a_rule_that_fails_for_one_person_refuses_them_and_nobody_else(ward: Ward) -> None:
    """The engine skips a rule that fails, and would let through whom it was to stop."""
    hospital = ward.hospital
    text = (
        '@id("all")\n@says("All.")\npermit (principal, action, resource);\n'
        '@id("stop")\n@says("Stop.")\n'
        "forbid (principal, action, resource)\n"
        'when { principal.login == "ada" && context.records * 9223372036854775807 > 0 };'
    )
    hospital.app.state.service = replace(hospital.service, usual=book.read(text))
    view = await ward.station.step_up(ward.session, **FEW)
    assert (view.body["state"], view.code) == ("refused", "policy")
    row = (await hospital.trail("stepup"))[-1]
    assert "overflow" in row["detail"]["policy"]["errors"][0]
    other = await hospital.person("ben", "Ben")
    await hospital.badge(other, "04FFEE11")
    await hospital.totp(other)
    view = await ward.station.step_up(await ward.station.open("04FFEE11"), **FEW)
    assert view.body["state"] == "prove"


async def test_the_trail_says_by_which_rule_of_which_policy(ward: Ward) -> None:
    done = await ward.by_key(await ward.station.step_up(ward.session, **{**FEW, "records": 51}))
    assert done.body["state"] == "done"
    asked = (await ward.hospital.trail("stepup_asked"))[-1]["detail"]["policy"]
    given = (await ward.hospital.trail("stepup"))[-1]["detail"]["policy"]
    assert (asked["answer"], asked["rung"], asked["by"]) == ("proof_needed", "phishing_resistant", ["export-many"])
    assert (given["answer"], given["by"], given["version"]) == ("satisfied", ["export-many"], 0)
    assert given["sha256"] == ward.hospital.service.usual.digest
    stricter = (
        '@id("bound")\n@says("Never over 500.")\nforbid (principal, action, resource) when { context.records > 500 };'
    )
    hospital = ward.hospital
    hospital.app.state.service = replace(hospital.service, usual=book.read(f"{book.default_text()}\n{stricter}"))
    no = await ward.station.step_up(ward.session, **{**FEW, "records": 501})
    refusal = no.body["refusal"]
    assert (refusal["code"], refusal["answer"]) == ("policy", "cannot")
    assert dict(refusal["says"])[""] == "Never over 500."


@pytest.mark.parametrize("name", ["admin\u0456strator", "\uff41dministrator", "admin\u200bistrator"])
def test_a_role_that_only_looks_like_one_is_refused_in_a_policy(name: str) -> None:
    text = f'@id("x")\n@says("X.")\nforbid (principal in Role::"{name}", action, resource);'
    with pytest.raises(PolicyTextError, match=r"U\+"):
        book.read(text)
