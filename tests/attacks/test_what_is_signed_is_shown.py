"""Whatever is signed and in the token stands on the screen, whole; what cannot stand there is refused at both doors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import ask
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.model import binding
from tests.fakes.asking import Ward, make
from tests.fakes.consented import consented
from tests.fakes.service import Hospital
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

WISH: dict[str, Any] = {"op": "step_up", "action": "record.export", "resource": "Patient/123", "records": 51}
TRICKS = {
    "a zero-width space": ("Patient/12\u200b3", "cannot be seen"),
    "a word joiner at the end": ("Patient/123\u2060", "cannot be seen"),
    "a soft hyphen": ("Pat\u00adient/123", "cannot be seen"),
    "a text that turns round": ("Patient/\u202e321", "cannot be seen"),
    "an isolate": ("Patient/\u2067123\u2069", "cannot be seen"),
    "a tag": ("Patient/123\U000e0041", "cannot be seen"),
    "a variation selector": ("Patient/123\ufe0f", "cannot be seen"),
    "a Hangul filler": ("Patient/123\u3164", "cannot be seen"),
    "a blank of Braille": ("Patient/123\u2800", "cannot be seen"),
    "a line break": ("Patient/123\nPatient/9", "cannot be seen"),
    "a space that does not break": ("Patient\u00a0123", "cannot be seen"),
    "many spaces before a tail": ("Patient/123" + " " * 200 + "Ward/ALL", "two spaces"),
    "a Cyrillic letter": ("P\u0430tient/123", "two scripts"),
    "a Greek letter": ("Patient/\u039f", "two scripts"),
    "Cyrillic alone that looks Latin": ("\u0420\u0410\u0421\u0415", "look like Latin"),
    "Cyrillic with marks that looks Latin": ("\u0420\u0401\u041e/\u0407\u04e6", "look like Latin"),
    "Greek with marks that looks Latin": ("\u038a\u038c/\u03ca", "look like Latin"),
    "Cyrillic that looks like a digit": ("\u0417\u0417/\u041e", "look like Latin"),
    "Cyrillic that looks like Latin with a tail": ("\u04ab\u0430\u0455\u0435", "look like Latin"),
    "a ligature of Cyrillic": ("\u04d4", "look like Latin"),
    "a letter and another one that is drawn alike": ("Patient/\u0110\u00d0", "draws alike"),
    "two quotation marks for one": ("Ward/\u2019\u2019 3", "looks like another"),
    "full-width digits": ("Patient/\uff11\uff12", "looks like another"),
    "mathematical letters": ("\U0001d40fatient/123", "looks like another"),
    "digits of another script": ("Patient/\u0661\u0662", "looks like another"),
    "another hyphen": ("Ward\u20103", "looks like another"),
    "a division slash": ("Patient\u2215123", "looks like another"),
    "marks upon marks": ("Patient/1\u0336\u0335", "looks like another"),
    "two letters for one": ("Ward/e\u0301", "normal form C"),
    "a script that the screen cannot draw": ("\u60a3\u8005", "cannot draw"),
}


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def door(tmp_path: Path, session: SessionAtTheDoor) -> Iterator[LocalDoor]:
    made = LocalDoor(tmp_path, session.rings, nobody, dict)
    yield made
    made.close()


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Ward:
    await service.application("evil", "https://evil.example")
    return await make(service)


@pytest.mark.parametrize("field", ["resource", "purpose", "patients", "lost"])
def test_the_doorbell_names_the_field_and_the_rule(
    door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, field: str, subtests: pytest.Subtests
) -> None:
    for trick, (text, rule) in TRICKS.items():
        with subtests.test(trick):
            answer = ask(address.doorbell(tmp_path), {**WISH, field: [text] if field in ("patients", "lost") else text})
            assert answer["error"] == "bad_request"
            assert f"“{field}”" in answer["detail"]
            assert rule in answer["detail"]
            assert session.heard.empty()


@pytest.mark.parametrize("field", ["resource", "purpose", "patients", "lost", "program", "audience", "origin"])
async def test_the_service_refuses_it_too(ward: Ward, field: str, subtests: pytest.Subtests) -> None:
    for trick, (text, rule) in TRICKS.items():
        with subtests.test(trick):
            said: Any = [text] if field in ("patients", "lost") else text
            answer = await ward.station.step_up(ward.session, **{field: said})
            assert (answer.status, answer.code) == (422, "not_drawable")
            assert rule in answer.body["detail"] or field in ("audience", "origin")


async def test_a_purpose_that_was_typed_is_held_to_the_same_rules(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, action="bulk.print", purpose=None, records=51)
    for text, _ in TRICKS.values():
        assert (await ward.station.challenge(view.body["id"], "fido2", text)).code == "bad_purpose"


async def test_five_hundred_other_patients_and_another_audience_stand_on_the_screen_and_in_the_token(
    ward: Ward,
) -> None:
    patients = [f"Patient/{number}" for number in range(500)]
    wish = await consented(ward, records=51, patients=patients, audience="https://evil.example")
    assert ("audience", "https://evil.example") in wish.shown
    assert [value for key, value in wish.shown if key == "patient"] == patients
    statement = await wish.challenge()
    assert (statement["audience"], len(statement["patients"])) == ("https://evil.example", 500)
    claims = await wish.token()
    listed = binding.canonical_json([*patients])
    digest = binding.b64u(hashlib.sha256(listed).digest())
    assert claims["patients"] == {"count": 500, "sha256": digest}


@pytest.mark.parametrize("field", ["resource", "purpose", "program"])
async def test_the_tail_of_a_long_text_stands_on_the_screen(ward: Ward, field: str) -> None:
    text = ("Patient/123 and " + "W" * 512)[:504] + "Ward/ALL"
    wish = await consented(ward, records=51, **{field: text})
    key = {"program": "unregistered"}.get(field, field)
    assert (key, text) in wish.shown
    await wish.challenge()
    claims = await wish.token()
    assert text in (claims[field], claims["program"]["path"])
    assert (await ward.station.step_up(ward.session, **{field: text + "x"})).code == "too_long"


async def test_of_two_letters_that_are_drawn_alike_the_screen_says_which_it_is(ward: Ward) -> None:
    """Both are some language's own, so both are taken; the pictures differ, and so do digest and token."""
    pictures = set()
    for letter in ("\u0110", "\u00d0"):
        wish = await consented(ward, records=51, resource=f"Patient/{letter}1", patients=[f"Patient/{letter}1"])
        shown = [value for key, value in wish.shown if key in ("resource", "patient")]
        said = " \u2190 U+00D0 LATIN CAPITAL LETTER ETH" if letter == "\u00d0" else ""
        assert shown == [f"Patient/{letter}1{said}"] * 2
        pictures.add(shown[0].replace(letter, "\u0110"))
        await wish.challenge()
        assert (await wish.token())["resource"] == f"Patient/{letter}1"
    assert len(pictures) == 2


async def test_no_records_are_shown_as_a_number(ward: Ward) -> None:
    wish = await consented(ward, action="other.act", records=0)
    assert ("records", "0") in wish.shown
    assert (await wish.challenge())["records"] == 0
    assert (await wish.token())["records"] == 0


async def test_an_audience_that_nobody_named_is_shown_too(ward: Ward) -> None:
    wish = await consented(ward, records=51)
    statement = await wish.challenge()
    claims = await wish.token()
    assert statement["audience"] == claims["aud"]
    assert ("audience", claims["aud"]) in wish.shown


async def test_every_claim_of_what_was_approved_was_shown(ward: Ward) -> None:
    ask = {"records": 51, "patients": ["Patient/1", "Patient/2"], "lost": ["pin"], "audience": "https://evil.example"}
    wish = await consented(ward, **ask)
    await wish.challenge()
    claims = await wish.token()
    shown = dict(wish.shown)
    for name in ("action", "resource", "purpose"):
        assert claims[name] == shown[name]
    assert claims["aud"] == shown["audience"]
    assert str(claims["records"]) == shown["records"]
    assert claims["program"] == {"name": None, "path": shown["unregistered"]}
    assert shown["who"] == f"{claims['sub']} · {claims['workstation']}"
    assert [value for key, value in wish.shown if key == "lost"] == claims["lost"]
    assert len([key for key, _ in wish.shown if key == "patient"]) == claims["patients"]["count"]


async def test_the_digest_of_what_was_drawn_is_signed_and_tells_language_and_order_apart(ward: Ward) -> None:
    wish = await consented(ward, records=51, patients=["Patient/1", "Patient/2"])
    english, french = await wish.challenge(), await wish.challenge("fr")
    assert (english["language"], french["language"]) == ("en", "fr")
    assert len({english["drawn"], french["drawn"]}) == 2
    assert "Patient/1" not in str(english), "patients are found among the openings alone"
    await wish.token()
    row = (await ward.hospital.trail("stepup"))[-1]
    assert row["result"] == "success"
