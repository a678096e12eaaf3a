"""A card that is several things: that nobody is known by one of them is no last word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import CeremonyView, MethodOffer, Why
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.card_orders import ProbeCard
from kiosk.session.facts.ceremony_orders import AskChallenge, BeginCeremony, CancelCeremony, SendProof
from kiosk.session.facts.modes import UnknownBadgeMode
from kiosk.session.facts.screens import Opening, Reading, SecondFactor, UnknownBadge
from tests.session.shift import Shift, notice
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    PKOC_BADGE,
    PKOC_PROOF,
    opened,
    refused,
    session,
    wants,
)

NAMES_NOBODY = [RefusalCode.UNKNOWN_BADGE, RefusalCode.UNTRUSTED_CERTIFICATE, RefusalCode.EXPIRED_CERTIFICATE]


def refused_as_a_card(code: RefusalCode = RefusalCode.UNKNOWN_BADGE) -> Shift:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_PIV)
    shift.says(refused("c1", code))
    return shift


@pytest.mark.parametrize("code", NAMES_NOBODY)
def test_it_signs_in_as_the_key_that_it_is(code: RefusalCode) -> None:
    shift = refused_as_a_card(code)
    assert shift.asked(ProbeCard).wants == "key"
    shift.shows(Reading)
    shift.reads(KEY)
    assert shift.asked(BeginCeremony).presented == KEY
    tap_offer = type(KEY_OFFER)(Method.FIDO2_TAP)
    shift.says(wants("c2", None, tap_offer, why=Why.POSSESSION))
    assert shift.asked(AskChallenge).method == Method.FIDO2_TAP
    shift.challenges("c2", Method.FIDO2_TAP)
    shift.signs()
    shift.says(opened("c2", session(1, ANA)))
    shift.shows(Opening)


@pytest.mark.parametrize("code", NAMES_NOBODY)
def test_what_is_no_key_is_refused_as_before(code: RefusalCode) -> None:
    shift = refused_as_a_card(code)
    shift.reads(ANA_PIV)
    if code is RefusalCode.UNKNOWN_BADGE:
        shift.shows(UnknownBadge)
    else:
        assert notice(shift).key == f"refusal.{code}"


def test_a_key_that_holds_nothing_of_ours_is_refused_as_the_card_was() -> None:
    shift = refused_as_a_card()
    shift.reads(KEY)
    shift.says(wants("c2", None, type(KEY_OFFER)(Method.FIDO2_TAP), why=Why.POSSESSION))
    shift.challenges("c2", Method.FIDO2_TAP)
    shift.fails(CardTrouble.NO_CREDENTIAL)
    assert shift.asked(ProbeCard).wants == "pkoc", "it may be a badge that proves itself, too"
    shift.reads(KEY)
    shift.shows(UnknownBadge)


def test_a_card_that_was_lifted_is_refused_at_once() -> None:
    shift = Shift()
    tap = shift.tap()
    shift.reads(ANA_PIV)
    shift.lift(tap)
    shift.says(refused("c1", RefusalCode.UNKNOWN_BADGE))
    assert not [order for order in shift.did(ProbeCard) if order.wants]
    shift.shows(UnknownBadge)


@pytest.mark.parametrize("code", [RefusalCode.REVOKED_CERTIFICATE, RefusalCode.SUSPENDED])
def test_a_card_that_somebody_took_away_does_not_come_back_as_a_key(code: RefusalCode) -> None:
    shift = refused_as_a_card(code)
    assert not [order for order in shift.did(ProbeCard) if order.wants]


def tapped_as_a_badge_that_signs(shift: Shift, ceremony: str = "c1") -> None:
    """What lies there is a PKOC badge; it signs."""
    shift.reads(PKOC_BADGE)
    assert shift.asked(BeginCeremony).presented == PKOC_BADGE
    shift.says(wants(ceremony, None, MethodOffer(Method.PKOC_TAP), why=Why.POSSESSION))
    assert shift.asked(AskChallenge).method == Method.PKOC_TAP
    shift.challenges(ceremony, Method.PKOC_TAP)
    shift.signs(PKOC_PROOF)
    assert shift.asked(SendProof).proof == PKOC_PROOF


def nobodys(ceremony: str, code: RefusalCode = RefusalCode.UNKNOWN_BADGE) -> CeremonyView:
    """The service knows nobody by what was signed; the same would be asked again."""
    again = wants(ceremony, None, MethodOffer(Method.PKOC_TAP), why=Why.POSSESSION)
    return replace(again, refusal=Refusal(code))


def test_a_badge_that_proves_itself_opens_in_grace_and_asks_for_more_after_it() -> None:
    shift = Shift()
    shift.tap()
    tapped_as_a_badge_that_signs(shift)
    shift.says(opened("c1", session(1, ANA)))
    shift.shows(Opening)
    shift = Shift()
    shift.tap()
    tapped_as_a_badge_that_signs(shift)
    shift.says(wants("c1", ANA, PIN_OFFER))
    assert shift.shows(SecondFactor).prove.method == Method.PIN


def test_a_key_that_holds_nothing_of_ours_signs_in_as_the_badge_that_it_is_too() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(KEY)
    shift.says(wants("c1", None, MethodOffer(Method.FIDO2_TAP), why=Why.POSSESSION))
    shift.challenges("c1", Method.FIDO2_TAP)
    shift.fails(CardTrouble.NO_CREDENTIAL)
    assert shift.did(CancelCeremony)[0].ceremony == "c1"
    assert shift.asked(ProbeCard).wants == "pkoc"
    tapped_as_a_badge_that_signs(shift, "c2")
    shift.says(opened("c2", session(1, ANA)))
    shift.shows(Opening)


def test_a_plain_key_that_holds_nothing_of_ours_is_told_so_as_before() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(KEY)
    shift.says(wants("c1", None, MethodOffer(Method.FIDO2_TAP), why=Why.POSSESSION))
    shift.challenges("c1", Method.FIDO2_TAP)
    shift.fails(CardTrouble.NO_CREDENTIAL)
    shift.reads(KEY)
    assert notice(shift).key == "card.no_credential"


def test_a_badge_whose_key_is_nobodys_signs_in_by_its_number_as_it_did_before() -> None:
    shift = Shift()
    shift.tap()
    tapped_as_a_badge_that_signs(shift)
    shift.says(nobodys("c1"))
    assert shift.asked(ProbeCard).wants == "number"
    shift.reads(ANA_BADGE)
    assert shift.asked(BeginCeremony).presented == ANA_BADGE
    shift.says(wants("c2", ANA, PIN_OFFER))
    shift.shows(SecondFactor)


def test_a_badge_that_nobody_has_either_way_is_unknown_and_added_by_holding_it_again() -> None:
    shift = Shift()
    shift.tap()
    tapped_as_a_badge_that_signs(shift)
    shift.says(nobodys("c1"))
    shift.reads(ANA_BADGE)
    shift.says(refused("c2", RefusalCode.UNKNOWN_BADGE))
    shift.shows(UnknownBadge)
    mode = shift.watch.state.mode
    assert isinstance(mode, UnknownBadgeMode)
    assert mode.badge is None, "its number alone would be added as a bare badge"


@pytest.mark.parametrize("code", [RefusalCode.KEY_CHANGED, RefusalCode.SUSPENDED, RefusalCode.BAD_SIGNATURE])
def test_a_badge_that_was_stopped_or_lies_does_not_come_back_as_its_number(code: RefusalCode) -> None:
    shift = Shift()
    shift.tap()
    tapped_as_a_badge_that_signs(shift)
    shift.says(nobodys("c1", code) if code == RefusalCode.BAD_SIGNATURE else refused("c1", code))
    assert not [order for order in shift.did(ProbeCard) if order.wants]
    assert notice(shift).key == f"refusal.{code}"


def test_a_number_that_is_guarded_says_what_the_badge_was_told_before() -> None:
    shift = Shift()
    shift.tap()
    tapped_as_a_badge_that_signs(shift)
    shift.says(nobodys("c1"))
    shift.reads(ANA_BADGE)
    shift.says(refused("c2", RefusalCode.CARD_REQUIRES_PROOF))
    shift.shows(UnknownBadge)


@pytest.mark.parametrize(
    "trouble", [CardTrouble.PKOC_REFUSED, CardTrouble.PKOC_KEY, CardTrouble.GARBAGE, CardTrouble.LIFTED_EARLY]
)
def test_a_badge_that_cannot_sign_is_told_so(trouble: CardTrouble) -> None:
    shift = Shift()
    shift.tap()
    shift.reads(PKOC_BADGE)
    shift.says(wants("c1", None, MethodOffer(Method.PKOC_TAP), why=Why.POSSESSION))
    shift.challenges("c1", Method.PKOC_TAP)
    shift.fails(trouble)
    assert notice(shift).key == f"card.{trouble}"


def test_a_bare_badge_is_not_looked_at_again() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(refused("c1", RefusalCode.UNKNOWN_BADGE))
    shift.shows(UnknownBadge)


def test_a_card_that_is_lifted_while_it_signs_as_a_key_is_refused_as_the_card_it_was() -> None:
    shift = refused_as_a_card()
    shift.reads(KEY)
    shift.says(wants("c2", None, type(KEY_OFFER)(Method.FIDO2_TAP), why=Why.POSSESSION))
    shift.challenges("c2", Method.FIDO2_TAP)
    shift.fails(CardTrouble.LIFTED_EARLY)
    shift.shows(UnknownBadge)
