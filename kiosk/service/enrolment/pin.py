"""A new PIN: typed, hashed on a thread, and typed once more."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import Make, PinMade, TypedTried
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import pending
from kiosk.service.enrolment.handler import BoundFactor, NoOffer, Situation, Told, TypedHandler, kept
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.policy.enrolment_rules import EnrolRules
from kiosk.service.proofs.pin_and_otp import MAX_PIN, pin_form, trivial_pin
from kiosk.service.shared.context import Service
from kiosk.service.store import codes, enrolments
from kiosk.service.store.enrolments import EnrolmentRow


@dataclass(frozen=True, slots=True)
class PendingPin:
    """``hash``: Argon2id."""

    hash: str = field(repr=False)


class PinHandler(TypedHandler[NoOffer, PendingPin, PinMade, TypedTried, None]):
    """A PIN. ``Situation.pin`` is what a thread made of it."""

    name = "PIN"
    offer_type, waiting_type, sent_type, tried_type = NoOffer, PendingPin, PinMade, TypedTried

    def prepare(self, at: Situation) -> NoOffer:
        return NoOffer()

    def describe(self, at: Situation, offer: NoOffer) -> Make:
        rules = at.frame.service.rules.enrol
        return Make(pin_shortest=rules.pin_least, pin_longest=rules.pin_length or MAX_PIN)

    def accept(self, at: Situation, sent: PinMade, offer: NoOffer) -> PendingPin:
        fault = pin_fault(sent.pin, at.frame.service.rules.enrol)
        if fault is not None or at.pin is None:
            raise EnrolmentRefusedError(fault or Code.PIN_FORM)
        return PendingPin(at.pin.stored)

    def check(self, at: Situation, tried: TypedTried, waiting: PendingPin) -> None:
        if at.pin is None or not at.pin.right or at.pin.stored != waiting.hash:
            raise EnrolmentRefusedError(Code.PIN_DIFFERS, again=True)

    def bind(self, at: Situation, waiting: PendingPin, checked: None, told: Told) -> BoundFactor:
        """In place of the one before."""
        frame, person = at.frame, at.known.person.id
        codes.set_pin(frame.conn, person, waiting.hash, frame.now)
        detail: Told = {**told, "factor": "pin"}
        event = Event("factor_added", "success", frame.now, method="pin", session=at.row.session, detail=detail)
        frame.write(event, at.known)
        return BoundFactor("pin", person, "pin")


def pin_fault(pin: str, rules: EnrolRules) -> Code | None:
    """Why a new PIN cannot be used."""
    if not pin_form(pin, rules.pin_shortest, rules.pin_length):
        return Code.PIN_FORM
    return Code.PIN_WEAK if trivial_pin(pin) else None


def waits_for_pin(conn: Connection, enrolment: str, station: str, step: str) -> bool:
    """Whether the enrolment waits for a PIN in that step, read before the transaction that decides."""
    return _waiting(conn, enrolment, station, step) is not None


def waiting_hash(conn: Connection, service: Service, enrolment: str, station: str) -> str | None:
    """The hash of a new PIN that is to be typed again; None where that is not waited for."""
    row = _waiting(conn, enrolment, station, "try")
    made = None if row is None else pending.read(service.keys, row).made
    return None if made is None else kept(PendingPin, made).hash


def _waiting(conn: Connection, enrolment: str, station: str, step: str) -> EnrolmentRow | None:
    row = enrolments.find(conn, enrolment)
    there = row is not None and (row.workstation, row.step, row.kind) == (station, step, "pin")
    return row if there else None
