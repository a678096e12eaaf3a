"""People and places."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.health import StorageHealth


@dataclass(frozen=True, slots=True)
class Person:
    """Who it is. ``id``: the service's own, opaque. ``login``: what other systems know them by."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]

    @property
    def initials(self) -> str:
        """At most three letters: the first of each of the first, middle and last name."""
        words = [w for w in self.name.replace("-", " ").split() if w[:1].isalpha()]
        if len(words) > 1 and words[0].endswith("."):
            words = words[1:]  # a title: Dr., Prof.
        letters = [w[0].upper() for w in words]
        return "".join(letters if len(letters) <= 3 else [letters[0], letters[1], letters[-1]])


@dataclass(frozen=True, slots=True)
class ProgramView:
    """A program that an administrator named. ``path``: of its executable; ``sha256``: of that file, in lower-case hex,
    None for any contents. ``browser``: what it says of the origin of its pages is believed."""

    name: str
    path: str
    sha256: str | None = None
    browser: bool = False


@dataclass(frozen=True, slots=True)
class StationView:
    """What the service tells a workstation about itself and its rules. Times in seconds.

    ``origin``: the service's WebAuthn origin; ``rp_id`` its host. ``grace``: how long a second factor
    lets a tap alone reopen. ``names``: ``full``, ``initials`` or ``none`` on the lock screen.
    ``idle``: inactivity before the warning; ``warning``: how long the warning stands (at least 20).
    ``exempt``: this station may stay open while its person signs in elsewhere.
    ``web_origins``: page origins that may ring the doorbell here.
    ``programs``: those that an administrator named.
    ``trust``: PEM certificates of the service's CA, the present one and, in an overlap, the next.
    ``storage``: of the service, to be shown; nobody is kept out by it. ``pin_length``: digits of every new PIN, whose
    last one sends it; 0 where Enter does. The same for everybody: it tells nothing about anybody.
    ``help_desk``: its telephone number; empty: none is shown. ``ticket_keys``: the service's public keys by which a
    downtime ticket is signed, each a JWK in JSON. ``emergency``: the signed ``emergency.EmergencyPolicy``; empty where
    there is no emergency access. ``emergencies``: names of the other workstations of this place where one lasts.
    """

    id: str
    name: str
    place: str
    origin: str
    rp_id: str
    grace: int
    idle: int
    warning: int
    stepup_seconds: int
    names: str
    exempt: bool
    web_origins: tuple[str, ...]
    trust: tuple[str, ...]
    programs: tuple[ProgramView, ...] = ()
    storage: StorageHealth = "ok"
    pin_length: int = 0
    help_desk: str = ""
    ticket_keys: tuple[str, ...] = ()
    emergency: str = ""
    emergencies: tuple[str, ...] = ()
