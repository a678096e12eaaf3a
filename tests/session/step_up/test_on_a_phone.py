"""A step-up that is approved on the person's phone: asked for, shown, answered there, or taken another way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import CeremonyView, MethodOffer, Purpose, Why
from kiosk.model.challenge import PhoneAsk
from kiosk.model.proof import Method, PhoneProof
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.stepup import Reason
from kiosk.model.wire import StationEvent
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge, CancelCeremony, SendProof
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.person_input import MethodPicked, PurposePicked
from kiosk.session.facts.screens import Active, StepUp
from kiosk.session.facts.service_answers import ChallengeReceived, Mismatch
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.station_news import ServiceEventReceived
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, KEY_OFFER, challenge, granted, rung, wants

PHONE_OFFER = MethodOffer(Method.PHONE, ("Phone",))
SHOWN = PhoneAsk("https://auth.hospital.example/phone#abc", "048213")


def view(*offers: MethodOffer, refusal: Refusal | None = None) -> CeremonyView:
    return wants("u1", ANA, *offers, why=Why.STEP_UP, purpose=Purpose.STEP_UP, refusal=refusal)


def asked(*offers: MethodOffer) -> Shift:
    """A program asks; these ways are offered."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.says(view(*(offers or (KEY_OFFER, PHONE_OFFER))))
    return shift


def shown(shift: Shift) -> None:
    """The service has given what the phone needs."""
    came = replace(challenge("u1", Method.PHONE), phone=SHOWN)
    shift.happens(ChallengeReceived(shift.turn_of(AskChallenge), came))


def waiting() -> Shift:
    """The phone was picked, and its code stands on the screen."""
    shift = asked()
    shift.happens(MethodPicked(Method.PHONE))
    shown(shift)
    return shift


def phone_says(shift: Shift, reason: str, ceremony: str = "u1") -> None:
    shift.happens(ServiceEventReceived(StationEvent(7, "phone", "s1", reason, ceremony)))


def test_the_phone_is_asked_as_soon_as_it_is_picked_and_its_code_is_shown() -> None:
    shift = asked()
    assert shift.prove.method is Method.FIDO2
    shift.happens(MethodPicked(Method.PHONE))
    (order,) = shift.did(AskChallenge)
    assert (order.ceremony, order.method) == ("u1", Method.PHONE)
    assert shift.prove.stage == "wait"
    shown(shift)
    assert (shift.prove.stage, shift.prove.phone) == ("phone", SHOWN)
    assert shift.did(SignChallenge) == [], "nothing here signs it"
    assert "048213" not in repr(shift.screen) and "abc" not in repr(shift.screen)


def test_where_the_phone_is_the_only_way_it_is_asked_at_once() -> None:
    shift = asked(PHONE_OFFER)
    assert shift.asked(AskChallenge).method is Method.PHONE


def test_a_yes_is_fetched_and_granted() -> None:
    shift = waiting()
    phone_says(shift, "approved")
    (order,) = shift.did(SendProof)
    assert order.proof == PhoneProof() and order.ceremony == "u1"
    shift.says(granted("u1", ANA))
    (answer,) = shift.did(AnswerStepUp)
    assert answer.answer.decision == "granted"


@pytest.mark.parametrize(
    ("reason", "notice"), [("refused", notices.PHONE_REFUSED), ("reported", notices.PHONE_REPORTED)]
)
def test_a_no_ends_it_as_a_no_at_the_workstation_does(reason: str, notice: object) -> None:
    shift = waiting()
    phone_says(shift, reason)
    (answer,) = shift.did(AnswerStepUp)
    assert answer.answer.reason == Reason.REFUSED_BY_PERSON
    assert shift.did(CancelCeremony) == [CancelCeremony("u1", "refused_by_person")]
    assert not isinstance(shift.screen, StepUp), "covered until nobody types, as ``Shift`` waits for, and then"
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).notice == notice


def test_a_no_counts_while_they_are_at_another_way() -> None:
    shift = waiting()
    shift.happens(MethodPicked(Method.FIDO2))
    assert (shift.prove.method, shift.prove.phone) == (Method.FIDO2, None)
    phone_says(shift, "refused")
    assert shift.did(CancelCeremony)


def test_a_yes_that_comes_while_they_are_at_another_way_is_not_fetched() -> None:
    shift = waiting()
    shift.happens(MethodPicked(Method.FIDO2))
    phone_says(shift, "approved")
    assert shift.did(SendProof) == []


def test_an_answer_to_something_else_is_nothing() -> None:
    shift = waiting()
    for reason in ("approved", "refused", "reported", "ended"):
        phone_says(shift, reason, "u0")
    assert (shift.prove.stage, shift.prove.phone) == ("phone", SHOWN)


def test_without_a_step_up_no_phone_is_heard() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    before = shift.screen
    phone_says(shift, "approved")
    assert shift.screen == before


def test_wrong_numbers_take_the_code_away_and_a_new_one_may_be_asked_for() -> None:
    shift = waiting()
    phone_says(shift, "ended")
    assert (shift.prove.stage, shift.prove.phone) == ("phone", None)
    assert shift.prove.refusal is RefusalCode.PHONE_SILENT
    assert shift.did(AskChallenge) == [], "not by itself: somebody may be guessing"
    shift.presses(Button.TRY_AGAIN)
    assert len(shift.did(AskChallenge)) == 1
    shown(shift)
    assert shift.prove.phone == SHOWN


def test_a_yes_that_the_service_does_not_take_leaves_the_other_ways() -> None:
    shift = waiting()
    phone_says(shift, "approved")
    shift.says(view(KEY_OFFER, PHONE_OFFER, refusal=Refusal(RefusalCode.PHONE_SILENT)))
    assert (shift.prove.stage, shift.prove.phone, shift.prove.refusal) == ("phone", None, RefusalCode.PHONE_SILENT)


def test_a_statement_that_is_not_what_the_screen_says_is_never_shown_as_a_code() -> None:
    shift = asked()
    shift.happens(MethodPicked(Method.PHONE))
    shift.happens(Mismatch(shift.turn_of(AskChallenge)))
    (answer,) = shift.did(AnswerStepUp)
    assert answer.answer.decision != "granted"


def test_another_purpose_takes_the_code_away() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1, purpose=None))
    shift.says(replace(view(KEY_OFFER, PHONE_OFFER), purposes=("treatment", "research")))
    shift.happens(PurposePicked("treatment"), MethodPicked(Method.PHONE))
    shown(shift)
    shift.happens(PurposePicked("research"))
    assert shift.prove.phone is None
    shift.shows(StepUp)


def test_refusing_at_the_workstation_is_as_easy_while_the_phone_is_asked() -> None:
    shift = waiting()
    shift.presses(Button.REFUSE)
    assert shift.did(CancelCeremony) == [CancelCeremony("u1", "refused_by_person")]
