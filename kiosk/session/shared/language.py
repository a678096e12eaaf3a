"""The language of the screens: the station's own, and from sign-in to lock the one that its person has chosen."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.events import LanguageShown
from kiosk.session.facts.orders import KeepLanguage, ShowLanguage
from kiosk.session.facts.state import MyKeysMode, State, session_of
from kiosk.session.shared.transition import Draft


def shown(d: Draft, event: LanguageShown) -> None:
    """The button was pressed, and this is what the window speaks now. Chosen at My keys, it is the person's own."""
    d.state = replace(d.state, language=event.language)
    mode = d.state.mode
    if isinstance(mode, MyKeysMode):
        d.stay(replace(mode, session=replace(mode.session, language=event.language)))
        d.order(KeepLanguage(mode.session.id, event.language))


def follow(d: Draft, before: State) -> None:
    """Somebody has signed in, or gone: the screens speak to whoever is here now."""
    was, now = session_of(before.mode), session_of(d.state.mode)
    if (was.id if was else None) == (now.id if now else None):
        return
    # Whoever has chosen none is spoken to as the lock screen spoke when she came.
    wanted = now.language or ("" if was else d.state.language) if now else ""
    if wanted != d.state.language:
        d.state = replace(d.state, language=wanted)
        d.order(ShowLanguage(wanted))
