"""An opened session, as its workstation is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.people import Person
from kiosk.model.proof import Assurance

News = Literal["added", "lost", "reset", "required", "text_owed"]


@dataclass(frozen=True, slots=True)
class SessionView:
    """An opened session. ``grace_left``: seconds for which a tap alone will reopen it.

    ``keys_missing``: phishing-resistant factors that their roles demand and they have not.
    ``news``: what was done to their factors since their last sign-in, and ``required``: the roll-out wants one that
    they have not got; ``text_owed``: they owe a text about an emergency access. ``language``: in which they read the
    screens (``fr``); empty where they never chose one.
    ``ticket``: a downtime ticket for this workstation (``kiosk.model.ticket``); empty where none is given.
    """

    id: str
    person: Person
    assurance: Assurance
    grace_left: int
    keys_missing: int = 0
    news: tuple[News, ...] = ()
    language: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class LanguageIn:
    """Body of ``POST /v1/sessions/{session}/language``: the code of a language that the station has, such as ``fr``."""

    language: str
