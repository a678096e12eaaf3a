"""The hospital's own provider names the wrong person, or says more of them than is believed."""

from __future__ import annotations

import pytest

from kiosk.service.store import people
from tests.fakes.elsewhere import Office, believing
from tests.fakes.offices import refused
from tests.fakes.openid import answer_in, ticket_in


async def test_somebody_who_is_not_known_here(office: Office) -> None:
    office.provider.login = "mallory"
    await refused(office, "unknown_person")
    [row] = await office.hospital.trail("app_sign_in")
    assert (row.get("person"), row["detail"]["claimed"]) == (None, "mallory")


@pytest.mark.parametrize("login", ["ADA", "ada ", "ada@evil.example", "аda"])
async def test_a_name_that_is_almost_one_of_ours(office: Office, login: str) -> None:
    office.provider.login = login
    await refused(office, "unknown_person")


async def test_somebody_who_is_suspended(office: Office) -> None:
    office.provider.login = "bea"
    bea = await office.hospital.person("bea", "Bea")
    await office.hospital.db.write(people.set_active, bea, False)
    await refused(office, "suspended")


async def test_a_program_that_has_an_account_there(office: Office) -> None:
    """It signs nobody in to anything: what a program does is asked for by its own key, and a person answers."""
    office.provider.login = "night-job"
    await office.hospital.person("night-job", "Night job", "nurse", "program")
    await refused(office, "program_account")


async def test_a_mail_address_that_nobody_checked(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "email": "ada", "email_verified": "true"}
    with believing(office.hospital, office.provider.settings(login="email")):
        await refused(office, "email_not_verified")


async def test_another_domain_than_the_hospital_s(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "preferred_username": "ada@evil.example"}
    with believing(office.hospital, office.provider.settings(suffix="@hospital.example")):
        await refused(office, "other_suffix")


async def test_no_word_of_theirs_counts_for_more_than_an_administrator_said(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "acr": "phrh", "amr": ["hwk", "mfa"]}
    answer, _ = await office.came_back(acr_values="urn:kiosk:identified")
    assert "code=" in answer.headers["location"]
    [row] = await office.hospital.trail("app_sign_in")
    assert (row["acr"], row.get("amr")) == ("urn:kiosk:identified", None)
    sent, _ = office.app.request(acr_values="phr")
    answer = await office.browser.go(ticket_in(await office.browser.page(sent)))
    assert answer_in(answer.json()["location"])["error"] == "unmet_authentication_requirements"
