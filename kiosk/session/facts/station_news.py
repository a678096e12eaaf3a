"""What is told of the workstation itself, and by the service of it: start, network, clock, keyboard, sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.emergency import EmergencyOffer
from kiosk.model.health import AwayCause
from kiosk.model.people import StationView
from kiosk.model.wire import StationEvent


@dataclass(frozen=True, slots=True)
class Started:
    """The agent is up. ``station`` as last known, None before the first contact.

    ``removal_locks`` and the others: the station's own rules, as in ``AgentSettings``. ``can_print``: it has a printer.
    ``help_desk``: its number, known before the service has ever been heard.
    """

    station: StationView | None
    removal_locks: bool = True
    tap_out: str = "lock"
    max_session: int = 43_200
    sign_after: int = 60
    can_print: bool = False
    help_desk: str = ""


@dataclass(frozen=True, slots=True)
class Online:
    """The service answers; ``station`` is its present word."""

    station: StationView


@dataclass(frozen=True, slots=True)
class Offline:
    """The service cannot be reached. ``since``: local time as HH:MM, for the banner. ``cause``: as far as that is
    known."""

    since: str
    cause: AwayCause = ""


@dataclass(frozen=True, slots=True)
class TicketsHeld:
    """``until``: local time as HH:MM until which this workstation may let somebody back in by itself, should the
    service be away; empty where it may let nobody in. ``pins``: somebody by their badge and PIN, too."""

    until: str
    pins: bool = False


@dataclass(frozen=True, slots=True)
class EmergencyAllowed:
    """``offer``: what emergency access this workstation has, by a policy that the service signed; None: none."""

    offer: EmergencyOffer | None


@dataclass(frozen=True, slots=True)
class ClockChecked:
    """``off``: seconds by which the service's clock is ahead of this computer's; 0 where it does not matter.

    ``stops``: no connection comes about because of it.
    """

    off: int
    stops: bool = False


@dataclass(frozen=True, slots=True)
class KeyboardChanged:
    """``caps``: Caps Lock is on. ``layout``: short name of the layout in force; empty where there is no other."""

    caps: bool
    layout: str = ""


@dataclass(frozen=True, slots=True)
class SoundsChanged:
    """Whether the station can be heard; ``until``: HH:MM at which that changes by itself. As in ``StationStatus``."""

    sounds: Literal["", "on", "off"]
    until: str = ""


@dataclass(frozen=True, slots=True)
class ServiceEventReceived:
    """An event of the service's stream."""

    event: StationEvent


@dataclass(frozen=True, slots=True)
class RoomFailed:
    """A room failed in a way it could not name. ``code``: for the help desk, e.g. ``CARD-THREAD``."""

    code: str


StationNews = (
    Started
    | Online
    | Offline
    | TicketsHeld
    | EmergencyAllowed
    | ClockChecked
    | KeyboardChanged
    | SoundsChanged
    | ServiceEventReceived
    | RoomFailed
)
