"""What a person consents to is drawn whole or refused: whichever part breaks a rule, it is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.consent import (
    MAX_LOST,
    MAX_PATIENTS,
    MAX_RECORDS,
    Consent,
    ConsentLine,
    check,
    check_ask,
    check_asker,
    claims,
    lines,
    statement,
)
from kiosk.model.drawable import NotDrawableError
from kiosk.model.enrolment.factors import MAX_NAME, check_name
from kiosk.model.signing import digest

CONSENT = Consent(
    login="anna",
    workstation="Bay 2",
    program="Clinical records",
    path="/opt/records/bin/records",
    origin="https://records.example",
    action="record.export",
    resource="Ward/3",
    records=12,
    purpose="transfer of care",
    audience="https://export.example",
    patients=("Patient/1", "Patient/2"),
    lost=("pin",),
)


def test_what_can_be_drawn_is_taken() -> None:
    check(CONSENT)
    check(replace(CONSENT, program="", path="", origin=None, purpose=None, patients=(), lost=()))


@pytest.mark.parametrize(
    ("part", "value", "named"),
    [
        ("resource", "Ward/3\u200b", "resource"),
        ("purpose", "two  spaces", "purpose"),
        ("audience", "with a space", "audience"),
        ("program", "Clinical\nrecords", "program"),
        ("path", "/opt/\u202erecords", "path of the program"),
        ("origin", "https://рecords.example", "origin"),
        ("patients", ("Patient/1", ""), "patients"),
        ("lost", ("pin", "key\u00ad"), "lost"),
    ],
)
def test_a_part_that_cannot_be_drawn_is_named(part: str, value: object, named: str) -> None:
    with pytest.raises(NotDrawableError) as refused:
        check(replace(CONSENT, **{part: value}))  # type: ignore[arg-type]  # each of its field's type
    assert refused.value.field == named


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"action": "record export"}, "An action is a short name"),
        ({"action": ""}, "An action is a short name"),
        ({"records": -1}, "The number of records"),
        ({"records": MAX_RECORDS + 1}, "The number of records"),
        ({"records": True}, "The number of records"),
        ({"patients": ("Patient/1",) * (MAX_PATIENTS + 1)}, "patients and"),
        ({"lost": ("pin",) * (MAX_LOST + 1)}, "lost factors"),
    ],
)
def test_what_is_beyond_a_limit_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check(replace(CONSENT, **changed))  # type: ignore[arg-type]  # each of its field's type


def test_the_limits_themselves_are_taken() -> None:
    check(replace(CONSENT, records=0))
    check(replace(CONSENT, records=MAX_RECORDS, patients=("P/1",) * MAX_PATIENTS, lost=("pin",) * MAX_LOST))


def test_an_audience_that_a_program_names_is_held_to_the_same_rules() -> None:
    check_ask("record.export", "Ward/3", 1, None, (), audience="https://export.example")
    with pytest.raises(NotDrawableError):
        check_ask("record.export", "Ward/3", 1, None, (), audience="two words")


def test_a_program_that_the_system_cannot_name_asks_with_its_origin_alone() -> None:
    check_asker("", "https://records.example")
    with pytest.raises(NotDrawableError):
        check_asker("", "")


def test_a_tokens_claims_say_all_that_was_drawn_and_patients_as_a_number_and_a_digest() -> None:
    said = claims(CONSENT)
    assert said == {
        "aud": "https://export.example",
        "sub": "anna",
        "action": "record.export",
        "resource": "Ward/3",
        "records": 12,
        "purpose": "transfer of care",
        "lost": ["pin"],
        "origin": "https://records.example",
        "program": {"name": "Clinical records", "path": "/opt/records/bin/records"},
        "workstation": "Bay 2",
        "patients": {"count": 2, "sha256": digest(b'["Patient/1","Patient/2"]')},
    }
    other_way_round = claims(replace(CONSENT, patients=CONSENT.patients[::-1]))
    assert other_way_round["patients"] != said["patients"]
    nameless = claims(replace(CONSENT, program=""))["program"]
    assert nameless == {"name": None, "path": "/opt/records/bin/records"}


def test_a_name_that_no_screen_shows_whole_is_none() -> None:
    check_name("x" * MAX_NAME)
    for name in ("x" * (MAX_NAME + 1), "", "blue\u202ekey"):
        with pytest.raises(NotDrawableError):
            check_name(name)


def test_a_server_stands_where_a_program_does_and_is_signed() -> None:
    asked = replace(CONSENT, program="", path="", origin=None, server="Chart", message="code 4711")
    check(asked)
    drawn = lines(asked)
    assert drawn[1:3] == (ConsentLine("server", "Chart"), ConsentLine("message", "code 4711"))
    assert not {"program", "path", "unregistered", "origin"} & {line.key for line in drawn}
    said = statement(asked, "en", "c0ffee", ("a1", "a2"))
    assert (said["server"], said["message"]) == ("Chart", "code 4711")
    others = [replace(asked, server="Portal"), replace(asked, message="code 4712"), replace(asked, message=None)]
    digests = {statement(each, "en", "c0ffee", ("a1", "a2"))["drawn"] for each in (asked, *others)}
    assert len(digests) == 4, "each of both is in the digest of what was drawn"
    assert (claims(asked)["server"], claims(asked)["message"]) == ("Chart", "code 4711")


def test_what_a_program_asks_says_nothing_of_a_server() -> None:
    """A statement of before is what it was."""
    assert not {"server", "message"} & (
        statement(CONSENT, "en", "c0ffee", ("a1", "a2")).keys() | claims(CONSENT).keys()
    )


@pytest.mark.parametrize(
    ("part", "value", "named"),
    [
        ("server", "Chart\u200b", "server"),
        ("message", "c\u043ede", "binding_message"),
        ("message", "", "binding_message"),
    ],
)
def test_what_a_server_writes_has_to_be_drawable(part: str, value: str, named: str) -> None:
    with pytest.raises(NotDrawableError) as refused:
        check(replace(CONSENT, **{"server": "Chart", part: value}))  # type: ignore[arg-type]  # each of its field's type
    assert refused.value.field == named
