"""How phones are woken by Web Push, and the outbox of those that are to be woken: told after a crash too, and again
where it was not taken, until the question's time is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select, update

from kiosk.service.store import integrity, phone_questions, phones
from kiosk.service.store.schema import phone, phone_push, phone_subscription

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class WakeNotice:
    """One that is to be sent. ``sealed``: to where, and for whom; None for nowhere any more. ``left``: seconds."""

    question: str
    phone: str
    person: str
    left: int
    tries: int
    sealed: str | None = field(default=None, repr=False)


def keep(conn: Connection, phone_id: str, sealed: str, now: int) -> None:
    """This phone is woken so from now on, and no other way."""
    mine = phone_subscription.c.phone == phone_id
    if not integrity.change(conn, phone_subscription, mine, {"sealed": sealed, "created": now}):
        integrity.add(conn, phone_subscription, {"phone": phone_id, "sealed": sealed, "created": now})


def remove(conn: Connection, phone_id: str) -> bool:
    """It is not woken any more. False if it was not."""
    integrity.remove(conn, phone_push, phone_push.c.phone == phone_id)
    return bool(integrity.remove(conn, phone_subscription, phone_subscription.c.phone == phone_id))


def of_phone(conn: Connection, phone_id: str) -> str | None:
    """How it is woken, sealed; None for not at all. A row that the service did not write is none: nobody's question
    waits for that."""
    rows = integrity.rows(conn, phone_subscription, phone_subscription.c.phone == phone_id, skip=True)
    return str(rows[0].sealed) if rows else None


def wake(conn: Connection, person: str, question: str, until: int, now: int) -> int:
    """Each phone of the person that can be woken is to be. How many."""
    found = [row.id for row in phones.of_person(conn, person) if of_phone(conn, row.id) is not None]
    for phone_id in found:
        integrity.add(conn, phone_push, {"question": question, "phone": phone_id, "until": until, "due": now})
    return len(found)


def waiting(conn: Connection, now: int) -> bool:
    """Whether any is due: a look that writes nothing."""
    due = (phone_push.c.due <= now) & (phone_push.c.until > now)
    return conn.execute(select(phone_push.c.phone).where(due).limit(1)).first() is not None


def claim(conn: Connection, now: int, until: int, most: int) -> list[WakeNotice]:
    """Those that are due, which nobody else tries before ``until``; their tries are counted."""
    due = (phone_push.c.due <= now) & (phone_push.c.until > now)
    wanted = select(phone_push).where(due).order_by(phone_push.c.due).limit(most)
    found = []
    for row in conn.execute(wanted.with_for_update(skip_locked=True, key_share=True)).all():
        if not integrity.believed(conn, phone_push, [row], skip=True):
            _set(conn, row.question, row.phone, due=row.until)
            continue
        waits = phone_questions.by_id(conn, row.question)
        if waits is None or not waits.live(now):  # answered meanwhile, or asked at a workstation
            _set(conn, row.question, row.phone, due=row.until)
            continue
        _set(conn, row.question, row.phone, due=until, tries=row.tries + 1)
        whose = conn.execute(select(phone.c.person).where(phone.c.id == row.phone)).scalar_one()
        sealed = of_phone(conn, row.phone) if phones.stands(conn, row.phone, whose) else None
        found.append(WakeNotice(row.question, row.phone, whose, row.until - now, row.tries + 1, sealed))
    return found


def ended(conn: Connection, notice: WakeNotice) -> None:
    """It was taken, or is given up."""
    integrity.remove(
        conn, phone_push, (phone_push.c.question == notice.question) & (phone_push.c.phone == notice.phone)
    )


def again(conn: Connection, notice: WakeNotice, due: int) -> None:
    """The try failed; again at ``due``."""
    _set(conn, notice.question, notice.phone, due=due)


def purge(conn: Connection, now: int) -> int:
    """Forget whom nobody woke in time, and how phones are woken that are gone; not too many at once. How many."""
    late = conn.execute(select(phone_push.c.question).where(phone_push.c.until <= now).limit(AT_ONCE)).scalars()
    mine = phone_push.c.question.in_(list(late)) & (phone_push.c.until <= now)
    count = len(integrity.remove(conn, phone_push, mine))
    old = select(phone.c.id).join(phone_subscription, phone_subscription.c.phone == phone.c.id)
    for gone in list(conn.execute(old.where(phone.c.revoked.is_not(None)).limit(AT_ONCE)).scalars()):
        remove(conn, gone)
    return count


def _set(conn: Connection, question: str, phone_id: str, **values: int) -> None:
    """Columns that decide nothing."""
    mine = (phone_push.c.question == question) & (phone_push.c.phone == phone_id)
    conn.execute(update(phone_push).where(mine).values(**values))
