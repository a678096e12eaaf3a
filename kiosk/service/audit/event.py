"""One thing that happened, and the exact bytes that are hashed for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.binding import Json, canonical
from kiosk.model.ceremony import Opening

SERVICE = "service"
"""The chain of the service's own acts and its administrators'. Every other chain is a workstation's id."""
VERSION = 1
ROW_LABEL = b"kiosk/audit-row/v1\x00"
CHAIN_LABEL = b"kiosk/audit-chain/v1\x00"

Result = Literal["success", "refused", "failure", "seen"]
"""``refused``: policy or a proof said no. ``failure``: it could not be done. ``seen``: told by a workstation."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the trail.

    ``at``: epoch seconds, the service's clock. ``reason``: a stable word, e.g. a RefusalCode. ``person``, ``login``:
    who it is about. ``workstation``: its id; ``station``: its name. ``method`` and what it proves: ``acr``, ``amr``.
    ``evidence``: see ``evidence``; kept beside the row, which holds its digest. ``openings``: what the commitments in
    the evidence hide; kept apart, and may be deleted. ``detail``: whatever else; never a secret, never a badge number.
    """

    action: str
    result: Result
    at: int
    reason: str | None = None
    person: str | None = None
    login: str | None = None
    workstation: str | None = None
    station: str | None = None
    session: str | None = None
    ceremony: str | None = None
    method: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    detail: dict[str, Json] = field(default_factory=dict)
    evidence: dict[str, Json] | None = None
    openings: tuple[Opening, ...] = ()


def row_body(chain: str, seq: int, event: Event, evidence_digest: str | None) -> str:
    """RFC 8785 canonical JSON of the row. Raises ``ValueError`` for what JSON cannot hold."""
    whole: dict[str, Json] = {
        "v": VERSION,
        "chain": chain,
        "seq": seq,
        "at": event.at,
        "action": event.action,
        "result": event.result,
        "reason": event.reason,
        "person": event.person,
        "login": event.login,
        "workstation": event.workstation,
        "station": event.station,
        "session": event.session,
        "ceremony": event.ceremony,
        "method": event.method,
        "acr": event.acr,
        "amr": list(event.amr) or None,
        "detail": event.detail or None,
        "evidence": evidence_digest,
    }
    return canonical({name: value for name, value in whole.items() if value is not None}).decode("utf-8")


def first_link(chain: str) -> bytes:
    """What the first row of ``chain`` names as the hash before it."""
    return hashlib.sha256(CHAIN_LABEL + chain.encode("utf-8")).digest()


def row_hash(prev: bytes, body: str) -> bytes:
    """SHA-256(label ‖ prev ‖ body): the link that the next row names."""
    return hashlib.sha256(ROW_LABEL + prev + body.encode("utf-8")).digest()
