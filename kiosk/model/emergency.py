"""Emergency access ("break-glass", 45 CFR 164.312(a)(2)(ii)): what travels of it between service and workstation.

The policy reaches a workstation as a compact JWS by the service's own key, ``typ`` ``kiosk-emergency+jwt``, whose
payload is an ``EmergencyPolicy``: so that it holds while the service is away, and at that workstation alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from kiosk.model.ceremony import LoginPresented
from kiosk.model.people import Person
from kiosk.model.proof import Presented
from kiosk.model.sealed_code import SealedCode, SealedCodePresented
from kiosk.model.ticket import Confirmation

TYP = "kiosk-emergency+jwt"
LOGIN = "~emergency"
"""Of the workspace. No person can have it: a login begins with a letter or digit."""
MAX_POLICY = 16_384
"""Characters of the signed policy."""
MAX_ID, MAX_REASON = 64, 100
"""Characters."""
OPENED, EXTENDED, ENDED = "emergency_opened", "emergency_extended", "emergency_ended"
"""Acts in the trail. The last two are reports of a workstation, and so is the first while the service is away."""
PROGRAM_STARTED: Final = "emergency_program"
"""Another report: an executable was seen to run in its workspace, each once."""
HOOK_BEGIN: Final = "emergency.begin"
HOOK_EXTEND: Final = "emergency.extend"
HOOK_END: Final = "emergency.end"
"""What the station's own program is told."""
EmergencyHook = Literal["emergency.begin", "emergency.extend", "emergency.end"]
NOBODY = Person(LOGIN, LOGIN, "Emergency access", ())
"""Whose workspace it is: the workstation's own, and no person's."""


WhoItIs = Presented | LoginPresented | SealedCodePresented
"""By what it is said who it is, or that somebody could open the safe; none of it is proved."""


@dataclass(frozen=True, slots=True)
class EmergencyOffer:
    """What emergency access is at one workstation. Times in seconds.

    ``seconds``: that it lasts, and that an extension adds; ``most``: altogether. ``idle``: without a touch until it is
    warned that it ends. ``reasons``: one of them is picked. ``unknown``: also without saying who it is. ``codes``:
    sealed ones of which each opens it once. ``roles``: who may, where it is known who it is; empty for everybody.
    """

    seconds: int
    most: int
    idle: int
    reasons: tuple[str, ...]
    unknown: bool = False
    codes: tuple[SealedCode, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmergencyPolicy:
    """``aud``: id of the workstation; ``cnf``: its key. ``iat``, ``exp``: epoch seconds."""

    iss: str
    aud: str
    cnf: Confirmation
    iat: int
    exp: int
    offer: EmergencyOffer


@dataclass(frozen=True, slots=True)
class EmergencyIn:
    """Body of ``POST /v1/emergencies``. ``id``: a UUID of the workstation's, so that one asked for twice opens once.

    ``presented``: a badge, card, key, login or sealed code, none of it proof of a person; None where it is not said who
    it is.
    """

    id: str
    presented: WhoItIs | None
    reason: str


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """``person``: who it is, as far as that is known. ``seconds``: until it ends by itself."""

    id: str
    person: Person | None
    seconds: int
