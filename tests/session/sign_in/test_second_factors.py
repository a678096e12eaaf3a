"""PINs, cards and codes as a second factor, and the taps that come between."""

from __future__ import annotations

import pytest

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import MethodOffer, Why
from kiosk.model.proof import Method, Presented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.secret import Secret
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard, ProbeCard, SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge, BeginCeremony, CancelCeremony, SendSecret
from kiosk.session.facts.orders import PlaySound, WipeSecret
from kiosk.session.facts.person_input import MethodPicked, Typed
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Reading, SecondFactor
from kiosk.session.facts.service_answers import CeremonyUpdated
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import ShowWorkspace
from tests.session.shift import Shift, wanted
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    BEN_BADGE,
    BEN_PIV,
    CARD_OFFER,
    CODE_OFFER,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    PIV_PROOF,
    opened,
    session,
    wants,
)

TAP_PIV = MethodOffer(Method.PIV_TAP)
TAP_KEY = MethodOffer(Method.FIDO2_TAP)


def test_the_keypad_is_ready_at_once_though_the_strongest_method_is_listed_first() -> None:
    shift = wanted(KEY_OFFER, PIN_OFFER)
    assert [o.method for o in shift.prove.offers] == [Method.FIDO2, Method.PIN]
    assert (shift.prove.method, shift.prove.digits_only) == (Method.PIN, True)


def test_without_a_pin_the_strongest_method_is_ready() -> None:
    shift = wanted(KEY_OFFER, CARD_OFFER)
    assert (shift.prove.method, shift.prove.digits_only) == (Method.FIDO2, False)


def test_another_method_may_be_chosen() -> None:
    shift = wanted(KEY_OFFER, PIN_OFFER)
    shift.happens(MethodPicked(Method.FIDO2))
    assert (shift.prove.method, shift.prove.digits_only) == (Method.FIDO2, False)
    before = shift.prove.entry.number
    shift.happens(MethodPicked(Method.PIN))
    assert (shift.prove.method, shift.prove.digits_only, shift.prove.retries_left) == (Method.PIN, True, 5)
    assert shift.prove.entry.number > before
    shift.types("246810")
    assert shift.did(SendSecret)


def test_a_method_that_is_not_offered_cannot_be_chosen() -> None:
    shift = wanted(PIN_OFFER)
    shift.happens(MethodPicked(Method.OTP))
    assert shift.prove.method == Method.PIN


def test_a_card_in_its_slot_is_used_as_soon_as_its_pin_is_typed() -> None:
    shift = wanted(CARD_OFFER, badge=ANA_PIV, role=ReaderRole.INSERTION)
    assert shift.prove.digits_only is True
    shift.types("123456")
    assert shift.did(AskChallenge)[0].method == Method.PIV_PIN
    shift.challenges("c1", Method.PIV_PIN)
    assert shift.did(SignChallenge)[0].tap == 1


def test_a_card_on_a_tap_reader_is_held_again_for_its_pin() -> None:
    shift = wanted(CARD_OFFER, badge=ANA_PIV)
    shift.types("123456")
    assert shift.prove.stage == "hold"


def test_a_card_pulled_from_its_slot_ends_the_sign_in() -> None:
    shift = wanted(CARD_OFFER, badge=ANA_PIV, role=ReaderRole.INSERTION)
    shift.lift(1, "slot", ReaderRole.INSERTION)
    assert CancelCeremony("c1", "lifted") in shift.orders
    shift.shows(LockScreen)


def test_a_piv_card_that_is_tapped_answers_a_challenge_before_anything_opens() -> None:
    shift = Shift()
    number = shift.tap()
    shift.reads(ANA_PIV)
    shift.says(wants("c1", ANA, TAP_PIV, why=Why.POSSESSION))
    shift.shows(Reading)
    assert shift.did(AskChallenge)[0].method == Method.PIV_TAP
    shift.challenges("c1", Method.PIV_TAP)
    assert shift.did(SignChallenge)[0] == SignChallenge(
        shift.last_turn(), number, shift.did(SignChallenge)[0].challenge
    )
    shift.signs(PIV_PROOF)
    shift.says(opened("c1", session(1, ANA)))
    assert shift.did(ShowWorkspace)


def test_a_service_that_asks_for_the_same_answer_again_is_not_followed_round() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_PIV)
    shift.says(wants("c1", ANA, TAP_PIV, why=Why.POSSESSION))
    shift.challenges("c1", Method.PIV_TAP)
    shift.signs(PIV_PROOF)
    shift.says(wants("c1", ANA, TAP_PIV, why=Why.POSSESSION, refusal=Refusal(RefusalCode.BAD_SIGNATURE)))
    notice = shift.shows(LockScreen).notice
    assert notice is not None
    assert notice.key == "refusal.bad_signature"


def test_a_key_that_identified_its_owner_is_held_again_for_its_pin() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(KEY)
    shift.says(wants("c1", None, TAP_KEY, why=Why.POSSESSION))
    shift.challenges("c1", Method.FIDO2_TAP)
    shift.signs()
    shift.says(wants("c1", ANA, KEY_OFFER))
    assert shift.prove.stage == "type"
    shift.types("1234")
    assert not shift.did(AskChallenge), "its presence is spent until it is lifted"
    after: str = shift.prove.stage
    assert after == "hold"
    shift.lift()
    shift.tap()
    shift.reads(KEY)
    assert shift.did(AskChallenge)[0].method == Method.FIDO2


def test_their_own_badge_again_changes_nothing_while_their_pin_is_wanted() -> None:
    shift = wanted(PIN_OFFER)
    shift.lift()
    shift.tap()
    shift.reads(ANA_BADGE)
    assert not shift.did(BeginCeremony)
    assert shift.shows(SecondFactor).person == ANA


@pytest.mark.parametrize(("first", "second"), [(ANA_BADGE, BEN_BADGE), (ANA_PIV, BEN_PIV)])
def test_a_colleagues_badge_starts_anew_while_nothing_has_been_typed(first: Presented, second: Presented) -> None:
    shift = wanted(PIN_OFFER, badge=first)
    number = shift.tap()
    shift.shows(SecondFactor)
    shift.reads(second)
    assert CancelCeremony("c1", "lifted") in shift.orders
    assert shift.did(BeginCeremony)[0].presented == second
    assert DropCard(number) not in shift.orders, "the card that just came is still needed"


def test_a_colleagues_badge_lifted_too_early_does_not_end_the_sign_in() -> None:
    shift = wanted(PIN_OFFER)
    shift.tap()
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.shows(SecondFactor).prove.trouble == CardTrouble.LIFTED_EARLY


def test_taps_are_ignored_while_a_proof_is_being_checked() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("246810")
    shift.tap()
    assert not shift.did(ProbeCard)


def test_cancelling_wipes_what_was_typed_and_gives_the_ceremony_up() -> None:
    shift = wanted(KEY_OFFER)
    secret = shift.types("1234")
    shift.presses(Button.CANCEL)
    assert CancelCeremony("c1", "refused_by_person") in shift.orders
    assert shift.did(WipeSecret) == [WipeSecret(secret)]
    assert shift.shows(LockScreen).notice is None


def test_time_runs_out_and_the_screen_locks() -> None:
    shift = wanted(PIN_OFFER)
    shift.rings("ceremony")
    assert CancelCeremony("c1", "timeout") in shift.orders
    shift.shows(LockScreen)


def test_guessing_is_slowed_down_on_screen_and_nothing_typed_meanwhile_is_sent() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("000000")
    shift.says(wants("c1", ANA, PIN_OFFER, refusal=Refusal(RefusalCode.TOO_FAST, retries_left=3, wait=8)))
    assert (shift.prove.refusal, shift.prove.wait, shift.prove.retries_left) == (RefusalCode.TOO_FAST, 8, 3)
    before = shift.prove.entry.number
    assert not shift.types("111111")
    assert shift.did(PlaySound) == [PlaySound("attention")], "each key that is not taken is told"
    assert (shift.prove.entry.missed, shift.prove.entry.count) == (True, 0)
    for left in range(7, 0, -1):
        shift.rings("wait")
        assert shift.prove.wait == left
    shift.rings("wait")
    assert (shift.prove.wait, shift.prove.again, shift.prove.entry.missed) == (None, True, False)
    assert shift.prove.entry.number > before, "it has the focus anew"
    assert shift.did(PlaySound) == [PlaySound("attention")]
    shift.types("246810")
    assert shift.did(SendSecret)


def test_pin_and_then_code_where_policy_wants_both() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("246810")
    shift.says(wants("c1", ANA, CODE_OFFER))
    assert (shift.prove.method, shift.prove.stage, shift.prove.digits_only) == (Method.OTP, "type", True)


def test_a_sign_in_that_succeeds_after_it_was_cancelled_opens_nothing_and_is_locked_at_the_service() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("246810")
    turn = shift.last_turn()
    shift.presses(Button.CANCEL)
    shift.happens(CeremonyUpdated(turn, opened("c1", session(1, ANA))))
    shift.shows(LockScreen)
    assert shift.did(ReportEvent) == [ReportEvent("lock", "s1", "late")]


def test_a_key_of_the_one_who_works_taps_them_out_though_only_its_signature_tells() -> None:
    shift = Shift()
    before = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(KEY)
    shift.says(wants("c5", None, TAP_KEY, why=Why.POSSESSION))
    shift.challenges("c5", Method.FIDO2_TAP)
    shift.signs()
    shift.says(opened("c5", session(5, ANA)))
    shift.shows(LockScreen)
    assert {o.session for o in shift.did(ReportEvent)} == {before.id, "s5"}
    assert all(o.reason == "tap_out" for o in shift.did(ReportEvent))


def test_a_key_of_a_colleague_taps_over() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(KEY)
    shift.says(wants("c5", None, TAP_KEY, why=Why.POSSESSION))
    shift.challenges("c5", Method.FIDO2_TAP)
    shift.signs()
    shift.says(opened("c5", session(5, BEN)))
    shift.happens(WorkspaceShown("ben"))
    assert shift.shows(Active).person == BEN


def test_what_is_said_to_be_typed_where_no_field_is_goes_nowhere_and_is_wiped() -> None:
    """Whatever sends it: no room hands a secret to a screen that waits for a key."""
    shift = wanted(KEY_OFFER)
    shift.types("1234")
    assert shift.prove.stage == "hold"
    strange = Secret("9999")
    shift.happens(Typed(strange))
    assert shift.prove.stage == "hold"
    assert WipeSecret(strange) in shift.orders
