"""Servers' questions that wait on phones: one row each, beside the question's own (``backchannel_requests``).

A row is made once for a question, whether it goes to a phone or not; it is kept for a day, so that what went unanswered
or was reported holds its server off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, exists, func, select

from kiosk.service.store import integrity
from kiosk.service.store.columns import being
from kiosk.service.store.schema import backchannel_request, phone, phone_question, session
from kiosk.service.store.sql_types import StoredRow

MAX_TRIES = 3
"""Wrong numbers, until a question is over on the phone: of six digits, three in a million guesses."""
KEEP = 24 * 3600
"""Seconds that one is kept after its end, and that a report holds its server off."""
AT_ONCE = 100
QuestionState = Literal["open", "approved", "refused", "reported", "ended", "unfit"]


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """One question. ``id``: of the server's question. ``nonce``: base64url. ``statement``: what is signed, RFC 8785.

    ``salts``: of its commitments, base64url; none once it is over. ``opened``: SHA-256, hex, of the code of the page
    whose phone has shown whose it is. ``tries``: wrong numbers. ``phone``: id of the one that approved; ``told_seq``:
    its row in the service's chain. ``why``: it ended, or never went to a phone. Times: epoch seconds.
    """

    id: str
    person: str
    application: str
    nonce: str
    statement: str
    salts: tuple[str, ...]
    created: int
    expires: int
    state: QuestionState = "open"
    why: str | None = None
    opened: str | None = None
    tries: int = 0
    phone: str | None = None
    told_seq: int | None = None
    answered: int | None = None

    def live(self, now: int) -> bool:
        """Whether it can still be answered on a phone, by a clock that was not set back."""
        return self.state == "open" and self.created <= now < self.expires


def add(conn: Connection, question: WaitingQuestion) -> None:
    """Record a new one."""
    integrity.add(conn, phone_question, _values(question))


def by_id(conn: Connection, question_id: str) -> WaitingQuestion | None:
    """The one of that server's question."""
    return _one(integrity.one(conn, phone_question, phone_question.c.id == question_id))


def by_page(conn: Connection, opened: str) -> WaitingQuestion | None:
    """The one whose page has that code (SHA-256, hex)."""
    return _one(integrity.one(conn, phone_question, phone_question.c.opened == opened))


def waiting(conn: Connection, person: str, now: int) -> WaitingQuestion | None:
    """What waits on the phone of ``person``: there is never more than one."""
    mine = (phone_question.c.person == person) & being(phone_question.c.state, "open")
    rows = integrity.rows(conn, phone_question, mine, order=(phone_question.c.created,), skip=True)
    return next((found for found in map(_question, rows) if found.live(now)), None)


def move(conn: Connection, before: WaitingQuestion, after: WaitingQuestion) -> bool:
    """Record what it has become. False where somebody else was faster: of two answers the first one counts."""
    over = after if after.state == "open" else replace(after, salts=())
    mine = (phone_question.c.id == before.id) & (phone_question.c.state == before.state)
    return len(integrity.change(conn, phone_question, mine, _values(over))) == 1


def wrong(conn: Connection, question: WaitingQuestion, now: int) -> WaitingQuestion:
    """A wrong number or a bad signature came; the third ends it. The question as it is then."""
    tries = question.tries + 1
    after = replace(question, tries=tries)
    if tries >= MAX_TRIES:
        after = replace(after, state="ended", why="tries", answered=now)
    move(conn, question, after)
    return after


def end(conn: Connection, question_id: str, why: str, now: int) -> None:
    """It is answered elsewhere: on no phone any more."""
    found = by_id(conn, question_id)
    if found is not None and found.state == "open":
        move(conn, found, replace(found, state="ended", why=why, answered=now))


def asked_since(conn: Connection, person: str, since: int) -> int:
    """How often a server's question went to the person's phone."""
    mine = (phone_question.c.person == person) & (phone_question.c.state != "unfit")
    counted = select(func.count()).select_from(phone_question).where(mine & (phone_question.c.created > since))
    return int(conn.execute(counted).scalar() or 0)


def unanswered_since(conn: Connection, person: str, application: str, since: int) -> int:
    """How many questions of that server to the person's phone since then came to nothing: were refused, or left."""
    mine = (phone_question.c.person == person) & (phone_question.c.application == application)
    # One that was answered at a workstation after all was no nuisance.
    elsewhere = phone_question.c.why.is_not_distinct_from("at_station")
    nothing = phone_question.c.state.in_(("open", "refused", "reported", "ended")) & ~elsewhere
    mine = mine & nothing & (phone_question.c.created > since)
    return int(conn.execute(select(func.count()).select_from(phone_question).where(mine)).scalar() or 0)


def reported_since(conn: Connection, person: str, application: str, since: int) -> bool:
    """Whether the person said “Not me” to that server since then. A row that nobody of ours wrote still counts."""
    mine = (phone_question.c.person == person) & (phone_question.c.application == application)
    mine = mine & (phone_question.c.state == "reported") & (phone_question.c.created > since)
    return conn.execute(select(phone_question.c.id).where(mine).limit(1)).first() is not None


_R, _Q = backchannel_request.c, phone_question.c
_OFFER = (
    select(_R.id)
    .where(
        _R.numbered.is_not(None),
        _R.ceremony.is_(None) & _R.denied.is_(None) & _R.used.is_(None) & _R.on_phone.is_(None),
        exists().where(phone.c.person == _R.person, phone.c.revoked.is_(None), phone.c.suspended.is_(None)),
        ~exists().where(session.c.person == _R.person, being(session.c.state, "open")),
        ~exists().where(phone_question.c.id == _R.id),
    )
    .order_by(_R.created)
)


def to_offer(conn: Connection, now: int, least: int, only: str | None = None) -> list[str]:
    """Ids of servers' questions that may go to a phone: nobody has looked at that yet, they stand for ``least`` seconds
    more, and their person has a phone, is active at no workstation and has nothing else waiting there. ``only``: this
    one."""
    other = phone_question.alias()
    busy = exists().where(other.c.person == _R.person, being(other.c.state, "open"), other.c.expires > now)
    wanted = _OFFER.where(_R.expires >= now + least, ~busy)
    if only is not None:
        wanted = wanted.where(_R.id == only)
    return list(conn.execute(wanted.limit(AT_ONCE)).scalars())


def purge(conn: Connection, now: int) -> int:
    """Forget what ended a day ago, and the salts of what nobody answered; not too many at once. How many."""
    late = select(_Q.id).where(_Q.expires <= now, _Q.salts != "").limit(AT_ONCE)
    found = list(conn.execute(late).scalars())
    integrity.change(conn, phone_question, _Q.id.in_(found), {"salts": ""}, skip=True)
    old = select(_Q.id).where(_Q.expires < now - KEEP).limit(AT_ONCE)
    ids = list(conn.execute(old).scalars())
    integrity.remove(conn, phone_question, _Q.id.in_(ids))
    return len(ids)


def _values(question: WaitingQuestion) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(question, name) for name in WaitingQuestion.__dataclass_fields__}
    return {**values, "salts": " ".join(question.salts)}


def _one(row: StoredRow | None) -> WaitingQuestion | None:
    return None if row is None else _question(row)


def _question(row: StoredRow) -> WaitingQuestion:
    values = {name: getattr(row, name) for name in WaitingQuestion.__dataclass_fields__}
    return WaitingQuestion(**{**values, "salts": tuple(row.salts.split())})
