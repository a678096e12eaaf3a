"""Enrolment at the workstation, and the list of a person's factors."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.ceremony import CancelIn
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import (
    BeginEnrolment,
    EnrolmentView,
    FactorsView,
    KindIn,
    MadeIn,
    NameIn,
    PinMade,
    SecondIn,
    TryIn,
    TypedTried,
)
from kiosk.service.enrolment import acts, begin, challenge, factor_list, rows, view
from kiosk.service.enrolment import pin as pin_handler
from kiosk.service.enrolment.handler import PinDone
from kiosk.service.proofs import pin_and_otp
from kiosk.service.routes.door import TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute

router = APIRouter(prefix="/v1", tags=["enrolments"], route_class=StrictRoute)


@router.post("/enrolments")
async def start(body: BeginEnrolment, service: TheService, caller: TheCaller) -> EnrolmentView:
    """Who it is, and what is to be added or reported lost."""
    return await decide(service, caller, lambda frame: view.of_row(frame, begin.begin(frame, body)))


@router.get("/enrolments/{enrolment}")
async def look(enrolment: str, service: TheService, caller: TheCaller) -> EnrolmentView:
    """How it stands; asked after each of its ceremonies."""
    return await decide(service, caller, lambda frame: view.of_row(frame, rows.load(frame, enrolment)[0]))


@router.post("/enrolments/{enrolment}/kind")
async def kind(enrolment: str, body: KindIn, service: TheService, caller: TheCaller) -> EnrolmentView:
    """Which kind is to be added; None: choose again."""
    return await decide(service, caller, lambda frame: view.of_row(frame, acts.choose(frame, enrolment, body)))


@router.post("/enrolments/{enrolment}/second")
async def second(enrolment: str, body: SecondIn, service: TheService, caller: TheCaller) -> EnrolmentView:
    """A second person tapped."""
    return await decide(service, caller, lambda frame: view.of_row(frame, acts.second(frame, enrolment, body)))


@router.post("/enrolments/{enrolment}/made")
async def made(enrolment: str, body: MadeIn, service: TheService, caller: TheCaller) -> EnrolmentView:
    """The new factor, not tried yet."""
    pin = None
    if (
        isinstance(body.made, PinMade)
        and pin_handler.pin_fault(body.made.pin, service.rules.enrol) is None
        and await service.db.read(pin_handler.waits_for_pin, enrolment, caller.client_id, "make")
    ):
        # The slow part, outside the transaction and on a thread, and only where a PIN is waited for.
        new = body.made.pin
        pin = PinDone(await service.pins.run(caller.client_id, lambda: pin_and_otp.HASHER.hash(new)))
    return await decide(service, caller, lambda frame: view.of_row(frame, acts.made(frame, enrolment, body, pin)))


@router.post("/enrolments/{enrolment}/challenge")
async def ask(enrolment: str, service: TheService, caller: TheCaller) -> Challenge:
    """What a new key or card signs when it is tried: one use, 60 s. No body."""
    return await decide(service, caller, lambda frame: challenge.issue(frame, enrolment))


@router.post("/enrolments/{enrolment}/try")
async def tried(enrolment: str, body: TryIn, service: TheService, caller: TheCaller) -> EnrolmentView:
    """The new factor is tried; if it works, it is bound. A wrong try answers 200 with its ``refusal``."""
    pin = None
    if isinstance(body.tried, TypedTried):
        stored = await service.db.read(pin_handler.waiting_hash, service, enrolment, caller.client_id)
        if stored is not None:
            right = len(body.tried.text) <= pin_and_otp.MAX_PIN
            pin = PinDone(
                stored, right and await pin_and_otp.pin_matches(service.pins, caller.client_id, stored, body.tried.text)
            )
    return await decide(service, caller, lambda frame: view.of_row(frame, acts.tried(frame, enrolment, body, pin)))


@router.post("/enrolments/{enrolment}/cancel", status_code=204)
async def cancel(enrolment: str, body: CancelIn, service: TheService, caller: TheCaller) -> None:
    """Given up."""
    await decide(service, caller, lambda frame: acts.cancel(frame, enrolment, body))


@router.get("/sessions/{session}/factors")
async def factors(session: str, service: TheService, caller: TheCaller) -> FactorsView:
    """What the person has whose session is open at this workstation."""
    return await decide(service, caller, lambda frame: factor_list.of_session(frame, session))


@router.post("/sessions/{session}/factors/{mark}/name")
async def name(session: str, mark: str, body: NameIn, service: TheService, caller: TheCaller) -> FactorsView:
    """Its person calls one of their keys or cards so from now on."""
    return await decide(service, caller, lambda frame: factor_list.rename(frame, session, mark, body.name))
