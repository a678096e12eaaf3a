"""What every door of the running service shares. Built once by ``app``; holds no state that a replica would miss."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlsplit

from kiosk.model.emergency import TYP, EmergencyPolicy
from kiosk.model.people import ProgramView, StationView
from kiosk.model.sealed_code import SealedCode
from kiosk.model.ticket import Confirmation
from kiosk.service.jose.dpop import Nonces
from kiosk.service.jose.tokens import Mint
from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.kerberos_settings import KerberosSettings
from kiosk.service.platform.keys import ServiceKeys
from kiosk.service.platform.openid_settings import OpenIdSettings
from kiosk.service.platform.phone_settings import PhoneSettings
from kiosk.service.platform.pin_turns import PinTurns
from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.policy import PolicyBook, PolicyRules
from kiosk.service.policy.review_rules import ReviewRules
from kiosk.service.risk import RiskRules
from kiosk.service.shared.tally import Tally
from kiosk.service.store.database import Database
from kiosk.service.store.leading import Leadership
from kiosk.service.store.lookups import StoredStation
from kiosk.service.store.request_budget import Storage
from kiosk.settings.service import ServiceSettings

HOUR = 3600
EMERGENCY_SECONDS = 30 * 24 * HOUR
"""For which a workstation that hears nothing goes on by its policy of emergency access."""


@dataclass(frozen=True, slots=True)
class Service:
    """``clock``: epoch seconds. ``trust``: reads the PEM certificates of the CA, the present one first.

    ``usual``: the policy that holds as long as none was applied.
    """

    settings: ServiceSettings
    rules: PolicyRules
    usual: PolicyBook
    budgets: Budgets
    db: Database
    keys: ServiceKeys = field(repr=False)
    mint: Mint = field(repr=False)
    nonces: Nonces = field(repr=False)
    trust: Callable[[], tuple[str, ...]]
    clock: Callable[[], float]
    storage: Storage
    pins: PinTurns = field(repr=False)
    tally: Tally = field(default_factory=Tally, repr=False)
    lead: Leadership = field(default_factory=Leadership, repr=False)
    openid: OpenIdSettings = field(default_factory=OpenIdSettings)
    phone: PhoneSettings = field(default_factory=PhoneSettings)
    upstream: UpstreamSettings | None = None
    review: ReviewRules = field(default_factory=ReviewRules)
    risk: RiskRules = field(default_factory=RiskRules)
    kerberos: KerberosSettings = field(default_factory=KerberosSettings)

    @property
    def issuer(self) -> str:
        """``iss`` of every token, and the WebAuthn origin."""
        return self.settings.origin.rstrip("/")

    @property
    def rp_id(self) -> str:
        """The origin's host."""
        return urlsplit(self.settings.origin).hostname or ""

    def now(self) -> int:
        """Whole seconds since the epoch."""
        return int(self.clock())

    def station_view(
        self,
        station: StoredStation,
        web_origins: tuple[str, ...],
        programs: tuple[ProgramView, ...],
        emergencies: tuple[str, ...] = (),
        codes: tuple[SealedCode, ...] = (),
    ) -> StationView:
        """What a workstation is told about itself and its rules. ``emergencies``: as in ``StationView``. ``codes``: its
        sealed ones that are not used."""
        settings = self.settings
        return StationView(
            id=station.id,
            name=station.name,
            place=station.place,
            origin=self.issuer,
            rp_id=self.rp_id,
            grace=settings.grace,
            idle=settings.idle,
            warning=settings.warning,
            stepup_seconds=settings.stepup_seconds,
            names=settings.names,
            exempt=station.exempt,
            web_origins=web_origins,
            trust=self.trust(),
            programs=programs,
            storage=self.storage.health,
            help_desk=settings.help_desk,
            pin_length=self.rules.enrol.pin_told,
            ticket_keys=tuple(json.dumps(key) for key in self.mint.jwks()["keys"] if key["alg"] == "ES256"),
            emergency=self._emergency_policy(station, codes),
            emergencies=emergencies,
        )

    def _emergency_policy(self, station: StoredStation, codes: tuple[SealedCode, ...]) -> str:
        """Signed for this workstation's key alone; empty where ``[emergency]`` does not name it."""
        offer = self.rules.emergency.at(station.name, station.place)
        if offer is None or station.jkt is None:
            return ""
        if self.rules.emergency.codes:
            offer = replace(offer, codes=codes)
        made = self.now() // HOUR * HOUR
        signed = EmergencyPolicy(
            self.issuer, station.id, Confirmation(station.jkt), made, made + EMERGENCY_SECONDS, offer
        )
        return self.mint.sign(TYP, asdict(signed))


def own_bases(settings: ServiceSettings) -> frozenset[str]:
    """The ``https://host[:port]`` forms under which this service may be addressed (for ``htu`` and ``aud``).

    The origin itself, where it listens, and its further names with either port.
    """
    listen_host, _, port = settings.listen.rpartition(":")
    origin = urlsplit(settings.origin)
    names = {origin.hostname or "", listen_host.strip("[]"), *settings.hosts, "localhost", "127.0.0.1", "[::1]"}
    ports = {f":{port}", f":{origin.port}" if origin.port else ""}
    if port == "443":
        ports.add("")
    hosts = {f"[{n}]" if ":" in n and not n.startswith("[") else n for n in names if n}
    return frozenset(f"https://{host}{tail}".lower() for host in hosts for tail in ports)
