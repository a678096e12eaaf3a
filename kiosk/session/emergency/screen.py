"""What is drawn of it."""

from __future__ import annotations

from kiosk.model.ceremony import LoginPresented
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.session.facts.emergency_screens import Emergency, EmergencyBar, OwedTextScreen, Said
from kiosk.session.facts.emergency_state import EmergencyMode, OwedTextMode
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.state import State


def asking_of(state: State, mode: EmergencyMode) -> Emergency | LockScreen:
    """The screen that asks; the lock screen where the policy has just gone."""
    offer = state.rules.emergency
    if offer is None:
        return LockScreen(state.status)
    said: Said = ""
    if mode.who_is_said:
        named: Said = "login" if isinstance(mode.presented, LoginPresented) else "card"
        said = "nobody" if mode.unknown else "code" if isinstance(mode.presented, SealedCodePresented) else named
    reading = mode.probing is not None
    return Emergency(
        *(state.status, offer, mode.reason, said, reading, mode.typing_login, bool(mode.turn)),
        notice=mode.notice,
        ready=mode.ready,
        typing_code=mode.typing_code,
    )


def bar_of(state: State) -> EmergencyBar | None:
    """The red bar; None while there is no emergency access."""
    lasting = state.emergency
    if lasting is None:
        return None
    who = lasting.person.name if lasting.person is not None else ""
    return EmergencyBar(lasting.reason, who, lasting.left, lasting.step if lasting.can_extend else 0)


def owed_of(state: State, mode: OwedTextMode) -> OwedTextScreen:
    """The screen that asks for a text."""
    first = mode.texts[0] if mode.texts else None
    busy = bool(mode.turn) and mode.sending
    return OwedTextScreen(state.status, mode.session.person, first, len(mode.texts), busy, mode.notice)
