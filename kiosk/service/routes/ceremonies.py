"""Ceremonies: sign-in and step-up, their challenges and proofs."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.ceremony import BeginSignIn, CancelIn, CeremonyView, MoreTime, ProofIn
from kiosk.model.challenge import Challenge, ChallengeAsk
from kiosk.model.proof import PinProof
from kiosk.model.second import SecondPersonIn
from kiosk.model.session_view import LanguageIn
from kiosk.model.stepup import StepUpIn
from kiosk.service.ceremonies import (
    cancelling,
    challenges,
    extending,
    proving,
    repeated,
    second_asking,
    second_ending,
    second_showing,
    signin,
    stepup,
)
from kiosk.service.ceremonies import language as speaking
from kiosk.service.proofs import pin_and_otp
from kiosk.service.routes.door import TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.frame import Frame

router = APIRouter(prefix="/v1", tags=["ceremonies"], route_class=StrictRoute)
MAX_PIN = 128


@router.post("/ceremonies")
async def begin(body: BeginSignIn, service: TheService, caller: TheCaller) -> CeremonyView:
    """A tap or a typed login."""
    return await decide(
        service, caller, lambda frame: repeated.once(frame, caller.again, lambda: signin.begin(frame, body))
    )


@router.post("/stepups")
async def begin_step_up(body: StepUpIn, service: TheService, caller: TheCaller) -> CeremonyView:
    """A program's wish, a server's question, or a colleague's step-up that wants a second person."""
    return await decide(
        service, caller, lambda frame: repeated.once(frame, caller.again, lambda: _begin_step_up(frame, body))
    )


def _begin_step_up(frame: Frame, body: StepUpIn) -> CeremonyView:
    return second_showing.begin(frame, body) if second_showing.is_one(frame, body) else stepup.begin(frame, body)


@router.post("/ceremonies/{ceremony}/second")
async def second(ceremony: str, body: SecondPersonIn, service: TheService, caller: TheCaller) -> CeremonyView:
    """Somebody is named to agree to a step-up that waits for a second person: by a card held to this workstation, whose
    own ceremony is answered; or by login, to be asked where they work."""
    return await decide(
        service,
        caller,
        lambda frame: repeated.once(frame, caller.again, lambda: second_asking.name(frame, ceremony, body)),
    )


@router.post("/ceremonies/{ceremony}/finish")
async def finish(ceremony: str, service: TheService, caller: TheCaller) -> CeremonyView:
    """What came of a step-up that waits for a second person. No body."""
    return await decide(
        service,
        caller,
        lambda frame: repeated.once(frame, caller.again, lambda: second_ending.finish(frame, ceremony)),
    )


@router.post("/ceremonies/{ceremony}/challenge")
async def challenge(ceremony: str, body: ChallengeAsk, service: TheService, caller: TheCaller) -> Challenge:
    """A challenge for one method: one use, 60 s."""
    return await decide(service, caller, lambda frame: challenges.issue(frame, ceremony, body))


@router.post("/ceremonies/{ceremony}/proof")
async def prove(ceremony: str, body: ProofIn, service: TheService, caller: TheCaller) -> CeremonyView:
    """One proof. A wrong one answers 200 with the view and its ``refusal``."""
    checked = None
    if isinstance(body.proof, PinProof):
        # The slow part, outside the transaction and on a thread; the decision looks at the same hash again.
        before = await service.db.read(proving.before, service, ceremony, caller.client_id)
        turns, typed = service.pins, body.proof.pin[:MAX_PIN]
        right = not before.spare and await pin_and_otp.pin_matches(turns, caller.client_id, before.stored, typed)
        checked = proving.PinChecked(before.stored, right and len(body.proof.pin) <= MAX_PIN)
    return await decide(
        service,
        caller,
        lambda frame: repeated.once(frame, caller.again, lambda: proving.take(frame, ceremony, body, checked)),
    )


@router.post("/ceremonies/{ceremony}/more-time")
async def more_time(ceremony: str, service: TheService, caller: TheCaller) -> MoreTime:
    """The time of a sign-in under way is counted anew; ten times."""
    return await decide(service, caller, lambda frame: extending.extend(frame, ceremony))


@router.post("/ceremonies/{ceremony}/cancel", status_code=204)
async def cancel(ceremony: str, body: CancelIn, service: TheService, caller: TheCaller) -> None:
    """Given up."""
    await decide(service, caller, lambda frame: cancelling.cancel(frame, ceremony, body))


@router.post("/sessions/{session}/language", status_code=204)
async def language(session: str, body: LanguageIn, service: TheService, caller: TheCaller) -> None:
    """The person whose session is open at this workstation reads the screens in another language from now on."""
    await decide(service, caller, lambda frame: speaking.choose(frame, session, body))
