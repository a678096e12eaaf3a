"""A key that shows whose it is only with its PIN goes on to its PIN; what it is besides is looked at first."""

from __future__ import annotations

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer, Why
from kiosk.model.proof import Fido2Presented, Method
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard, ProbeCard, SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge, BeginCeremony, CancelCeremony, SendProof
from kiosk.session.facts.screens import Opening, SecondFactor
from tests.session.shift import Shift, notice
from tests.session.world import (
    ANA,
    ANA_BADGE,
    BEN,
    BEN_BADGE,
    BIO_KEY,
    KEY,
    PIN_OFFER,
    PKOC_BADGE,
    opened,
    refused,
    session,
    wants,
)

TAP, UV = MethodOffer(Method.FIDO2_TAP), MethodOffer(Method.FIDO2)
ALWAYS = Fido2Presented("33" * 16, has_pin=True, built_in_uv=False, always_uv=True)
HIDES = [CardTrouble.KEY_HIDES, CardTrouble.KEY_MAY_HIDE]


def hidden(
    trouble: CardTrouble = CardTrouble.KEY_HIDES,
    key: Fido2Presented = ALWAYS,
    offers: tuple[MethodOffer, ...] = (TAP, UV),
    shift: Shift | None = None,
) -> Shift:
    """It was tapped, and did not show whose it is."""
    shift = shift or Shift()
    shift.tap()
    shift.reads(key)
    shift.says(wants("c1", None, *offers, why=Why.POSSESSION))
    shift.challenges("c1", Method.FIDO2_TAP)
    shift.fails(trouble)
    return shift


def asks_for_its_pin(shift: Shift) -> Shift:
    """Nor is it a badge that signs."""
    assert shift.asked(ProbeCard).wants == "pkoc"
    shift.reads(ALWAYS)
    return shift


@pytest.mark.parametrize("trouble", HIDES)
@pytest.mark.parametrize("key", [ALWAYS, KEY, BIO_KEY])
def test_its_pin_says_whose_it_is_and_signs_in(trouble: CardTrouble, key: Fido2Presented) -> None:
    shift = asks_for_its_pin(hidden(trouble, key))
    screen = shift.shows(SecondFactor)
    assert (screen.person, screen.prove.method, screen.prove.offers) == (None, Method.FIDO2, (UV,))
    assert not [order for order in shift.history if isinstance(order, CancelCeremony)]
    pin = shift.types("any PIN")
    tap = shift.tap()
    shift.reads(key)
    asked = shift.did(AskChallenge)[0]
    assert (asked.ceremony, asked.method, asked.login) == ("c1", Method.FIDO2, None)
    shift.challenges("c1", Method.FIDO2)
    (sign,) = shift.did(SignChallenge)
    assert (sign.tap, sign.secret) == (tap, pin)
    shift.signs()
    assert shift.did(SendProof)[0].ceremony == "c1"
    shift.says(opened("c1", session(1, ANA)))
    shift.shows(Opening)


def test_the_key_is_let_go_and_held_again_for_its_presence_may_be_spent() -> None:
    shift = asks_for_its_pin(hidden())
    assert shift.did(DropCard)


def test_a_sensor_spares_the_typing() -> None:
    shift = asks_for_its_pin(hidden(CardTrouble.KEY_MAY_HIDE, BIO_KEY))
    shift.tap()
    shift.reads(BIO_KEY)
    assert shift.did(AskChallenge)[0].method == Method.FIDO2


def test_what_else_is_wanted_is_asked_of_whoever_the_key_named() -> None:
    shift = asks_for_its_pin(hidden())
    shift.types("any PIN")
    shift.tap()
    shift.reads(ALWAYS)
    shift.challenges("c1", Method.FIDO2)
    shift.signs()
    shift.says(wants("c1", ANA, PIN_OFFER, why=Why.FIRST_SIGN_IN))
    assert shift.shows(SecondFactor).person == ANA


@pytest.mark.parametrize("trouble", HIDES)
def test_a_badge_that_signs_is_taken_first_and_the_keys_ceremony_ends(trouble: CardTrouble) -> None:
    shift = hidden(trouble)
    shift.reads(PKOC_BADGE)
    assert shift.did(CancelCeremony)[0].ceremony == "c1"
    assert shift.asked(BeginCeremony).presented == PKOC_BADGE


@pytest.mark.parametrize("trouble", HIDES)
def test_a_service_that_takes_no_such_proof_leaves_the_true_sentence(trouble: CardTrouble) -> None:
    shift = asks_for_its_pin(hidden(trouble, offers=(TAP,)))
    assert notice(shift).key == f"card.{trouble}"


def test_a_key_that_went_on_to_nothing_because_it_was_lifted_is_asked_for_its_pin_all_the_same() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ALWAYS)
    shift.says(wants("c1", None, TAP, UV, why=Why.POSSESSION))
    shift.challenges("c1", Method.FIDO2_TAP)
    shift.lift()
    shift.fails(CardTrouble.KEY_HIDES)
    assert shift.shows(SecondFactor).person is None


def test_lifted_while_it_is_looked_at_once_more_it_is_asked_for_its_pin_too() -> None:
    shift = hidden()
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.shows(SecondFactor).person is None


def test_a_key_that_holds_nothing_after_its_pin_either_says_so() -> None:
    shift = asks_for_its_pin(hidden(CardTrouble.KEY_MAY_HIDE))
    shift.types("any PIN")
    shift.tap()
    shift.reads(ALWAYS)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(CardTrouble.NO_CREDENTIAL)
    assert shift.prove.trouble == CardTrouble.NO_CREDENTIAL


def test_a_key_that_nobody_here_enrolled_is_refused_by_the_service() -> None:
    shift = asks_for_its_pin(hidden())
    shift.types("any PIN")
    shift.tap()
    shift.reads(ALWAYS)
    shift.challenges("c1", Method.FIDO2)
    shift.signs()
    shift.says(refused("c1", RefusalCode.WRONG_KEY))
    assert notice(shift).key == f"refusal.{RefusalCode.WRONG_KEY}"


def test_a_badge_instead_begins_anew() -> None:
    shift = asks_for_its_pin(hidden())
    shift.tap()
    shift.reads(ANA_BADGE)
    assert shift.did(BeginCeremony)[0].presented == ANA_BADGE
    assert CancelCeremony("c1", "lifted") in shift.history


def test_whoever_goes_back_is_at_the_lock_screen() -> None:
    shift = asks_for_its_pin(hidden())
    shift.presses(Button.CANCEL)
    assert shift.name == "locked"


def test_over_a_colleagues_work_it_is_nobodys_until_it_signs() -> None:
    shift = Shift()
    shift.works(BEN, BEN_BADGE)
    shift.tap()
    shift.reads(ALWAYS)
    shift.says(wants("c1", None, TAP, UV, why=Why.POSSESSION))
    shift.challenges("c1", Method.FIDO2_TAP)
    shift.fails(CardTrouble.KEY_HIDES)
    asks_for_its_pin(shift)
    assert shift.shows(SecondFactor).person is None
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.asked(BeginCeremony).presented == BEN_BADGE
