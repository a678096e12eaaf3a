"""The service's table: apart from the agent's, whose lock screen waits for every dataclass that is made."""

# Without "from __future__ import annotations", as beside it.

from dataclasses import dataclass, field
from typing import Literal

from kiosk.settings.checks import DAY, HOUR, Range, check_number_to_call, check_ranges

_SERVICE = {
    # SP 800-63B-4 section 2.2.3: proved anew within 24 hours, and after an hour without a touch.
    "grace": Range(60, DAY, "none"),
    "idle": Range(10, HOUR, "never"),
    "warning": Range(20, 600),
    "stepup_seconds": Range(30, 600),
    "token_seconds": Range(15, 600),
    "audit_years": Range(1, 100),
}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The central service. ``origin``: the WebAuthn origin, whose host is the RP ID. ``listen``: host:port.

    ``hosts``: further names for the TLS certificate. Times in seconds: ``grace`` after a second factor in which a tap
    alone reopens (0 for none), ``idle`` until a station warns, ``warning`` from then until it locks, ``stepup_seconds``
    to prove one, ``token_seconds`` that its token is good.
    """

    origin: str
    listen: str = "127.0.0.1:8443"
    database: str = ""
    """SQLAlchemy URL; empty for SQLite in the data folder."""
    hosts: tuple[str, ...] = ()
    grace: int = 4 * 3600
    idle: int = 300
    warning: int = 30
    stepup_seconds: int = 120
    names: Literal["full", "initials", "none"] = "initials"
    token_seconds: int = 300
    audit_years: int = 6
    """For how long rows of the audit trail stay in the database (45 CFR 164.316(b)(2)(i): six years)."""
    help_desk: str = ""
    """Its telephone number, as people dial it; every station shows it where it sends to the help desk."""
    open_audiences: bool = True
    """As in ``[policy]``, which goes before it. ``service init`` writes False: what was installed before keeps True."""
    policy: dict[str, object] = field(default_factory=dict)
    """The ``[policy]`` table; read by ``service/policy``."""
    messages: dict[str, object] = field(default_factory=dict)
    """The ``[messages]`` table; read by ``service/channels``."""
    limits: dict[str, object] = field(default_factory=dict)
    """The ``[limits]`` table; read by ``service/platform/budgets``."""
    operations: dict[str, object] = field(default_factory=dict)
    """The ``[operations]`` table; read by ``service/operations``."""
    directory: dict[str, object] = field(default_factory=dict)
    """The ``[directory]`` table; read by ``service/platform/directory_settings``."""

    openid: dict[str, object] = field(default_factory=dict)
    """The ``[openid]`` table; read by ``service/platform/openid_settings``."""
    phone: dict[str, object] = field(default_factory=dict)
    """The ``[phone]`` table; read by ``service/platform/phone_settings``."""
    upstream: dict[str, object] = field(default_factory=dict)
    """The ``[upstream]`` table; read by ``service/platform/upstream_settings``."""
    kerberos: dict[str, object] = field(default_factory=dict)
    """The ``[kerberos]`` table; read by ``service/platform/kerberos_settings``."""
    emergency: dict[str, object] = field(default_factory=dict)
    """The ``[emergency]`` table; read by ``service/policy``."""
    review: dict[str, object] = field(default_factory=dict)
    """The ``[review]`` table; read by ``service/policy/review_rules``."""
    risk: dict[str, object] = field(default_factory=dict)
    """The ``[risk]`` table; read by ``service/shared/risk_rules``."""

    def policy_table(self) -> dict[str, object]:
        """The ``[policy]`` table, with what stands outside it."""
        outside: dict[str, object] = {"open_audiences": self.open_audiences}
        if self.emergency:
            outside["emergency"] = self.emergency
        return {**outside, **self.policy}

    def __post_init__(self) -> None:
        check_ranges(self, _SERVICE)
        check_number_to_call("help_desk", self.help_desk)
