"""Emergency access: asked for here; extended and ended by reports of the workstation (``reports``)."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.emergency import EmergencyIn, EmergencyView
from kiosk.model.owed_text import OwedTextIn, OwedTexts
from kiosk.service.ceremonies import emergencies, owed_texts
from kiosk.service.ceremonies.emergencies import RefusedEmergency
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.routes.door import TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute

router = APIRouter(prefix="/v1", tags=["emergency"], route_class=StrictRoute)
SENTENCES = {
    emergencies.NOT_HERE: "This workstation has no emergency access.",
    emergencies.NOT_A_REASON: "This is no reason of the list. Fetch the list again.",
    emergencies.BAD_CODE: "This sealed code opens nothing here: mistyped, used before, or of another workstation.",
    emergencies.NOBODY_KNOWN: "Say who it is: nobody is known by this badge or name.",
    "suspended": "This person is suspended.",
}
OTHER = "The roles of this person do not allow emergency access."


@router.get("/sessions/{session}/owed")
async def owed(session: str, service: TheService, caller: TheCaller) -> OwedTexts:
    """About which emergency accesses the person of that session still owes a text."""
    return await decide(service, caller, lambda frame: owed_texts.of_session(frame, session))


@router.post("/sessions/{session}/owed")
async def written(session: str, body: OwedTextIn, service: TheService, caller: TheCaller) -> OwedTexts:
    """Their text about one of them; what is left."""
    return await decide(service, caller, lambda frame: owed_texts.write(frame, session, body))


@router.post("/emergencies")
async def begin(body: EmergencyIn, service: TheService, caller: TheCaller) -> EmergencyView:
    """Emergency access begins. Asked for again under the same ``id``, it is the same one. 403 with the reason where
    the rules do not allow it: that is in the trail then."""
    answer = await decide(service, caller, lambda frame: emergencies.begin(frame, body))
    if isinstance(answer, RefusedEmergency):
        problem = HttpProblemError(403, answer.code, SENTENCES.get(answer.code, OTHER))
        problem.says = answer.says
        raise problem
    return answer
