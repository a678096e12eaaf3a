"""What the person of a step-up reads and consents to: made of what was asked and of the service's word for whom."""

from __future__ import annotations

from functools import lru_cache

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.consent import Consent, ConsentLine
from kiosk.model.consent import lines as lines_of
from kiosk.session.facts.consent_pages import Piece, beside, pages
from kiosk.session.facts.held_by_mode import holder_of
from kiosk.session.facts.screens import ConsentPage
from kiosk.session.facts.state import State
from kiosk.session.facts.step_up_state import StepUpMode

BY_HEART = (
    "action",
    "emergency",
    "second_of",
    "program",
    "unregistered",
    "origin",
    "server",
    "agent",
    "message",
    "records",
    "lasts",
)
"""Lines that stand beside the proof even where everything was read page by page, as long as they are short."""
MAX_BY_HEART = 60


def consent_of(state: State, mode: StepUpMode) -> Consent:
    """All that is shown, signed and in the token. The audience is unknown (empty) before the service said it."""
    ask, view = mode.request.ask, mode.view
    return Consent(
        login=_login(state, mode),
        workstation=state.status.station,
        program=mode.request.name if view is None else view.program,
        path=mode.request.program,
        origin=mode.request.origin,
        action=ask.action,
        resource=ask.resource,
        records=ask.records,
        purpose=mode.purpose,
        audience=(view.audience if view is not None else ask.audience) or "",
        patients=ask.patients,
        lost=ask.lost,
        words=view.words if view is not None else (),
        server=mode.asker.server if view is None else view.server,
        message=view.message if view is not None else None,
        agent=mode.asker.agent if view is None else view.agent,
        second_of=mode.asker.second_of if view is None else view.second_of,
        lasts=ask.lasts,
        emergency=_emergency(state, mode),
    )


def _emergency(state: State, mode: StepUpMode) -> UnderEmergency | None:
    """The emergency access that this station itself shows; elsewhere, where a colleague's is agreed to, the service's
    word. So no other reason than the one that was picked here is ever signed here."""
    if not mode.session.emergency:
        return mode.view.emergency if mode.view is not None else None
    lasting = state.emergency
    return UnderEmergency(lasting.session, lasting.reason) if lasting is not None else None


def _login(state: State, mode: StepUpMode) -> str:
    """Who consents: a second person who proves themselves here, empty while their key has not said whose it is. Of an
    emergency access that began offline the service may know whose it is, and the station not."""
    holder = holder_of(state, mode.session) if mode.waits is None else None
    if holder is not None:
        return holder.login
    return mode.view.person.login if mode.view is not None and mode.view.person is not None else ""


def lines(state: State, mode: StepUpMode) -> tuple[ConsentLine, ...]:
    """As they are drawn; what is not known yet has no line."""
    return tuple(
        line for line in lines_of(consent_of(state, mode), mode.language) if line.value or line.key == "unregistered"
    )


def pages_of(state: State, mode: StepUpMode) -> tuple[tuple[Piece, ...], ...]:
    """The pages to be read before anything can be proved; none where all has room beside the proof."""
    return _paged(lines(state, mode), mode.another)


@lru_cache(maxsize=1)
def _paged(said: tuple[ConsentLine, ...], another: bool) -> tuple[tuple[Piece, ...], ...]:
    """Kept for the one wish that is on the screen: each of its events asks for them, and 500 patients take 10 ms."""
    return () if beside(said, another=another) else pages(said)


def page_of(state: State, mode: StepUpMode) -> ConsentPage | None:
    """The page that is being read now; None while nothing is to be read."""
    if mode.view is None or mode.read or wants_purpose(mode):
        return None
    said = pages_of(state, mode)
    number = min(mode.page, len(said) - 1)
    return ConsentPage(said[number], number, len(said), painted=mode.shown > number) if said else None


def wants_purpose(mode: StepUpMode) -> bool:
    """Whether the person has yet to say what for."""
    return mode.view is not None and bool(mode.view.purposes) and not mode.purpose


def short(said: tuple[ConsentLine, ...]) -> tuple[ConsentLine, ...]:
    """What stands beside the proof of what was read page by page."""
    return tuple(line for line in said if line.key in BY_HEART and len(line.value) <= MAX_BY_HEART)
