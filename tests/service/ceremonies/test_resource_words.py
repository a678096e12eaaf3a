"""What an application calls its resources: said beside them, from its registration alone, and signed with them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kiosk.model import consent
from kiosk.model.consent import Consent, ConsentLine
from kiosk.service.policy import rules_from
from kiosk.service.policy.resource_words import resources_from, words_of
from kiosk.settings import SettingsError
from tests.fakes.asking import make
from tests.fakes.service import Hospital, with_rules

RECORDS = "https://records.example"
SAID = {RECORDS: {"Ward": {"en": "Ward {id}", "es": "Unidad {id}"}, "Group": "Group of patients"}}
ASKED = Consent("ada", "Bay 2", "", "exporter", None, "record.export", "Ward/3-North", 12, "audit", RECORDS)


def test_by_audience_and_type() -> None:
    rules = rules_from({"resources": SAID}).resources
    assert words_of(rules, RECORDS, "Ward/3-North") == (("en", "Ward {id}"), ("es", "Unidad {id}"))
    assert words_of(rules, RECORDS, "Group/7") == (("", "Group of patients"),)
    for audience, resource in ((RECORDS, "Patient/1"), (RECORDS, "Ward"), ("https://other.example", "Ward/3")):
        assert words_of(rules, audience, resource) == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "resources"),
        ({RECORDS: "Ward"}, "resources"),
        ({RECORDS: {"a ward": "Ward"}}, "type of resource"),
        ({RECORDS: {"Ward": 3}}, "Ward"),
        ({RECORDS: {"Ward": ""}}, "characters"),
        ({RECORDS: {"Ward": {"en": "W" * 61}}}, "characters"),
        ({RECORDS: {"Ward": {"en": "Ward\u202e{id}"}}}, "characters"),
        ({RECORDS: {"Ward": {"english": "Ward"}}}, "language"),
        ({RECORDS: {"Ward": "Ward {number}"}}, "{id}"),
    ],
)
def test_what_no_screen_could_say_is_refused(value: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        resources_from(value)


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Ward 3-North"), ("es", "Unidad 3-North"), ("fr", "Ward 3-North")]
)
def test_the_words_stand_before_the_signed_value_and_never_instead(language: str, text: str) -> None:
    asked = replace(ASKED, words=(("en", "Ward {id}"), ("es", "Unidad {id}")))
    drawn = consent.lines(asked, language)
    at = drawn.index(ConsentLine("resource", "Ward/3-North"))
    assert drawn[at - 1] == ConsentLine("words", text)
    assert [line for line in drawn if line.key != "words"] == list(consent.lines(ASKED, language))


def test_they_are_in_statement_and_digest_and_tell_nothing_of_the_resource() -> None:
    bare = consent.statement(ASKED, "en", "c0ffee", ())
    assert "words" not in bare, "what was signed before there were words is verified as it was"
    asked = replace(ASKED, words=(("en", "Ward {id}"), ("es", "Unidad {id}")))
    said = [consent.statement(asked, language, "c0ffee", ()) for language in ("en", "es")]
    assert [view["words"] for view in said] == ["Ward {id}", "Unidad {id}"]
    assert len({str(statement["drawn"]) for statement in (bare, *said)}) == 3
    assert "3-North" not in json.dumps(said)
    other = replace(asked, resource="Ward/4-South")
    assert consent.drawn(other, "en", "c0ffee", ()) == said[0]["drawn"], "the commitment alone tells which"


async def test_from_the_registration_to_the_statement(service: Hospital) -> None:
    ward = await make(service)
    with with_rules(service, rules_from({"resources": SAID})):
        view = await ward.station.step_up(ward.session, resource="Ward/3-North", records=51, audience=RECORDS)
        assert view.body["words"] == [["en", "Ward {id}"], ["es", "Unidad {id}"]]
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    assert json.loads(challenge["statement"])["words"] == "Ward {id}", "as it was when it was asked for"
    done = await ward.by_key(view)
    claims = await ward.claims(done.body["grant"]["token"])
    assert (claims["resource"], "words" in claims) == ("Ward/3-North", False)


async def test_without_words_nothing_is_added(service: Hospital) -> None:
    ward = await make(service)
    view = await ward.station.step_up(ward.session, resource="Ward/3-North", records=51, audience=RECORDS)
    assert view.body["words"] == []
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    assert "words" not in json.loads(challenge["statement"])
