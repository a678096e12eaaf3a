"""Whoever knows a ``client_id``, holds the doorbell's port, or has a stolen code and no key: what they cost and get."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from kiosk.agent import attesting
from kiosk.agent.doorbell.askings import Askings
from kiosk.agent.doorbell.request import DoorbellRequestError
from kiosk.agent.doorbell.sign_in_page import PageRequest
from kiosk.model.attest import AttestView
from kiosk.model.stepup import Asker
from kiosk.service.openid import page
from kiosk.service.store.schema import spending, used_jti
from tests.fakes.client import ORIGIN
from tests.fakes.openid import BROWSER, SignedOn, answer_in, wing
from tests.fakes.service import Hospital


async def rows(hospital: Hospital) -> tuple[int, ...]:
    """How many proofs were used, and parties have paid."""
    tables = (used_jti, spending)

    def count(conn: Connection) -> tuple[int, ...]:
        return tuple(conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    return await hospital.db.read(count)


async def test_a_stranger_uses_up_nothing_of_an_application_without_a_key(service: Hospital) -> None:
    """Its ``client_id`` is in every address bar; a code that we never gave costs no row, and none of its budget."""
    budgets = replace(service.service.budgets, application_rows=2)
    service.service = service.app.state.service = replace(service.service, budgets=budgets)
    made = await wing(service, auth="none")
    got, stranger = await made.browser.sign_in(made.app), service.client()
    await made.app.exchange(SignedOn({"code": "x"}, "v" * 43), dpop=stranger)
    before = await rows(service)
    for _ in range(5):
        answer = await made.app.exchange(SignedOn({"code": "made up"}, "v" * 43), dpop=stranger)
        assert answer.json()["error"] == "invalid_grant"
        assert (await made.app.refresh("a.1.1.b", dpop=stranger)).json()["error"] == "invalid_grant"
    assert await rows(service) == before
    assert (await made.app.exchange(got)).status_code == 200


async def test_what_is_not_ours_begins_no_transaction_that_writes(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writes at a time: a stranger's made-up tokens are seen through before the others have to wait."""
    made = await wing(service, auth="none")

    async def write(*_args: Any) -> None:
        raise AssertionError("a stranger made the service write")

    monkeypatch.setattr(service.service.db, "write", write)
    assert (await made.app.post("/oauth/revoke", {"token": "made up"})).status_code == 200
    for hint in ("e30.e30.x", ""):
        assert (await service.http.get("/oauth/logout", params={"id_token_hint": hint})).status_code == 400
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "e30.e30.x"}
    form |= {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
    assert (await service.http.post("/oauth/token", data=form)).json()["error"] == "invalid_grant"
    form = {"scope": "openid", "login_hint": "ada", "client_id": made.app.id}
    assert (await service.http.post("/oauth/backchannel", data=form)).json()["error"] == "unauthorized_client"


async def test_a_code_for_one_key_is_none_for_another(service: Hospital) -> None:
    """RFC 9449 section 10: else whoever steals code and verifier gets tokens bound to a key of their own."""
    made = await wing(service)
    own, thief = service.client(), service.client()
    got = await made.browser.sign_in(made.app, dpop_jkt=own.key.thumbprint())
    for who in (thief, None):
        assert (await made.app.exchange(got, dpop=who)).json()["error"] == "invalid_dpop_proof"
    assert (await made.app.exchange(got, dpop=own)).json()["token_type"] == "DPoP"
    bent = await made.browser.visit(made.app.request(dpop_jkt="x")[0])
    assert answer_in(bent.headers["location"])["error"] == "invalid_request"


async def test_a_request_pushed_with_a_proof_is_for_that_key(service: Hospital) -> None:
    """RFC 9449 section 10.1."""
    made = await wing(service)
    own, thief = service.client(), service.client()
    sent, verifier = made.app.request()
    form = {name: value for name, value in sent.items() if name != "client_id"}
    other = {**form, "dpop_jkt": thief.key.thumbprint()}
    assert (await made.app.post("/oauth/par", other, dpop=own)).json()["error"] == "invalid_dpop_proof"
    pushed = (await made.app.post("/oauth/par", form, dpop=own)).json()
    ticket = await made.browser.ticket({"client_id": made.app.id, "request_uri": pushed["request_uri"]})
    said = await made.browser.attest(ticket)
    answer = await made.browser.go_on({"ticket": ticket, "receipt": said["receipt"]})
    got = SignedOn(answer_in(answer.json()["location"]), verifier)
    assert (await made.app.exchange(got, dpop=thief)).json()["error"] == "invalid_dpop_proof"
    assert (await made.app.exchange(got, dpop=own)).status_code == 200


async def test_a_pushed_request_that_no_browser_opened_is_attested_by_nobody(service: Hospital) -> None:
    made = await wing(service)
    sent = {name: value for name, value in made.app.request()[0].items() if name != "client_id"}
    pushed = (await made.app.post("/oauth/par", sent)).json()["request_uri"].rpartition(":")[2]
    assert (await made.browser.attest(pushed))["code"] == "bad_ticket"
    assert await service.trail("app_sign_in") == []


async def test_less_that_is_asked_for_is_less_that_is_given(service: Hospital) -> None:
    """RFC 6749 section 6: a token that goes to a part that is trusted less says no more than it was asked to."""
    made = await wing(service)
    first = await made.tokens()
    less = (await made.app.refresh(first["refresh_token"], scope="openid")).json()
    assert less["scope"] == "openid"
    assert not {"name", "roles"} & set(await made.app.read(less["id_token"], "JWT"))
    assert "roles" not in await made.app.read(less["access_token"], "at+jwt")
    bearer = {"Authorization": f"Bearer {less['access_token']}"}
    assert (await service.http.get("/oauth/userinfo", headers=bearer)).json() == {"sub": made.ward.person}
    again = (await made.app.refresh(less["refresh_token"])).json()
    assert again["scope"] == first["scope"]


def test_the_page_goes_where_the_service_says_and_nowhere_else() -> None:
    """What holds the doorbell's port while no agent runs could else send people from the service's own page to one
    that looks like it."""
    assert "location" not in {field.name for field in fields(AttestView)}
    script = page.script().decode()
    gone = re.findall(r"location\.\w+|location\s*=|window\.\w+|\.href|\.submit", script)
    assert gone == ["location.replace", "location.assign"]
    assert script.index('fetch("/oauth/continue"') < script.index("location.replace") < script.index("const stuck")
    assert script.index('fetch("/oauth/upstream"') < script.index("location.assign") < script.index("const signIn")


@dataclass
class Asked:
    """A service that takes its time. ``seen``: the sessions that are seen; they are ``covered`` meanwhile."""

    seen: dict[str, str]
    covered: bool = False
    times: int = 0

    def api(self) -> Asked:
        return self

    def attest(self, _said: object) -> AttestView:
        self.times += 1
        if self.covered:
            self.seen.clear()
        return AttestView("signed_in", receipt="r")


ADA = Asker(BROWSER, 1, 1, "ada", ORIGIN, "Chromium")


def test_what_is_covered_while_the_service_is_asked_attests_nothing() -> None:
    asked = Asked({"ada": "s1"}, covered=True)
    found = attesting.hand_on(asked, asked.seen.get, Askings(), PageRequest("t"), ADA)  # type: ignore[arg-type]
    assert (found, asked.times) == (attesting.NOT_ACTIVE, 1)


def test_a_page_that_asks_without_end_is_not_carried_on() -> None:
    """Each would be a signed request and a row of the trail."""
    asked, askings = Asked({"ada": "s1", "ben": "s2"}), Askings()

    def ring(asker: Asker) -> AttestView:
        return attesting.hand_on(asked, asked.seen.get, askings, PageRequest("t"), asker)  # type: ignore[arg-type]

    with pytest.raises(DoorbellRequestError, match="Wait a minute"):
        for _ in range(1000):
            ring(ADA)
    assert asked.times < 1000
    assert ring(replace(ADA, login="ben")).decision == "signed_in"
