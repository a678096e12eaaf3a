"""A challenge is signed only if it says exactly what the screen shows."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from kiosk.agent.binding_check import BindingMismatchError, check
from kiosk.model import binding, statement
from kiosk.model.challenge import Challenge, CommitmentOpening
from kiosk.model.consent import Consent
from kiosk.model.people import StationView
from kiosk.model.proof import Method
from kiosk.session.facts.ceremony_orders import AskChallenge

STATION = StationView(
    id="ws-1",
    name="ward-3",
    place="Ward 3",
    origin="https://auth.hospital.example",
    rp_id="auth.hospital.example",
    grace=1,
    idle=1,
    warning=30,
    stepup_seconds=120,
    names="none",
    exempt=False,
    web_origins=(),
    trust=(),
)
SHOWN = Consent(
    login="anna",
    workstation="Bay 2",
    program="",
    path="exporter",
    origin=None,
    action="record.export",
    resource="Patient/123",
    records=12,
    purpose="transfer of care",
    audience="https://export.example",
    patients=("Patient/123", "Patient/9"),
    lost=("pin",),
)
ORDER = AskChallenge(7, "c-1", Method.FIDO2, "transfer of care", SHOWN, "anna")
FIELDS = {field.name for field in fields(Consent)} - {"workstation", "resource", "patients"}
NONCE = bytes(range(32))


def opening(value: str, salt: bytes = b"s" * 16) -> CommitmentOpening:
    return CommitmentOpening(binding.commitment(salt, value), binding.b64u(salt), value)


OPENINGS = (opening("Patient/123"), opening("Patient/123", b"t" * 16), opening("Patient/9"))


def said(**changed: Any) -> dict[str, Any]:
    """The statement of ``ORDER`` as an honest service makes it, or with something changed."""
    facts: dict[str, Any] = {
        "ceremony": "c-1",
        "method": Method.FIDO2,
        "workstation": "ws-1",
        "time": 1_790_000_000,
        "person": "p-1",
        "language": "en",
        "resource": OPENINGS[0].commitment,
        "patients": [OPENINGS[1].commitment, OPENINGS[2].commitment],
    }
    told = {name: changed.pop(name) for name in FIELDS & changed.keys()}
    # No consent is for no audience, so no honest service draws one: it is put in afterwards.
    bent = {"audience": told.pop("audience")} if told.get("audience", "") is None else {}
    if "patients" in changed:  # as many as are committed to
        told["patients"] = SHOWN.patients[: len(changed["patients"])]
    where = changed.pop("at", SHOWN.workstation)
    return {**statement.step_up(replace(SHOWN, workstation=where, **told), **{**facts, **changed}), **bent}


def challenge(told: dict[str, Any], label: str = binding.STEP_UP_LABEL, **changed: Any) -> Challenge:
    text = binding.canonical(told)
    facts: dict[str, Any] = {
        "ceremony": "c-1",
        "method": Method.FIDO2,
        "label": label,
        "nonce": binding.b64u(NONCE),
        "challenge": binding.b64u(binding.challenge(label, NONCE, text)),
        "statement": text.decode(),
        "expires_in": 60,
        "rp_id": STATION.rp_id,
        "origin": STATION.origin,
        "openings": OPENINGS,
    }
    return Challenge(**{**facts, **changed})


def test_an_honest_step_up_passes() -> None:
    check(challenge(said()), ORDER, STATION)


def test_the_programs_own_purpose_counts_where_nobody_picked_one() -> None:
    order = replace(ORDER, purpose=None, shown=replace(SHOWN, purpose="audit"))
    check(challenge(said(purpose="audit")), order, STATION)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("login", "ben"),
        ("action", "record.delete"),
        ("records", 12_000),
        ("purpose", "something else"),
        ("purpose", None),
        ("audience", "https://evil.example"),
        ("audience", None),
        ("program", "Clinical records"),
        ("path", "other"),
        ("lost", ()),
        ("words", (("en", "Harmless list {id}"),)),
        ("lost", ("pin", "key:8fJx41Qa")),
        ("language", "fr"),
        ("at", "Bay 3"),
        ("origin", "https://records.example"),
        ("workstation", "ws-2"),
        ("ceremony", "c-2"),
        ("method", Method.PIN),
        ("resource", OPENINGS[2].commitment),
        ("resource", "00" * 32),
        ("patients", []),
        ("patients", [OPENINGS[2].commitment, OPENINGS[1].commitment]),
        ("patients", [OPENINGS[1].commitment]),
        ("time", "now"),
        ("resource", None),
        ("resource", 7),
        ("patients", "Patient/123"),
    ],
)
def test_a_statement_that_says_otherwise_is_refused(part: str, value: object) -> None:
    with pytest.raises(BindingMismatchError):
        check(challenge(said(**{part: value})), ORDER, STATION)


def test_true_is_not_one_record() -> None:
    order = replace(ORDER, shown=replace(SHOWN, records=1))
    with pytest.raises(BindingMismatchError):
        check(challenge(said(records=True)), order, STATION)


@pytest.mark.parametrize("extra", [{"also": "this"}, {"version": 1}, {"drawn": "00" * 32}, {"kind": "sign_in"}])
def test_a_statement_of_another_form_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(BindingMismatchError):
        check(challenge({**said(), **extra}), ORDER, STATION)


@pytest.mark.parametrize(
    "changed",
    [
        {"challenge": binding.b64u(bytes(32))},
        {"nonce": binding.b64u(bytes(32))},
        {"nonce": "short"},
        {"challenge": "not base64url!"},
        {"ceremony": "c-2"},
        {"method": Method.FIDO2_TAP},
        {"rp_id": "evil.example"},
        {"origin": "https://auth.hospital.example.evil"},
        {"user_verification": "discouraged"},
        {"openings": ()},
        {"statement": "not json"},
        {"statement": "[]"},
    ],
)
def test_a_challenge_that_does_not_fit_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BindingMismatchError):
        check(challenge(said(), **changed), ORDER, STATION)


def test_a_statement_that_is_not_canonical_is_refused() -> None:
    text = binding.canonical(said()).decode().replace('":', '": ')
    digest = binding.b64u(binding.challenge(binding.STEP_UP_LABEL, NONCE, text.encode()))
    with pytest.raises(BindingMismatchError):
        check(challenge(said(), statement=text, challenge=digest), ORDER, STATION)


def test_an_opening_with_another_value_or_a_short_salt_is_refused() -> None:
    false = CommitmentOpening(OPENINGS[0].commitment, OPENINGS[0].salt, "Patient/124")
    with pytest.raises(BindingMismatchError):
        check(challenge(said(), openings=(false, *OPENINGS[1:])), ORDER, STATION)
    weak = opening("Patient/123", b"s")
    with pytest.raises(BindingMismatchError):
        check(challenge(said(resource=weak.commitment), openings=(weak, *OPENINGS)), ORDER, STATION)


def test_a_sign_in_is_bound_to_its_person_once_they_are_known() -> None:
    order = AskChallenge(7, "c-1", Method.FIDO2, login="anna")
    facts: dict[str, Any] = {"ceremony": "c-1", "method": Method.FIDO2, "workstation": "ws-1", "time": 1}
    honest = statement.sign_in(**facts, person="p-1", login="anna")
    check(challenge(dict(honest), binding.SIGN_IN_LABEL, openings=()), order, STATION)
    for other in (statement.sign_in(**facts, person="p-2", login="ben"), statement.sign_in(**facts)):
        with pytest.raises(BindingMismatchError):
            check(challenge(dict(other), binding.SIGN_IN_LABEL, openings=()), order, STATION)


def test_a_tap_that_has_not_said_who_it_is_may_be_signed() -> None:
    order = AskChallenge(7, "c-1", Method.FIDO2_TAP)
    told = statement.sign_in(ceremony="c-1", method=Method.FIDO2_TAP, workstation="ws-1", time=1)
    check(challenge(dict(told), binding.SIGN_IN_LABEL, method=Method.FIDO2_TAP, openings=()), order, STATION)


def test_a_sign_in_is_never_signed_under_the_step_ups_label() -> None:
    order = AskChallenge(7, "c-1", Method.FIDO2, login="anna")
    told = statement.sign_in(
        ceremony="c-1", method=Method.FIDO2, workstation="ws-1", time=1, person="p-1", login="anna"
    )
    with pytest.raises(BindingMismatchError):
        check(challenge(dict(told), binding.STEP_UP_LABEL), order, STATION)


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_what_a_resource_is_called_is_checked_in_the_language_of_the_screen(language: str) -> None:
    words = (("en", "Record of {id}"), ("es", "Historia de {id}"))
    order = replace(ORDER, shown=replace(SHOWN, words=words), language=language)
    check(challenge(said(words=words, language=language)), order, STATION)
    with pytest.raises(BindingMismatchError):
        check(challenge(said(words=words[:1], language="es")), replace(order, language="es"), STATION)


@pytest.mark.parametrize("known", ["anna", None], ids=["told", "not told"])
@pytest.mark.parametrize("who", [None, "anna", {"id": "p-1"}, {"login": "anna"}, {"id": 1, "login": "anna"}, []])
def test_a_step_up_names_its_person_whether_the_order_does_or_not(who: object, known: str | None) -> None:
    with pytest.raises(BindingMismatchError, match="person"):
        check(challenge({**said(), "who": who}), replace(ORDER, login=known), STATION)


def test_an_opening_whose_salt_is_no_base64url_opens_nothing() -> None:
    broken = replace(OPENINGS[0], salt="not base64url!")
    with pytest.raises(BindingMismatchError):
        check(challenge(said(), openings=(broken, *OPENINGS[1:])), ORDER, STATION)
