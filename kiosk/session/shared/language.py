"""The language of the screens: the station's own, and from sign-in to lock the one that its person has chosen."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.enrolment_state import MyKeysMode
from kiosk.session.facts.events import LanguageChanged
from kiosk.session.facts.held_by_mode import session_of
from kiosk.session.facts.orders import ShowLanguage
from kiosk.session.facts.session_orders import KeepLanguage
from kiosk.session.facts.state import State
from kiosk.session.shared.transition import Transition


def shown(t: Transition, event: LanguageChanged) -> None:
    """The button was pressed, and this is what the window speaks now. Chosen at My keys, it is the person's own."""
    t.state = replace(t.state, language=event.language)
    mode = t.state.mode
    if isinstance(mode, MyKeysMode):
        t.stay(replace(mode, session=replace(mode.session, language=event.language)))
        t.order(KeepLanguage(mode.session.id, event.language))


def follow(t: Transition, before: State) -> None:
    """Somebody has signed in, or gone: the screens speak to whoever is here now."""
    was, now = session_of(before.mode), session_of(t.state.mode)
    if (was.id if was else None) == (now.id if now else None):
        return
    # Whoever has chosen none is spoken to as the lock screen spoke when they came.
    wanted = now.language or ("" if was else t.state.language) if now else ""
    if wanted != t.state.language:
        t.state = replace(t.state, language=wanted)
        t.order(ShowLanguage(wanted))
