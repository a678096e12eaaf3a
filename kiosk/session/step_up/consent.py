"""What the person of a step-up reads and consents to: made of what was asked and of the service's word for whom."""

from __future__ import annotations

from functools import lru_cache

from kiosk.model.consent import Consent, Line
from kiosk.model.consent import lines as lines_of
from kiosk.session.facts.consent_pages import Piece, beside, pages
from kiosk.session.facts.screens import Page
from kiosk.session.facts.state import State, StepUpMode

BY_HEART = ("action", "program", "unregistered", "origin", "records")
"""Lines that stand beside the proof even where everything was read page by page, as long as they are short."""
MAX_BY_HEART = 60


def consent_of(state: State, m: StepUpMode) -> Consent:
    """All that is shown, signed and in the token. The audience is unknown (empty) before the service said it."""
    ask, view = m.request.ask, m.view
    return Consent(
        login=m.session.person.login,
        workstation=state.around.station,
        program=m.request.name if view is None else view.program,
        path=m.request.program,
        origin=m.request.origin,
        action=ask.action,
        resource=ask.resource,
        records=ask.records,
        purpose=m.purpose,
        audience=(view.audience if view is not None else ask.audience) or "",
        patients=ask.patients,
        lost=ask.lost,
        words=view.words if view is not None else (),
    )


def lines(state: State, m: StepUpMode) -> tuple[Line, ...]:
    """As they are drawn; what is not known yet has no line."""
    return tuple(one for one in lines_of(consent_of(state, m), m.language) if one.value or one.key == "unregistered")


def pages_of(state: State, m: StepUpMode) -> tuple[tuple[Piece, ...], ...]:
    """The pages to be read before anything can be proved; none where all has room beside the proof."""
    return _paged(lines(state, m), m.another)


@lru_cache(maxsize=1)
def _paged(said: tuple[Line, ...], another: bool) -> tuple[tuple[Piece, ...], ...]:
    """Kept for the one wish that is on the screen: each of its events asks for them, and 500 patients take 10 ms."""
    return () if beside(said, another=another) else pages(said)


def page_of(state: State, m: StepUpMode) -> Page | None:
    """The page that is being read now; None while nothing is to be read."""
    if m.view is None or m.read or wants_purpose(m):
        return None
    said = pages_of(state, m)
    number = min(m.page, len(said) - 1)
    return Page(said[number], number, len(said), painted=m.shown > number) if said else None


def wants_purpose(m: StepUpMode) -> bool:
    """Whether the person has yet to say what for."""
    return m.view is not None and bool(m.view.purposes) and not m.purpose


def short(said: tuple[Line, ...]) -> tuple[Line, ...]:
    """What stands beside the proof of what was read page by page."""
    return tuple(one for one in said if one.key in BY_HEART and len(one.value) <= MAX_BY_HEART)
