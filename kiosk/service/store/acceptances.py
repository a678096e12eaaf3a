"""Compromises of models of keys that somebody answers for: for every key of the model, or for one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.store import integrity
from kiosk.service.store.schema import fido_acceptance
from kiosk.service.store.sql_types import StoredRow

_IN_ORDER = (fido_acceptance.c.id,)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """``id``: from 1. ``model``: AAGUID or key identifier, hex. ``credential``: of one key, None for all of the model.

    ``reports``: marks of the status reports that it is about, no others. Times in epoch seconds.
    """

    id: int
    model: str
    credential: str | None
    reports: tuple[str, ...]
    reason: str
    opened: int
    opened_by: str
    closed: int | None


def add(
    conn: Connection, model: str, credential: str | None, reports: Sequence[str], reason: str, by: str, now: int
) -> int:
    """Its number."""
    made = (conn.execute(select(func.max(fido_acceptance.c.id))).scalar() or 0) + 1
    row = {"id": made, "model": model, "credential": credential, "reports": json.dumps(list(reports))}
    integrity.add(conn, fido_acceptance, {**row, "reason": reason, "opened": now, "opened_by": by})
    return made


def every(conn: Connection, model: str | None = None) -> list[Acceptance]:
    """All that were ever made, by number; ``model``: those of it alone."""
    mine = () if model is None else (fido_acceptance.c.model == model,)
    return [_acceptance(row) for row in integrity.rows(conn, fido_acceptance, *mine, order=_IN_ORDER, skip=True)]


def _acceptance(row: StoredRow) -> Acceptance:
    values = {name: getattr(row, name) for name in Acceptance.__dataclass_fields__}
    return Acceptance(**{**values, "reports": tuple(json.loads(row.reports))})


def in_force(conn: Connection, model: str, credential: str | None) -> list[Acceptance]:
    """Those that are good for a key of that model. ``credential``: None for a key that is not enrolled yet."""
    return [
        acceptance
        for acceptance in every(conn, model)
        if acceptance.closed is None and acceptance.credential in (None, credential)
    ]


def close(conn: Connection, number: int, by: str, now: int) -> None:
    """It counts no more."""
    mine = fido_acceptance.c.id == number
    integrity.change(conn, fido_acceptance, mine, {"closed": now, "closed_by": by})
