"""Policies that one administrator proposed. Every function takes the transaction's ``Connection``.

A proposal's row is the service's (``integrity``), and the manifest of policies lists it while it waits: so none can be
changed, or put back once it has ended. At most one waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, func, select

from kiosk.service.store import integrity
from kiosk.service.store.guarded import POLICY
from kiosk.service.store.manifests import lock
from kiosk.service.store.schema import policy_proposal
from kiosk.service.store.sql_types import StoredRow

How = Literal["confirmed", "withdrawn", "superseded", "expired", "outdated"]


@dataclass(frozen=True, slots=True)
class PolicyProposal:
    """``act``: what it becomes. ``sha256``: of its text, empty where none is to be applied. ``base``: the version in
    force when it was proposed, 0 for none. ``by``, ``administrator``, ``reason``, ``again``, ``at``: as of a version.
    ``ended``, ``how``: when and how it ended; ``confirmed_by``: the second person; ``version``: what it became."""

    proposal: int
    act: str
    sha256: str
    base: int
    again: int | None
    by: str
    administrator: str
    reason: str
    at: int
    ended: int | None = None
    how: How | None = None
    confirmed_by: str | None = None
    version: int | None = None


def waiting(conn: Connection) -> PolicyProposal | None:
    """The one that waits for a second administrator, locked from here on. Raises ``TamperedError``."""
    lock(conn, POLICY)
    row = integrity.one(conn, policy_proposal, policy_proposal.c.ended.is_(None))
    return None if row is None else _of(row)


def of_versions(conn: Connection) -> dict[int, PolicyProposal]:
    """What became a version, by its number. Raises ``TamperedError``."""
    found = conn.execute(select(policy_proposal).where(policy_proposal.c.version.is_not(None))).all()
    made = (_of(row) for row in integrity.believed(conn, policy_proposal, found))
    return {proposal.version: proposal for proposal in made if proposal.version is not None}


def add(conn: Connection, wanted: PolicyProposal) -> PolicyProposal:
    """Record ``wanted`` under the next number."""
    lock(conn, POLICY)
    last = conn.execute(select(func.max(policy_proposal.c.proposal))).scalar() or 0
    made = replace(wanted, proposal=last + 1)
    values: dict[str, object] = {name: getattr(made, name) for name in PolicyProposal.__dataclass_fields__}
    integrity.add(conn, policy_proposal, values)
    return made


def end(
    conn: Connection,
    of: PolicyProposal,
    how: How,
    now: int,
    confirmed_by: str | None = None,
    version: int | None = None,
) -> None:
    """It waits no longer. ``confirmed_by``, ``version``: who confirmed it, and what it became."""
    mine = (policy_proposal.c.proposal == of.proposal) & policy_proposal.c.ended.is_(None)
    values = {"ended": now, "how": how, "confirmed_by": confirmed_by, "version": version}
    integrity.change(conn, policy_proposal, mine, values)


def _of(row: StoredRow) -> PolicyProposal:
    return PolicyProposal(**{name: getattr(row, name) for name in PolicyProposal.__dataclass_fields__})
