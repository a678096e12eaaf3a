"""One thing that happened, and the exact bytes that are hashed for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from kiosk.model.binding import Json, canonical
from kiosk.model.challenge import CommitmentOpening

SERVICE = "service"
"""The chain of the service's own acts and its administrators'. Every other chain is a workstation's id."""
VERSION = 1
ROW_LABEL = b"kiosk/audit-row/v1\x00"
CHAIN_LABEL = b"kiosk/audit-chain/v1\x00"

NO_REVISIONS: Mapping[str, int] = MappingProxyType({})

ASKS: Mapping[str, str] = MappingProxyType({"stepup": "action", "stepup_asked": "action", "admin": "act"})
"""Rows whose detail names what was asked for, or which act an administrator did; and under which name."""
MAX_ASKED = 200
"""Characters of a name that a row is found by. No action and no act is as long."""

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
    openings: tuple[CommitmentOpening, ...] = ()


def row_body(
    chain: str,
    seq: int,
    event: Event,
    evidence_digest: str | None,
    request_digest: str | None = None,
    revisions: Mapping[str, int] = NO_REVISIONS,
) -> str:
    """RFC 8785 canonical JSON of the row. ``revisions``: of the rows that decide about persons (``store/manifests``).

    Raises ``ValueError`` for what JSON cannot hold.
    """
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
        "request": request_digest,
        "revisions": dict(revisions) or None,
    }
    return canonical({name: value for name, value in whole.items() if value is not None}).decode("utf-8")


def asked_in(action: object, detail: object) -> str | None:
    """What a row that is called ``action`` and has ``detail`` asks for, None for nothing that it is found by."""
    name = ASKS.get(action) if isinstance(action, str) else None
    asked = detail.get(name) if name is not None and isinstance(detail, Mapping) else None
    return asked if isinstance(asked, str) and len(asked) <= MAX_ASKED and "\0" not in asked else None


def first_link(chain: str) -> bytes:
    """What the first row of ``chain`` names as the hash before it."""
    return hashlib.sha256(CHAIN_LABEL + chain.encode("utf-8")).digest()


def row_hash(prev: bytes, body: str) -> bytes:
    """SHA-256(label ‖ prev ‖ body): the link that the next row names."""
    return hashlib.sha256(ROW_LABEL + prev + body.encode("utf-8")).digest()
