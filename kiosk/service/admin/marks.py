"""How an administrator names one factor of a person."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.store import factors
from kiosk.service.store.factors import Factor
from kiosk.service.store.people import PersonLine

MIN_MARK = 4


def find(conn: Connection, person: PersonLine, said: str) -> Factor:
    """The factor that ``said`` names: by its short id (``key:k7q2m4xd``, ``pin``) or the beginning of it, as earlier
    versions wrote it, or by the person's own name of it. Raises ``ActRefusedError`` for none, or several."""
    has = factors.of_person(conn, person.id)
    kind, _, beginning = said.partition(":")
    found = [factor for factor in has if said in (factor.mark, factor.short)]
    if not found and len(beginning) >= MIN_MARK:
        found = [
            factor
            for factor in has
            if factor.kind == kind and (factor.short.startswith(said) or factor.id.startswith(beginning))
        ]
    if not found:
        found = [factor for factor in has if factor.name == said]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(factor.short for factor in has) or "nothing at all"
    raise ActRefusedError(
        f"{'Several' if found else 'None'} of {person.name}'s factors is “{said}”. There is: {listed}."
    )
