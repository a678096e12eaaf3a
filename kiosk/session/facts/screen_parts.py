"""What every screen shows around its matter, and the lock screen. Apart from ``screens``: 15 ms of the first paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.health import AwayCause, CardService, ReaderHealth, StorageHealth

NetworkHealth = Literal["online", "unreachable", "unknown"]


@dataclass(frozen=True, slots=True)
class StationStatus:
    """What every screen may show at its edge."""

    station: str = ""
    place: str = ""
    card_service: CardService = CardService.OK
    readers: tuple[ReaderHealth, ...] = ()
    network: NetworkHealth = "unknown"
    offline_since: str | None = None
    """HH:MM; not None draws the downtime banner."""
    offline_cause: AwayCause = ""
    """Why, where that is known."""
    offline_until: str = ""
    """HH:MM until which a key or PIV card reopens work here while the service is away; empty where none does."""
    offline_pins: bool = False
    """A badge and its PIN do, too."""
    storage: StorageHealth = "ok"
    """The service's disk, by its last word."""
    clock_off: int = 0
    """Seconds by which the service's clock is ahead of this computer's; 0 where it does not matter."""
    clock_stops: bool = False
    """The service cannot be reached because of that."""
    help_desk: str = ""
    """Its telephone number; empty: none is shown."""
    caps: bool = False
    """Caps Lock is on."""
    layout: str = ""
    """Short name of the keyboard's layout, such as ``DE``; empty where it has but one."""
    sounds: Literal["", "on", "off"] = ""
    """Whether this station can be heard now; empty where it never is."""
    sounds_until: str = ""
    """HH:MM, when that changes by itself; empty if it does not, or nobody chose otherwise."""
    emergencies: tuple[str, ...] = ()
    """Names of the other workstations of this place where an emergency access lasts."""
    struck: int = 0
    """Counts sounds with which nothing else on the screen changed: what stands there is meant once more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose workspace waits behind the lock; ``label`` as policy allows."""

    label: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence under the main act. ``key`` in the translation file, ``values`` fill its holes.

    ``said``: what the hospital's policy says of it, by language (empty: in any other); it stands in front.
    """

    key: str
    tone: Literal["info", "warning", "refused"] = "info"
    values: tuple[tuple[str, str], ...] = ()
    said: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LockScreen:
    """``locked``, or ``downtime`` while the service is unreachable, or ``refused`` just after a refusal.

    ``typing_login``: the login field is open ("Use a code instead"). ``went_to``: the session moved to that
    station; offer "Not me".
    """

    status: StationStatus
    waiting: tuple[Waiting, ...] = ()
    notice: Notice | None = None
    typing_login: bool = False
    went_to: str | None = None
    emergency: bool = False
    """There is emergency access here."""
    name: Literal["locked", "downtime", "refused"] = "locked"
