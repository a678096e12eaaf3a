"""The service is away: a key or PIV card is checked by the station itself, where it may; everything else waits."""

from __future__ import annotations

import pytest

from kiosk.model.ceremony import Why
from kiosk.model.proof import Method, Presented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.ceremony_orders import AskChallenge, BeginCeremony, BeginOffline, CancelCeremony, SendSecret
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, SecondFactor
from kiosk.session.facts.service_answers import ServiceRefused, Unreachable
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_orders import ShowWorkspace
from kiosk.session.facts.station_news import Offline, Online, TicketsHeld
from tests.session.shift import Shift, notice
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN_PIV,
    KEY,
    KEY_OFFER,
    PIN_OFFER,
    PKOC_BADGE,
    STATION,
    opened,
    refused,
    session,
    wants,
)

TAP_OFFER = type(KEY_OFFER)(Method.FIDO2_TAP)


def away(until: str = "08:11") -> Shift:
    """Ana's work waits behind the lock, and the service is away."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.hears("lock")
    shift.happens(TicketsHeld(until), Offline("07:41"))
    return shift


def taps(shift: Shift, presented: Presented) -> None:
    shift.tap()
    shift.reads(presented)


def test_their_key_is_checked_here_and_reopens_their_work() -> None:
    shift = away()
    screen = shift.shows(LockScreen)
    assert (screen.name, screen.status.offline_since, screen.status.offline_until) == ("downtime", "07:41", "08:11")
    taps(shift, KEY)
    assert shift.asked(BeginOffline).waiting == (ANA.id,)
    assert not shift.did(BeginCeremony)
    shift.says(wants("offline-1", None, TAP_OFFER, why=Why.POSSESSION))
    assert shift.asked(AskChallenge).ceremony == "offline-1"
    shift.challenges("offline-1", Method.FIDO2_TAP)
    shift.signs()
    shift.says(wants("offline-1", ANA, KEY_OFFER, why=Why.OFFLINE))
    assert shift.shows(SecondFactor).why == Why.OFFLINE
    shift.types("zebra7")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("offline-1", Method.FIDO2)
    shift.signs()
    shift.says(opened("offline-1", session(2, ANA)))
    assert shift.asked(ShowWorkspace).person == ANA


@pytest.mark.parametrize("presented", [ANA_BADGE, PKOC_BADGE])
def test_what_proves_nothing_by_itself_is_left_to_the_service(presented: Presented) -> None:
    shift = away()
    taps(shift, presented)
    assert shift.asked(BeginCeremony).presented == presented
    shift.happens(Unreachable(shift.asked(BeginCeremony).turn))
    assert notice(shift).key == "notice.unreachable"


def test_a_badge_and_its_pin_are_checked_here_where_that_is_allowed() -> None:
    shift = away()
    shift.happens(TicketsHeld("08:11", pins=True))
    assert shift.shows(LockScreen).status.offline_pins
    taps(shift, ANA_BADGE)
    assert shift.asked(BeginOffline).presented == ANA_BADGE
    shift.says(wants("offline-1", ANA, PIN_OFFER, why=Why.OFFLINE))
    shift.types("123456")
    sent = shift.asked(SendSecret)
    assert (sent.ceremony, sent.method) == ("offline-1", Method.PIN)
    shift.says(opened("offline-1", session(2, ANA)))
    assert shift.asked(ShowWorkspace).person == ANA


@pytest.mark.parametrize("presented", [PKOC_BADGE])
def test_other_badges_wait_there_too(presented: Presented) -> None:
    shift = away()
    shift.happens(TicketsHeld("08:11", pins=True))
    taps(shift, presented)
    assert shift.asked(BeginCeremony).presented == presented


def test_without_tickets_nobody_is_let_in() -> None:
    shift = away("")
    taps(shift, KEY)
    assert shift.asked(BeginCeremony)
    shift.happens(Unreachable(shift.asked(BeginCeremony).turn))
    assert notice(shift).key == "notice.unreachable"


@pytest.mark.parametrize("how", ["no answer", "store_down", "bad_answer"])
def test_who_finds_out_first_that_it_is_away_need_not_tap_again(how: str) -> None:
    shift = away()
    shift.happens(Online(STATION))
    taps(shift, ANA_PIV)
    turn = shift.asked(BeginCeremony).turn
    shift.happens(Unreachable(turn) if how == "no answer" else ServiceRefused(turn, how))
    assert shift.asked(BeginOffline).presented == ANA_PIV
    told = shift.did(ReportEvent)[-1]
    assert (told.action, told.reason) == ("session_end", "unreachable")


def test_a_refusal_here_is_a_sentence_and_no_circle() -> None:
    shift = away()
    taps(shift, KEY)
    shift.says(refused("offline-1", RefusalCode.OFFLINE_NOT_HERE))
    assert notice(shift).key == "refusal.offline_not_here"


def test_a_wrong_proof_may_be_given_again() -> None:
    shift = away()
    taps(shift, KEY)
    shift.says(wants("offline-1", ANA, KEY_OFFER, why=Why.OFFLINE, refusal=Refusal(RefusalCode.NOT_VERIFIED)))
    assert shift.shows(SecondFactor).prove.offers == (KEY_OFFER,)


def test_a_colleague_s_card_takes_nobody_s_work_from_the_screen() -> None:
    shift = Shift()
    shift.works(ANA, ANA_PIV)
    shift.happens(TicketsHeld("08:11"), Offline("07:41"))
    shift.tap("back")
    shift.reads(BEN_PIV)
    assert shift.shows(Active).notice
    assert not shift.did(BeginOffline)


def test_it_is_given_up_like_any_other() -> None:
    shift = away()
    number = shift.tap()
    shift.reads(ANA_PIV)
    shift.says(wants("offline-1", ANA, type(KEY_OFFER)(Method.PIV_TAP), why=Why.POSSESSION))
    shift.lift(number)
    shift.tap()
    assert any(order.ceremony == "offline-1" for order in shift.did(CancelCeremony))
