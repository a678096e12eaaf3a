"""Somebody's wish as the policy would be asked about it, from what the store knows of them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from kiosk.service.admin.act import the_stored_person
from kiosk.service.policy import LEVELS, Asking, PolicyRules, Rung, reach_of
from kiosk.service.proofs.methods import enrolled_anywhere


def case_of(conn: Connection, rules: PolicyRules, now: int, login: str, action: str) -> tuple[Asking, frozenset[Rung]]:
    """Of ``login``, who asks for ``action`` now, at no workstation; and the steps that they can come to. Raises
    ``ActRefusedError``."""
    known = the_stored_person(conn, login)
    rule = rules.action(action)
    asking = Asking(
        person=known.person.id,
        login=known.person.login,
        roles=known.person.roles,
        action=action,
        audience="",
        record_type="",
        sensitivity=LEVELS.index(rule.sensitivity),
        labels=rule.labels,
        hour=datetime.fromtimestamp(now, UTC).hour,
    )
    return asking, reach_of(enrolled_anywhere(conn, rules, now, known.person.id), ())
