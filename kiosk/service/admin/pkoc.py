"""PKOC badges of a person."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.proof import PkocProof
from kiosk.service.admin import cards, marks
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, whoever_works_here
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.proofs import authenticator_binding, pkoc
from kiosk.service.store import pkoc_badges
from kiosk.service.store.people import fresh_id
from kiosk.service.store.pkoc_badges import NewBadge
from kiosk.verification.refused import ProofRefusedError


def add(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    login: str,
    name: str,
    challenge: bytes,
    proof: PkocProof,
    uid: str | None,
    replaces: str | None = None,
) -> None:
    """Bind a badge that signed ``challenge`` (32 bytes). ``uid``, ``replaces``: as for a key. Raises
    ``ActRefusedError``."""
    person, name = whoever_works_here(conn, login), cards.check_label(name)
    gone = str(marks.find(conn, person, replaces).mark) if replaces else None
    try:
        point, _ = pkoc.verify(proof, challenge)
    except ProofRefusedError:
        raise ActRefusedError(
            "This badge could not prove that it holds its key. It may be a copy: report it."
        ) from None
    owner = pkoc_badges.by_key(conn, point)
    if owner is not None:
        whose = "this" if owner.person == person.id else "another"
        raise ActRefusedError(f"This badge belongs to {whose} person already.")
    new = NewBadge(fresh_id(), person.id, name, point, gone)
    enrolled = record(
        conn, admin, "pkoc.add", person=person, method="pkoc", detail=authenticator_binding.pkoc_told(new)
    )
    pkoc_badges.add(conn, new, enrolled, admin.now)
    cards.never_by_number(conn, admin, keys, person.id, uid)


def revoke(conn: Connection, admin: Admin, login: str) -> int:
    """Take away the person's PKOC badges; how many. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    gone = pkoc_badges.revoke_all(conn, person.id, admin.now)
    if not gone:
        raise ActRefusedError(f"{person.name} has no PKOC badge.")
    return cards.tell_revoked(conn, admin, person, "pkoc.revoke", "badges", gone)
