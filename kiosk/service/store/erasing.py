"""Takes a patient's or resource's text out of every table that holds one, and says where else it stands.

The tables: ``opening`` for good, and while a step-up or a server's question is under way and ten minutes beyond,
``ceremony``, ``challenge`` and ``backchannel_request``. A test plants words by the real flows and looks for them in
every table there is.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, func, select

from kiosk.service.store import ceremonies, integrity, vouching
from kiosk.service.store.schema import (
    audit_row,
    backchannel_request,
    ceremony,
    challenge,
    opening,
    phone_question,
    stepup_grant,
)

TABLES = ("opening", "ceremony", "challenge", "stepup_grant", "backchannel_request", "phone_question")
"""Where rows were changed or deleted, whose earlier versions a database may keep for a while."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TextPlaces:
    """Where a text stands. ``openings``: commitments of those that say exactly it; ``places``: their rows.

    ``alike``: other texts that read alike, which are not meant. ``ceremonies``, ``questions``: ids of step-ups and of
    servers' questions that name it still. ``purposes``: rows of the trail in whose purpose it stands, where nothing can
    be taken away.
    """

    openings: tuple[str, ...]
    places: tuple[Place, ...]
    alike: tuple[str, ...]
    ceremonies: tuple[str, ...]
    purposes: tuple[Place, ...]
    questions: tuple[str, ...] = ()


def holding(conn: Connection, text: str) -> TextPlaces:
    """Where ``text`` stands, exactly but for its normal form."""
    exact = unicodedata.normalize("NFC", text)
    marked = opening.c.mark.in_(vouching.guard_of(conn).marks.marks(text))
    same, alike = [], set()
    for row in conn.execute(select(opening).where(marked | (opening.c.mark.is_(None) & (opening.c.value == text)))):
        if _is(row.value, exact):
            same.append(row)
        else:
            alike.add(row.value)
    return TextPlaces(
        openings=tuple(sorted(row.commitment for row in same)),
        places=tuple(sorted({(row.chain, row.seq) for row in same})),
        alike=tuple(sorted(alike)),
        ceremonies=tuple(sorted(_asking(conn, exact))),
        purposes=tuple(_in_purposes(conn, text)),
        questions=tuple(sorted(_in_questions(conn, exact))),
    )


def erase(conn: Connection, found: TextPlaces) -> None:
    """Delete what ``found`` names. A step-up that is under way is over, and a token that waits is not handed out."""
    for commitment in found.openings:
        integrity.remove(conn, opening, opening.c.commitment == commitment)
    for ceremony_id in found.ceremonies:
        integrity.remove(conn, challenge, challenge.c.ceremony == ceremony_id)
        integrity.remove(conn, stepup_grant, stepup_grant.c.ceremony == ceremony_id)
        ceremonies.forget(conn, ceremony.c.id == ceremony_id)
    for question in found.questions:
        integrity.remove(conn, backchannel_request, backchannel_request.c.id == question)
        integrity.remove(conn, phone_question, phone_question.c.id == question)


def _asking(conn: Connection, exact: str) -> set[str]:
    """Step-ups whose request, or whose challenges' openings, name it."""
    named = set()
    for row in conn.execute(select(ceremony.c.id, ceremony.c.request).where(ceremony.c.request.is_not(None))):
        if _names(_members(_object(row.request), "ask"), exact):
            named.add(row.id)
    for row in conn.execute(select(challenge.c.ceremony, challenge.c.openings).where(challenge.c.openings != "[]")):
        if any(_is(opening.get("value"), exact) for opening in json.loads(row.openings)):
            named.add(row.ceremony)
    return named


def _in_questions(conn: Connection, exact: str) -> list[str]:
    """Servers' questions that name it."""
    asked = conn.execute(select(backchannel_request.c.id, backchannel_request.c.ask))
    return [row.id for row in asked if _names(_object(row.ask), exact)]


def _names(ask: dict[str, object], exact: str) -> bool:
    """Whether a wish names it."""
    patients = ask.get("patients")
    return any(_is(text, exact) for text in (ask.get("resource"), *(patients if isinstance(patients, list) else ())))


def _in_purposes(conn: Connection, text: str) -> list[Place]:
    find = func.strpos if conn.dialect.name == "postgresql" else func.instr
    said = json.dumps(text, ensure_ascii=False)[1:-1]
    wanted = select(audit_row.c.chain, audit_row.c.seq, audit_row.c.body).where(
        find(audit_row.c.body, said, type_=Integer) > 0, find(audit_row.c.body, '"purpose":', type_=Integer) > 0
    )
    return [(row.chain, row.seq) for row in conn.execute(wanted) if text in _purpose(row.body)]


def _purpose(body: str) -> str:
    return str(_members(_object(body), "detail").get("purpose") or "")


def _members(found: dict[str, object], name: str) -> dict[str, object]:
    """The object of that name; empty for anything else."""
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _is(value: object, exact: str) -> bool:
    return isinstance(value, str) and unicodedata.normalize("NFC", value) == exact


def _object(text: str) -> dict[str, object]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
