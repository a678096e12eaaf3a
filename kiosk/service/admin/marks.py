"""How an administrator names one factor of a person."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.admin.act import ActRefused
from kiosk.service.store import factors
from kiosk.service.store.factors import Factor
from kiosk.service.store.people import PersonLine

SHORTEST = 4


def find(conn: Connection, person: PersonLine, said: str) -> Factor:
    """The factor that ``said`` names: by its short id (``key:k7q2m4xd``, ``pin``) or the beginning of it, as earlier
    versions wrote it, or by the person's own name of it. Raises ``ActRefused`` for none, or several."""
    has = factors.of_person(conn, person.id)
    kind, _, beginning = said.partition(":")
    found = [one for one in has if said in (one.mark, one.short)]
    if not found and len(beginning) >= SHORTEST:
        found = [
            one for one in has if one.kind == kind and (one.short.startswith(said) or one.id.startswith(beginning))
        ]
    if not found:
        found = [one for one in has if one.name == said]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(one.short for one in has) or "nothing at all"
    raise ActRefused(f"{'Several' if found else 'None'} of {person.name}'s factors is “{said}”. There is: {listed}.")
