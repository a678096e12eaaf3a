"""Every field into which a secret is typed, each reached as a person reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk.model.ceremony import MethodOffer, Purpose, Why
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.person_input import MethodPicked
from tests.session.enrolments import BARE_FACTS, BARE_KEY, CODE_3, FACTS, TO_PROVE, TO_VOUCH, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, ANA_PIV, CARD_OFFER, CODE_OFFER, KEY, KEY_OFFER, PIN_OFFER, rung, wants

NEW_PIN = "246813"
Reach = Callable[[EnrolShift], object]


def _sign_in(offer: MethodOffer) -> Reach:
    def reach(shift: EnrolShift) -> None:
        shift.tap()
        shift.reads(ANA_BADGE)
        shift.says(wants("c1", ANA, offer))

    return reach


def _step_up(offer: MethodOffer) -> Reach:
    def reach(shift: EnrolShift) -> None:
        shift.works(ANA, ANA_BADGE)
        shift.happens(rung(1))
        shift.says(wants("u1", ANA, offer, why=Why.STEP_UP, purpose=Purpose.STEP_UP))

    return reach


def _proof(step: EnrolStep, offer: MethodOffer) -> Reach:
    """Their own before something is added, or a colleague's who vouches."""

    def reach(shift: EnrolShift) -> None:
        shift.at_their_keys()
        shift.picks(FactorKind.BADGE)
        ceremony = TO_VOUCH if step == EnrolStep.VOUCH else TO_PROVE
        shift.hears_of(view(step, ceremony=replace(ceremony, offers=(offer,))))

    return reach


def start_code(shift: EnrolShift) -> None:
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)


def new_pin(shift: EnrolShift) -> None:
    shift.adding(FactorKind.PIN)


def new_pin_again(shift: EnrolShift) -> None:
    new_pin(shift)
    shift.types(NEW_PIN)
    shift.hears_of(view(EnrolStep.TRY, FactorKind.PIN))


def new_key_pin(shift: EnrolShift) -> None:
    shift.adding(FactorKind.KEY)
    shift.holds(BARE_KEY)
    shift.key_says(BARE_FACTS)


def new_key_pin_again(shift: EnrolShift) -> None:
    new_key_pin(shift)
    shift.types("birch tree")


def key_pin(shift: EnrolShift) -> None:
    shift.adding(FactorKind.KEY)
    shift.holds(KEY)
    shift.key_says(FACTS)


def key_pin_to_change(shift: EnrolShift) -> None:
    shift.adding(FactorKind.KEY)
    shift.holds(KEY)
    shift.key_says(replace(FACTS, change_pin=True))


def card_pin(shift: EnrolShift) -> None:
    shift.adding(FactorKind.PIV)
    shift.holds(ANA_PIV)
    shift.card_shows()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.PIV))


def code_of_the_app(shift: EnrolShift) -> None:
    shift.adding(FactorKind.CODE_APP)
    shift.hears_of(view(EnrolStep.TRY, FactorKind.CODE_APP))


def new_recovery_code(shift: EnrolShift) -> None:
    shift.adding(FactorKind.RECOVERY_CODES)
    shift.presses(Button.NEXT)
    shift.hears_of(view(EnrolStep.TRY, FactorKind.RECOVERY_CODES))


def another_method(shift: EnrolShift) -> None:
    """The PIN first, and then the key's instead."""
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", ANA, KEY_OFFER, PIN_OFFER))
    shift.happens(MethodPicked(Method.FIDO2))


OFFERS = {"pin": PIN_OFFER, "otp": CODE_OFFER, "key": KEY_OFFER, "card": CARD_OFFER}
FIELDS: dict[str, Reach] = {
    **{f"sign-in, {name}": _sign_in(offer) for name, offer in OFFERS.items()},
    **{f"step-up, {name}": _step_up(offer) for name, offer in OFFERS.items()},
    "sign-in, key instead": another_method,
    "own proof, pin": _proof(EnrolStep.PROVE, PIN_OFFER),
    "own proof, recovery code": _proof(EnrolStep.PROVE, CODE_3),
    "colleague's proof, key": _proof(EnrolStep.VOUCH, KEY_OFFER),
    "start code": start_code,
    "new PIN": new_pin,
    "new PIN again": new_pin_again,
    "new key's PIN": new_key_pin,
    "new key's PIN again": new_key_pin_again,
    "PIN that a key has": key_pin,
    "key's PIN to change": key_pin_to_change,
    "new card's PIN": card_pin,
    "code of the app": code_of_the_app,
    "new recovery code": new_recovery_code,
}
