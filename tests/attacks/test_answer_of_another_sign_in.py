"""A browser brings the answer of another provider, of another sign-in, or one that is over."""

from __future__ import annotations

import pytest

from tests.fakes.elsewhere import Office, OfficeBrowser
from tests.fakes.offices import refused
from tests.fakes.openid import answer_in, ticket_in


async def test_mix_up_an_answer_of_another_provider(office: Office) -> None:
    """RFC 9207: another provider, to which a person was lured, answers with a code of its own, or of ours."""
    await refused(office, None, iss="https://evil.example")
    assert office.provider.asked == [], "no code was shown to anybody"


async def test_mix_up_an_answer_that_names_nobody_though_the_provider_always_does(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    brought.pop("iss")
    assert (await office.browser.back(brought)).status_code == 403
    assert office.provider.asked == []


async def test_an_answer_comes_back_in_another_browser(office: Office) -> None:
    """An attacker signs in there, and has a person's browser open the answer (login CSRF)."""
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    victim = OfficeBrowser(office.hospital)
    await victim.page(office.app.request()[0])
    for browser in (victim, OfficeBrowser(office.hospital)):
        assert (await browser.back(brought)).status_code == 403
    assert office.provider.asked == [], "no code was shown to anybody"


async def test_an_answer_comes_twice(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    assert (await office.browser.back(brought)).status_code == 303
    again = await office.browser.back(brought)
    assert (again.status_code, "location" in again.headers) == (403, False)
    again = await office.browser.back(office.provider.authorized(where))  # a new code for the same state
    assert (again.status_code, "location" in again.headers) == (409, False)


async def test_a_bent_answer_comes_twice_and_is_written_down_once(office: Office) -> None:
    office.provider.bend = lambda claims: {**claims, "nonce": "another"}
    where, _ = await office.sent_there()
    for status in (403, 409):
        answer = await office.browser.back(office.provider.authorized(where))
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert await office.reasons() == ["other_nonce"]


async def test_a_code_of_another_sign_in(office: Office) -> None:
    """The attacker's code in the person's state: neither PKCE nor the nonce fits."""
    theirs, _ = await office.sent_there()
    mine, _ = await office.sent_there()
    code = office.provider.authorized(theirs)["code"]
    answer = await office.browser.back({**office.provider.authorized(mine), "code": code})
    assert answer.status_code == 403
    # Even from a provider that does not know PKCE.
    bare = office.provider.authorized(theirs)["code"]
    brought = office.provider.authorized(mine)
    office.provider.codes[bare]["code_challenge"] = office.provider.codes[brought["code"]]["code_challenge"]
    answer = await office.browser.back({**brought, "code": bare})
    assert (answer.status_code, await office.reasons()) == (403, ["other_nonce"])


@pytest.mark.parametrize("state", ["", "x", "a.b.c.d.e"])
async def test_a_state_that_is_not_ours(office: Office, state: str) -> None:
    where, _ = await office.sent_there()
    answer = await office.browser.back({**office.provider.authorized(where), "state": state})
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_ticket_is_no_state_and_a_state_no_ticket(office: Office) -> None:
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    where = str((await office.browser.go(ticket)).json()["location"])
    brought = office.provider.authorized(where)
    assert (await office.browser.back({**brought, "state": ticket})).status_code == 400
    assert (await office.browser.go(brought["state"])).status_code == 422


async def test_a_state_that_is_late(office: Office) -> None:
    where, _ = await office.sent_there()
    brought = office.provider.authorized(where)
    office.hospital.clock.pass_by(601)
    assert (await office.browser.back(brought)).status_code == 422


async def test_open_redirect_through_the_broker(office: Office) -> None:
    """Whatever comes along, the browser goes to the application's own address."""
    for bent in ({"redirect_uri": "https://evil.example/"}, {"location": "//evil.example"}):
        answer, _ = await office.came_back(bent)
        answer_in(answer.headers["location"])
    where, _ = await office.sent_there()
    brought = {"error": "login_required", "state": office.provider.authorized(where)["state"]}
    brought |= {"iss": office.provider.issuer, "error_uri": "https://evil.example/"}
    answer = await office.browser.back(brought)
    assert answer_in(answer.headers["location"])["error"] == "login_required"


async def test_only_the_service_s_own_page_sends_a_browser_there(office: Office) -> None:
    sent, _ = office.app.request()
    ticket = ticket_in(await office.browser.page(sent))
    for bent in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Cookie": ""}):
        assert (await office.browser.go(ticket, **bent)).status_code == 403
