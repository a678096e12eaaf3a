"""What ``kiosk status`` says, as plain data made from state and screen."""

from __future__ import annotations

from kiosk.session.enrol_screens import EnrolHold, EnrolPin, EnrolProve, EnrolWho
from kiosk.session.screens import Enrolment, Screen, StepUp
from kiosk.session.state import State, session_of

Status = dict[str, object]


def status_of(state: State, screen: Screen) -> Status:
    """``state`` of the screen, ``person`` (login) and ``assurance`` (acr) of the open session, ``readers`` and more.

    It is ``step_up`` once the person can answer: whoever reads that may go on and type. ``step``: where an enrolment
    stands, step and part (``proof.second``), and ``busy`` while it has to be waited for.
    """
    session = session_of(state.mode)
    around = screen.around
    return {
        "state": "active" if isinstance(screen, StepUp) and not (screen.prove or screen.purposes) else screen.name,
        "step": _step(screen) if isinstance(screen, Enrolment) else None,
        "person": None if session is None else session.person.login,
        "name": None if session is None else session.person.name,
        "assurance": None if session is None else session.assurance.acr,
        "readers": [{"name": r.name, "role": r.role.value, "state": r.state.value} for r in around.readers],
        "card_service": around.card_service.value,
        "service": "online" if around.network == "online" else "unreachable",
        "station": around.station,
        "place": around.place,
        "waiting": len(state.kept) - (1 if session is not None else 0),
    }


def _step(screen: Enrolment) -> str:
    part = screen.part
    words = [screen.at, type(part).__name__.removeprefix("Enrol").lower()]
    match part:
        case EnrolPin(purpose=purpose):
            words.append(purpose)
        case EnrolProve(prove=prove):
            words.append(prove.stage)
        case EnrolWho(typing=str() as typing):
            words.append(typing)
        case EnrolHold(trouble=trouble) if trouble is not None:
            words.append(trouble.value)
        case _:
            pass
    return ".".join([*words, "busy"] if getattr(part, "busy", False) else words)
