"""What the chart answers to browsers and programs, by what a provider says of their tokens."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, cast

import pytest

from kiosk.demo.chart.answers import BROWSER, SESSION, ChartAnswer, HospitalChart
from kiosk.demo.chart.fhir import SearchError, as_csv, search
from kiosk.demo.chart.patients import PATIENTS, ChartPatient
from kiosk.demo.chart.relying_party import BegunSignIn, NotSignedInError, RelyingParty, SignedIn

BASE = "https://localhost:1"


class PlayedProvider:
    """``acr``, ``auth_time``: of whoever signs in next, and of their token. ``alive``: it is worth something."""

    def __init__(self) -> None:
        self.acr, self.auth_time, self.alive, self.count = "urn:kiosk:pin", int(time.time()), True, 0
        self.asked: list[Mapping[str, str]] = []

    def begin(self, then: str, **more: str) -> tuple[BegunSignIn, str]:
        self.count += 1
        self.asked.append(more)
        return BegunSignIn(f"state-{self.count}", "nonce", "verifier", then), "https://provider/authorize"

    def finish(self, begun: BegunSignIn, answer: Mapping[str, str]) -> SignedIn:
        if "code" not in answer:
            raise NotSignedInError("You were not signed in.")
        return SignedIn("p1", "Ada <b>", self.acr, self.auth_time, "sid-1", "token", time.time())

    def worth(self, token: str) -> Mapping[str, object] | None:
        return {"active": True, "acr": self.acr, "auth_time": self.auth_time} if self.alive and token else None

    def signed_out(self, token: str) -> tuple[str, str]:
        if token != "good":
            raise NotSignedInError("This is no logout token.")
        return "jti-1", "sid-1"


class Visitor:
    """A browser with its cookies."""

    def __init__(self) -> None:
        self.provider, self.log = PlayedProvider(), list[str]()
        self.chart = HospitalChart(BASE, cast(RelyingParty, self.provider), self.log.append)
        self.jar: dict[str, str] = {}

    def get(self, path: str) -> ChartAnswer:
        return self._kept(self.chart.page(path, self.jar, self.jar.get(BROWSER, "browser-1")))

    def back(self, **answer: str) -> ChartAnswer:
        state = {"state": f"state-{self.provider.count}"}
        return self._kept(self.chart.back({**state, "code": "c", **answer}, self.jar))

    def _kept(self, answer: ChartAnswer) -> ChartAnswer:
        self.jar |= answer.cookies
        return answer

    def sign_in(self) -> None:
        self.get("/")
        assert self.back().status == 303


def test_nobody_sees_anything_and_a_sign_in_leads_back() -> None:
    visitor = Visitor()
    answer = visitor.get("/patient/1002")
    assert (answer.status, answer.headers["Location"], answer.body) == (303, "https://provider/authorize", "")
    answer = visitor.back()
    assert (answer.status, answer.headers["Location"]) == (303, "/patient/1002")
    page = visitor.get("/patient/1002")
    assert (page.status, "Lindqvist" in page.body, "Ada &lt;b&gt;" in page.body) == (200, True, True)


def test_an_answer_in_another_browser_or_twice_signs_nobody_in() -> None:
    visitor = Visitor()
    visitor.get("/")
    other = visitor.chart.back({"state": "state-1", "code": "c"}, {BROWSER: "another"})
    assert (other.status, other.cookies) == (403, {})
    assert visitor.back().status == 403, "it was used up by the try"
    visitor.sign_in()
    assert visitor.back().status == 403


def test_a_session_s_cookie_is_new_with_each_sign_in() -> None:
    visitor = Visitor()
    visitor.jar[SESSION] = "chosen-by-somebody-else"
    visitor.sign_in()
    first = visitor.jar[SESSION]
    assert first != "chosen-by-somebody-else"
    visitor.provider.acr = "phr"
    visitor.get("/export.csv")
    visitor.back()
    assert visitor.jar[SESSION] != first
    assert visitor.chart.page("/", {SESSION: first}, "b").status == 303, "the old one is worth nothing"


@pytest.mark.parametrize("path", ["/export.csv", "/export.json", "/patient/1006"])
def test_too_little_asks_once_and_ends_in_a_sentence(path: str) -> None:
    visitor = Visitor()
    visitor.sign_in()
    assert visitor.get(path).status == 303
    assert visitor.provider.asked[-1]["acr_values"] == ("phr" if "export" in path else "urn:kiosk:mfa")
    answer = visitor.back()
    assert (answer.status, "not enough" in answer.body) == (403, True)
    assert visitor.log == []


def test_an_old_proof_is_asked_for_anew() -> None:
    visitor = Visitor()
    visitor.provider.acr, visitor.provider.auth_time = "phr", int(time.time()) - 301
    visitor.sign_in()
    assert visitor.get("/export.csv").status == 303
    assert visitor.provider.asked[-1] == {"acr_values": "phr", "max_age": "300"}


def test_an_export_that_was_proved_begins_by_itself() -> None:
    visitor = Visitor()
    visitor.sign_in()
    visitor.get("/export.csv")
    visitor.provider.acr = "phr"
    assert visitor.back().headers["Location"] == "/ready.csv"
    assert 'content="0; url=/export.csv"' in visitor.get("/ready.csv").body


def test_an_export_is_looked_up_again() -> None:
    visitor = Visitor()
    visitor.provider.acr = "phr"
    visitor.sign_in()
    answer = visitor.get("/export.csv")
    assert (answer.status, answer.body.count("\r\n")) == (200, len(PATIENTS) + 1)
    assert visitor.log == ["exported csv Ada <b> phr"]
    visitor.provider.alive = False
    assert visitor.get("/export.json").status == 403


def test_a_logout_token_ends_it_and_another_does_not() -> None:
    visitor = Visitor()
    visitor.sign_in()
    assert visitor.chart.signed_out("forged").status == 400
    assert visitor.get("/").status == 200
    assert visitor.chart.signed_out("good").status == 200
    assert visitor.get("/").status == 303


def program(acr: str = "urn:kiosk:pin", path: str = "/fhir/Patient", shown: str = "t", **query: str) -> ChartAnswer:
    visitor = Visitor()
    visitor.provider.acr = acr
    return visitor.chart.interface(path, query, shown)


def read(answer: ChartAnswer) -> dict[str, Any]:
    return dict(json.loads(answer.body))


def test_a_program_is_told_what_would_do() -> None:
    assert program(shown="").headers["WWW-Authenticate"] == "Bearer"
    wants = 'Bearer error="insufficient_user_authentication", acr_values="urn:kiosk:mfa", max_age="900"'
    assert (program().status, program().headers["WWW-Authenticate"]) == (401, wants), "one of them is sensitive"
    assert read(program(acr="urn:kiosk:mfa"))["total"] == len(PATIENTS)
    found = program(family="oka")
    assert [entry["resource"]["id"] for entry in read(found)["entry"]] == ["1001"]
    assert program(path="/fhir/Patient/1006").status == 401
    assert program(path="/fhir/Observation", patient="1006").status == 401
    every = program(acr="urn:kiosk:mfa", path="/fhir/Patient/$everything")
    assert 'acr_values="phr"' in every.headers["WWW-Authenticate"]
    assert len(read(program(acr="phr", path="/fhir/Patient/$everything"))["entry"]) == len(PATIENTS) * 4


def test_a_search_pages_and_refuses_what_it_does_not_know() -> None:
    bundle, _ = search("Patient", {"_count": "2"}, BASE)
    links = cast(list[dict[str, str]], bundle["link"])
    assert (bundle["type"], bundle["total"], len(cast(list[object], bundle["entry"]))) == ("searchset", 6, 2)
    assert [link["relation"] for link in links] == ["self", "next"]
    for asked in ({"nmae": "x"}, {"_count": "-1"}, {"_count": "9" * 20}):
        with pytest.raises(SearchError):
            search("Patient", asked, BASE)
    with pytest.raises(SearchError):
        search("Observation", {}, BASE)
    assert search("Observation", {"patient": "Patient/1001", "code": "8867-4"}, BASE)[0]["total"] == 1


def test_a_cell_that_a_spreadsheet_would_calculate_is_text() -> None:
    bent = ChartPatient("9", "=HYPERLINK(1)", "Eve", "female", "1990-01-01", "+1", (1, 2, 3))
    assert "'=HYPERLINK(1), Eve" in as_csv([bent])
    assert ",'+1," in as_csv([bent])
