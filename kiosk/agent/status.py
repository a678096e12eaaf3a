"""What ``kiosk status`` says, as plain data made from state and screen."""

from __future__ import annotations

from kiosk.model.card import CardTrouble
from kiosk.model.second import SecondWanted
from kiosk.session.facts.emergency_screens import Emergency, OwedTextScreen
from kiosk.session.facts.enrolment_screens import (
    EnrolCodeApp,
    EnrolHold,
    Enrolment,
    EnrolPanel,
    EnrolPhone,
    EnrolPin,
    EnrolProve,
    EnrolTypeCode,
    EnrolWho,
    MyKeys,
)
from kiosk.session.facts.held_by_mode import session_of
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.session.facts.screens import Active, Aftermath, ConsentPage, OutOfOrder, Screen, SecondFactor, StepUp
from kiosk.session.facts.state import State

Status = dict[str, object]


def status_of(state: State, screen: Screen) -> Status:
    """``state`` of the screen, ``person`` (login) and ``assurance`` (acr) of the open session, ``readers`` and more.

    It is ``step_up`` once the person can answer, a second after it is seen. ``step``: where it stands. Of an enrolment,
    step and part (``proof.second``); of a person's list of keys, ``keys.list``. Of a step-up, the page that is being
    read (``read.1``), that it waits for a second person (``second.wanted``, ``second.asked``) or is agreed to by one
    (``second.proof``). Of emergency access, how it was said who wants it (``emergency.card``). And ``busy`` while it
    has to be waited for. ``notice``: which sentence the screen says below its main act, by its key among the
    translations; it goes again. ``code``: what the screen asks to tell the help desk, such as the number of a request
    in the service's log. ``entry``: a field takes what is typed now; another number, another field. None while nothing
    may be typed.
    """
    session = session_of(state.mode)
    status = screen.status
    return {
        "state": "active" if isinstance(screen, StepUp) and not _answerable(screen) else screen.name,
        "step": _step(screen),
        "code": _code(screen),
        "notice": None if (notice := _notice(screen)) is None else notice.key,
        "entry": _entry(screen),
        "person": None if session is None else session.person.login,
        "name": None if session is None else session.person.name,
        "assurance": None if session is None else session.assurance.acr,
        "readers": [{"name": r.name, "role": r.role.value, "state": r.state.value} for r in status.readers],
        "card_service": status.card_service.value,
        "service": "online" if status.network == "online" else "unreachable",
        "station": status.station,
        "place": status.place,
        "waiting": len(state.workspaces) - (1 if session is not None else 0),
    }


def _answerable(screen: StepUp) -> bool:
    return screen.ready and bool(screen.prove or screen.purposes or screen.page or screen.second)


def _code(screen: Screen) -> str | None:
    if isinstance(screen, OutOfOrder):
        return screen.code
    notice = _notice(screen)
    return None if notice is None else dict(notice.values).get("code")


def _notice(screen: Screen) -> Notice | None:
    return screen.notice if isinstance(screen, LockScreen | Active | Aftermath) else None


def _step(screen: Screen) -> str | None:
    match screen:
        case StepUp(page=ConsentPage(number=number, painted=painted)):
            words, busy = ["read", str(number + 1)], not painted
        case StepUp(second=SecondWanted(asked=asked)):
            words, busy = ["second", "asked" if asked else "wanted"], False
        case StepUp(agreeing=True):
            words, busy = ["second", "proof"], False
        case MyKeys(chosen=chosen, confirm=confirm, busy=busy):
            words = ["keys", "list" if chosen is None else "confirm" if confirm else "chosen"]
        case Emergency(said=said, opening=opening, ready=ready):
            words, busy = ["emergency", said or "who"], opening or not ready
        case OwedTextScreen(owed=owed, busy=busy):
            words, busy = ["owed", "field" if owed is not None else "fetching"], busy or owed is None
        case Enrolment(part=part, at=at):
            words, busy = [at, *_part(part)], getattr(part, "busy", False)
        case _:
            return None
    return ".".join([*words, "busy"] if busy else words)


def _part(part: EnrolPanel) -> list[str]:
    words = [type(part).__name__.removeprefix("Enrol").lower()]
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
    return words


def _entry(screen: Screen) -> int | None:
    match screen:
        case LockScreen(typing_login=True):
            return 0
        case StepUp(ready=True, second=SecondWanted()):
            return 0
        case StepUp(ready=False):
            return None
        case SecondFactor(prove=prove) | StepUp(prove=Prove() as prove) | Enrolment(part=EnrolProve(prove=prove)):
            free = prove.wait is None and not prove.settling and prove.trouble is not CardTrouble.PIN_BLOCKED
            return prove.entry.number if prove.stage == "type" and free else None
        case Enrolment(part=EnrolWho(typing=None) | EnrolWho(wait=int())):
            return None
        case Enrolment(part=EnrolWho() | EnrolPin() | EnrolCodeApp() | EnrolPhone() | EnrolTypeCode() as part):
            return None if part.busy else part.entry.number
        case _:
            return None
