"""What a workstation writes down while the service is away: rows that name one another, each signed by its key.

How they are made and checked: ``kiosk.verification.journal``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.binding import Json

MAX_BATCH = 100
"""Rows in one request, at most: it has to fit into one."""
MAX_BATCH_BYTES = 56_000


@dataclass(frozen=True, slots=True)
class JournalRow:
    """``body``: RFC 8785 JSON of an ``JournalEntry``; ``link``: lower-case hex; ``signature``: base64url."""

    body: str
    link: str
    signature: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One thing that happened. ``n``: its number in the journal, from 1. ``at``: epoch seconds by the station's clock;
    ``up``: milliseconds since its ``boot`` began, which nobody sets.

    ``action``, ``session``, ``reason``, ``detail``: as in ``wire.Report``; ``proof``: of an offline sign-in.
    """

    n: int
    at: int
    up: int
    boot: str
    action: str
    session: str | None
    reason: str | None
    detail: dict[str, str]
    proof: dict[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class ReplayIn:
    """Body of ``POST /v1/offline``: rows in order, ``MAX_BATCH`` at most. ``before``: link before the first of them.

    ``journal``: the name of this journal, ``head``: the number of its last row, whether it is sent now or not.
    """

    journal: str
    head: int
    before: str
    rows: tuple[JournalRow, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of an offline sign-in: whether the service goes on with its session. ``reason``: why not."""

    session: str
    accepted: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayOut:
    """``taken``: number of the last row that the service has. ``state`` ``renew``: begin another journal; what this one
    holds beyond ``taken`` goes into it."""

    taken: int
    state: Literal["ok", "renew"]
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveTickets:
    """Answer of ``GET /v1/offline``. ``tickets``: ids (``jti``) of those that count at this workstation."""

    tickets: tuple[str, ...]
