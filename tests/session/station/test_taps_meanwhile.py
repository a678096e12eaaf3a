"""A card is held there while another is read, while something is checked, while the screen fades: none is mixed up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer, Purpose, Why
from kiosk.model.proof import Method, PkocPresented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.ceremony_orders import AskChallenge, BeginCeremony, BeginStepUp, CancelCeremony, SendSecret
from kiosk.session.facts.person_input import LoginTyped
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Fading, Reading, SecondFactor, StepUp
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceEnded, WorkspaceShown
from kiosk.session.facts.station_news import Offline
from tests.session.shift import Shift, answer, asked, notice, wanted
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    BEN_BADGE,
    CARD_OFFER,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    opened,
    refused,
    rung,
    session,
    wants,
)

BARE_PKOC = PkocPresented(None)
"""A badge that proves itself and tells no number before it has."""


def working() -> Shift:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    return shift


def fading() -> Shift:
    shift = working()
    shift.leaves_alone()
    shift.shows(Fading)
    return shift


# Somebody works


@pytest.mark.parametrize("at", [working, fading], ids=["working", "fading"])
def test_a_newer_tap_takes_the_place_of_the_one_still_being_read(at: Callable[[], Shift]) -> None:
    shift = at()
    first = shift.tap()
    shift.tap()
    assert DropCard(first) in shift.orders
    shift.reads(BEN_BADGE)
    assert shift.asked(BeginCeremony).presented == BEN_BADGE


@pytest.mark.parametrize("at", [working, fading], ids=["working", "fading"])
def test_a_card_that_lay_there_before_is_to_be_lifted_and_keeps_it_open(at: Callable[[], Shift]) -> None:
    shift = at()
    shift.tap(fresh=False)
    assert not shift.did(ProbeCard)
    assert shift.shows(Active).notice == notices.LIFT_AND_TAP


def test_a_colleagues_card_while_it_fades_and_the_service_is_away_keeps_it_open() -> None:
    shift = fading()
    shift.happens(Offline("07:41"))
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.shows(Active).notice == notices.TAP_OVER_OFFLINE


def test_a_program_that_asks_while_a_card_is_read_lets_the_card_go() -> None:
    shift = working()
    number = shift.tap()
    shift.happens(rung(1))
    assert DropCard(number) in shift.orders
    shift.shows(StepUp)


def test_a_program_is_told_that_the_service_is_away() -> None:
    shift = working()
    shift.happens(Offline("07:41"))
    shift.happens(rung(1))
    assert answer(shift).answer.reason == "unreachable"
    assert not shift.did(BeginStepUp)


def test_who_was_shown_is_told_that_a_limit_ended_their_programs() -> None:
    shift = working()
    shift.happens(WorkspaceEnded(ANA.login, "limit_age"))
    assert shift.shows(Active).notice == notices.ended("limit_age")


def test_who_signed_in_by_login_is_covered_by_whatever_card_comes() -> None:
    shift = Shift()
    shift.presses(Button.USE_CODE)
    shift.happens(LoginTyped("ana"))
    shift.says(wants("c1", ANA, PIN_OFFER))
    shift.types("246810")
    shift.says(opened("c1", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.tap()
    shift.reads(ANA_BADGE)
    assert shift.did(BeginCeremony), "a login says nothing of any card"
    shift.shows(Reading)


def test_another_card_of_theirs_means_leaving_even_where_a_proof_is_due() -> None:
    shift = working()
    shift.tap()
    shift.reads(ANA_PIV)
    shift.says(wants("c2", ANA, PIN_OFFER, why=Why.GRACE_OVER))
    shift.shows(LockScreen)
    assert CancelCeremony("c2", "locked") in shift.orders
    assert ReportEvent("lock", "s1", "tap_out") in shift.orders


def test_two_badges_that_no_number_tells_apart_are_taken_for_one_in_the_first_seconds() -> None:
    shift = Shift()
    shift.works(ANA, BARE_PKOC, settled=False)
    shift.tap()
    shift.reads(BARE_PKOC)
    assert shift.shows(Active).notice == notices.signed_in(ANA.name)


# A second factor is wanted


def test_a_second_card_takes_the_place_of_the_first_and_one_that_comes_late_is_let_go() -> None:
    shift = wanted(PIN_OFFER)
    first = shift.tap()
    shift.tap()
    assert DropCard(first) in shift.orders
    second = shift.last_turn()
    shift.types("246810")
    assert shift.did(SendSecret)
    shift.happens(Probed(second, BEN_BADGE))
    assert [order for order in shift.orders if isinstance(order, DropCard)]
    assert shift.shows(SecondFactor).person == ANA, "what is being checked goes on"


@pytest.mark.parametrize(
    ("offer", "secret", "trouble"),
    [
        (CARD_OFFER, "123456", CardTrouble.NOT_A_PIV_CARD),
        (KEY_OFFER, "1234", CardTrouble.NOT_A_KEY),
        (MethodOffer(Method.PKOC_TAP), "", CardTrouble.NOT_A_PKOC_BADGE),
    ],
)
def test_a_card_of_another_kind_is_told_so_and_proves_nothing(
    offer: MethodOffer, secret: str, trouble: CardTrouble
) -> None:
    shift = wanted(offer)
    if secret:
        shift.types(secret)
    number = shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.prove.trouble == trouble
    assert DropCard(number) in shift.orders
    assert not shift.did(AskChallenge)


def test_a_way_that_closed_says_so_and_another_waits_for_nothing() -> None:
    shift = wanted(PIN_OFFER, KEY_OFFER)
    shift.types("246810")
    closed = Refusal(RefusalCode.LOCKED_OUT, until=1_900_000_000, wait=30)
    shift.says(wants("c1", ANA, KEY_OFFER, refusal=closed))
    assert (shift.prove.refusal, shift.prove.method, shift.prove.wait) == (RefusalCode.LOCKED_OUT, Method.FIDO2, None)
    assert shift.prove.closed is not None
    assert (shift.prove.closed.method, shift.prove.closed.until) == (Method.PIN, 1_900_000_000)


def test_a_badge_that_takes_too_long_to_be_known_gives_the_screen_back() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.rings("reading")
    assert notice(shift) == notices.TIMED_OUT


def test_who_is_locked_out_reads_until_when() -> None:
    shift = Shift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(replace(refused("c1", RefusalCode.LOCKED_OUT), refusal=Refusal(RefusalCode.LOCKED_OUT, until=99)))
    assert (notice(shift).key, notice(shift).values) == ("refusal.locked_out_until", (("until", "99"),))


# A step-up


def test_a_second_key_is_held_off_while_the_first_is_looked_at() -> None:
    shift = asked()
    shift.types("1234")
    shift.tap()
    assert shift.did(ProbeCard)
    shift.tap()
    assert not shift.did(ProbeCard)
    shift.reads(KEY)
    assert shift.did(AskChallenge)


def test_a_hint_goes_away_by_itself() -> None:
    shift = asked()
    shift.tap(fresh=False)
    assert shift.shows(StepUp).notice == notices.LIFT_AND_TAP
    shift.rings("notice")
    assert shift.shows(StepUp).notice is None


def test_not_me_before_the_service_has_answered_is_reported_all_the_same() -> None:
    shift = working()
    shift.happens(rung(1))
    shift.presses(Button.NOT_ME)
    told = next(order for order in shift.orders if isinstance(order, ReportEvent) and order.action == "not_me")
    assert "ceremony" not in told.detail
    assert answer(shift).answer.decision == "refused"


def test_a_step_up_is_read_for_its_second_though_the_service_was_quicker_than_the_paint() -> None:
    shift = working()
    shift.patient = False
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    assert not any(name == "first_second" for name, _ in shift.watch.state.timers)
    shift.presses(Button.REFUSE)
    shift.shows(StepUp)


# A colleague signs in over it


@pytest.mark.parametrize("how", ["lock", "end"])
@pytest.mark.parametrize("far", ["being read", "being proved"])
def test_what_the_service_says_of_the_one_who_is_covered_is_heard_meanwhile(how: str, far: str) -> None:
    shift = working()
    shift.tap()
    shift.reads(BEN_BADGE)
    if far == "being proved":
        shift.says(wants("c2", BEN, PIN_OFFER))
    shift.hears(how, "s1", "Ward 5")
    reason = {"lock": "elsewhere", "end": "ended"}[how]
    assert ReportEvent("lock", "s1", reason) in shift.orders
    if far == "being proved":
        shift.types("246810")
    shift.says(opened("c2", session(2, BEN)))
    shift.happens(WorkspaceShown("ben"))
    assert shift.shows(Active).person == BEN
