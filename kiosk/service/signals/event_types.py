"""The event types that are taken and told, by their names here and their URIs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
URIS: Mapping[str, str] = MappingProxyType(
    {
        **{name: CAEP + name for name in ("session-revoked", "credential-change", "assurance-level-change")},
        **{name: CAEP + name for name in ("device-compliance-change", "risk-level-change")},
        **{name: RISC + name for name in ("account-disabled", "credential-compromise")},
        **{name: SSF + name for name in ("verification", "stream-updated")},
    }
)
"""CAEP 1.0 section 3, RISC 1.0 section 2, SSF 1.0 section 8.1.4 and 8.1.5."""
NAMES: Mapping[str, str] = MappingProxyType({uri: name for name, uri in URIS.items()})
TAKEN = (
    "session-revoked",
    "credential-change",
    "device-compliance-change",
    "risk-level-change",
    "account-disabled",
    "credential-compromise",
)
"""What a transmitter may be let tell us."""
TOLD = ("session-revoked", "credential-change", "assurance-level-change")
"""What a receiver may be told."""
