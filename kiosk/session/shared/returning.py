"""From what lay over a covered workspace back to it; or to the lock that waited for that to end."""

from __future__ import annotations

from kiosk.session.facts.carried import Session
from kiosk.session.facts.orders import ShowWorkspace, Sound
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import FadingMode, OpeningMode
from kiosk.session.shared.ending import show_locked, tell_lock
from kiosk.session.shared.transition import Draft

OPENING_SECONDS = 30
LEAST_WARNING = 20
"""WCAG 2.2.1: at least 20 seconds to extend a time limit."""


def back(d: Draft, session: Session, notice: Notice | None, after: tuple[str, str | None] | None) -> None:
    """To ``session``'s workspace, with ``notice`` on its bar. ``after``: reason and place of the lock that waits."""
    if after is None:
        d.go(OpeningMode(session, returning=True, settled=True, notice=notice))
        d.order(ShowWorkspace(session.person))
        d.alarm("opening", OPENING_SECONDS)
    else:
        lock_after(d, session, *after)


def fade(d: Draft, session: Session) -> None:
    """Nobody has touched anything: warn over her dimmed workspace, then lock."""
    seconds = max(LEAST_WARNING, d.state.rules.warning)
    d.order(Sound("attention"))
    d.go(FadingMode(session, seconds))
    d.alarm("fade", seconds)


def lock_after(d: Draft, session: Session, reason: str, where: str | None) -> None:
    """The lock that had to wait."""
    tell_lock(d, session, reason)
    show_locked(d, (session.id, where) if where else None)
