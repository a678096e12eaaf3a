"""What is signed for an enrolment says whose factor it is, of which kind, and who says so: as the screen does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.agent.binding_check import BindingMismatchError, check, check_try
from kiosk.model import binding, statement
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import EnrolAct, FactorKind
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.session.facts.ceremony_orders import AskChallenge
from kiosk.session.facts.enrolment_orders import ShownEnrolment
from tests.agent.test_binding_check import STATION, challenge

ANNA, BEN = Person("p-1", "anna", "Anna", ()), Person("p-2", "ben", "Ben", ())
PROVE = ShownEnrolment("e-1", "prove", EnrolAct.ADD, FactorKind.KEY, None, ANNA, ANNA)
VOUCH = replace(PROVE, part="vouch", signer=BEN)
TRY = replace(PROVE, part="try")


def said(shown: ShownEnrolment, **changed: Any) -> dict[str, Any]:
    """The statement of an honest service."""

    def named(who: Person | None) -> tuple[str, str] | None:
        return (who.id, who.login) if who else None

    facts: dict[str, Any] = {
        "ceremony": "e-1" if shown.part == "try" else "c-1",
        "method": Method.FIDO2,
        "workstation": "ws-1",
        "time": 1_790_000_000,
        "part": shown.part,
        "enrolment": shown.enrolment,
        "act": shown.act.value,
        "kind": shown.kind.value if shown.kind else None,
        "factor": shown.factor,
        "signer": named(shown.signer),
        "subject": named(shown.subject),
    }
    return dict(statement.enrol(**{**facts, **changed}))


def asked(told: dict[str, Any], **changed: Any) -> Challenge:
    return challenge(told, binding.ENROL_LABEL, **{"openings": (), **changed})


def order(shown: ShownEnrolment) -> AskChallenge:
    return AskChallenge(7, "c-1", Method.FIDO2, shown=shown, login=shown.signer.login if shown.signer else None)


@pytest.mark.parametrize("shown", [PROVE, VOUCH, replace(PROVE, subject=None, signer=None)])
def test_an_honest_one_passes(shown: ShownEnrolment) -> None:
    check(asked(said(shown)), order(shown), STATION)


@pytest.mark.parametrize("shown", [PROVE, VOUCH])
@pytest.mark.parametrize(
    "changed",
    [
        {"part": "try"},
        {"enrolment": "e-2"},
        {"act": "lost"},
        {"kind": "badge"},
        {"kind": None},
        {"factor": "badge:b-1"},
        {"subject": ("p-9", "eve")},
        {"subject": None},
        {"signer": ("p-9", "eve")},
        {"signer": None},
        {"workstation": "ws-2"},
        {"ceremony": "c-2"},
    ],
    ids=str,
)
def test_what_the_screen_does_not_say_is_not_signed(shown: ShownEnrolment, changed: dict[str, Any]) -> None:
    with pytest.raises(BindingMismatchError):
        check(asked(said(shown, **changed)), order(shown), STATION)


@pytest.mark.parametrize("label", [binding.SIGN_IN_LABEL, binding.STEP_UP_LABEL])
def test_it_is_signed_under_its_own_label_alone(label: str) -> None:
    with pytest.raises(BindingMismatchError):
        check(challenge(said(PROVE), label, openings=()), order(PROVE), STATION)


def test_a_typed_login_is_somebody_of_that_login_and_nobody_else() -> None:
    """The screen cannot know their id before they have proved it; the statement names them all the same."""
    shown = replace(PROVE, subject=None, signer=None)
    typed = replace(order(shown), login="anna")
    check(asked(said(PROVE)), typed, STATION)
    with pytest.raises(BindingMismatchError):
        check(asked(said(replace(PROVE, subject=BEN, signer=BEN))), typed, STATION)
    with pytest.raises(BindingMismatchError):
        check(asked(said(replace(PROVE, subject=BEN))), typed, STATION)


def test_the_mark_of_a_badge_that_moves_is_the_services_to_know() -> None:
    moving = replace(VOUCH, kind=FactorKind.BADGE, moves=True)
    check(asked(said(moving, factor="badge:b-1")), order(moving), STATION)
    with pytest.raises(BindingMismatchError):
        check(asked(said(moving, factor="key:k-1")), order(moving), STATION)
    with pytest.raises(BindingMismatchError):
        check(
            asked(said(replace(moving, moves=False), factor="badge:b-1")), order(replace(moving, moves=False)), STATION
        )


def test_a_try_belongs_to_the_enrolment_itself() -> None:
    check_try(asked(said(TRY), ceremony="e-1"), TRY, STATION)
    for told, changed in (
        (said(TRY), {"ceremony": "e-2"}),
        (said(TRY, ceremony="c-1"), {"ceremony": "e-1"}),
        (said(TRY, method=Method.PIV_PIN), {"ceremony": "e-1", "method": Method.PIV_PIN}),
        (said(PROVE, ceremony="e-1"), {"ceremony": "e-1"}),
        (said(TRY), {"ceremony": "e-1", "origin": "https://evil.example"}),
        (said(TRY), {"ceremony": "e-1", "user_verification": "discouraged"}),
    ):
        with pytest.raises(BindingMismatchError):
            check_try(asked(told, **changed), TRY, STATION)


def test_a_new_card_may_be_tried_without_a_pin() -> None:
    card = replace(TRY, kind=FactorKind.PIV)
    told = said(card, method=Method.PIV_TAP)
    check_try(asked(told, ceremony="e-1", method=Method.PIV_TAP, user_verification="discouraged"), card, STATION)
