"""Cases for review, as they go over the wire to whoever reviews them at a workstation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ReviewIn:
    """Body of each ``POST /v1/reviews…``: the token of a step-up on ``Case/ID`` (``Case/all`` for the list), granted at
    this workstation. What its purpose says closes or reopens a case: nothing else of the program's counts."""

    token: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One row of the trail of that time. ``at``: epoch seconds. ``what``: what was opened, approved or exported."""

    at: int
    row: int
    action: str
    result: str
    login: str | None
    what: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case. Times in epoch seconds. ``login``, ``name``: who it is about, None where nobody is known.

    ``more``: further ones like it that it stands for. ``findings``: of which one closes it. ``rows``: what happened at
    its workstation in that time; ``cut``: there are more. Both empty in a list. ``closed_by``: a login.
    ``account``: what was written about an emergency access, by the login ``account_by``, at ``account_at``;
    ``account_due``: until when that is owed, None where nothing is. ``step_ups``: how many were granted in an emergency
    access, of ``records`` altogether.
    """

    id: str
    kind: str
    state: Literal["open", "overdue", "closed"]
    login: str | None
    name: str | None
    station: str
    place: str
    why: str
    happened: int
    until: int | None
    opened: int
    due: int
    more: int = 0
    reopens: str | None = None
    closed: int | None = None
    closed_by: str | None = None
    finding: str | None = None
    text: str | None = None
    findings: tuple[str, ...] = ()
    rows: tuple[CaseRow, ...] = ()
    cut: bool = False
    account: str | None = None
    account_by: str | None = None
    account_at: int | None = None
    account_due: int | None = None
    step_ups: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class CasesView:
    """Cases that wait, the one that is due first first. ``more``: how many were left out."""

    cases: tuple[CaseView, ...]
    more: int = 0
