"""What is true of a database that was restored: whatever was open has ended, and who lost something since is held.

A row that came after the backup is gone, and with it that somebody's badge was taken away. Nothing that the backup
knows is believed of such persons until an administrator says so: their factors are suspended with the reason ``HELD``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, act_event, record, the_person
from kiosk.service.audit import restores
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.standing import ACT, PERSON, WORKSTATION
from kiosk.service.audit.writer import append
from kiosk.service.backup.contents import BackupManifest
from kiosk.service.store import factors, integrity, people, stopping, workstations
from kiosk.service.store import schema as t
from kiosk.service.store.sql_types import AnyColumn
from kiosk.service.store.vouching import TamperedError

HELD = "restored: to be confirmed"
REASON = "restored"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the time after the backup. ``marks``: as in ``standing``; ``gone``: by chain, its last row that
    is known of; ``until``: when the last checkpoint of the copy was signed, None without one; ``everybody``: hold all.
    """

    marks: tuple[str, ...] = ()
    gone: tuple[tuple[str, int], ...] = ()
    until: int | None = None
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class RestoreOutcome:
    """``held``: logins. ``revoked``: names of workstations. ``again``: acts of which nobody knows what they said."""

    held: tuple[str, ...]
    revoked: tuple[str, ...]
    again: tuple[str, ...]


def settle(
    conn: Connection, admin: Admin, manifest: BackupManifest, name: str, known: Known, trail: str
) -> RestoreOutcome:
    """End, hold and write down. ``name``: of the backup's file; ``trail``: what verification said of it."""
    seq = _begin(conn, admin, manifest, name, known, trail)
    for chain in conn.execute(select(t.audit_chain.c.chain).order_by(t.audit_chain.c.chain)).scalars().all():
        if chain != SERVICE:
            detail: dict[str, Json] = {"restore": seq, "made": manifest.made}
            append(conn, chain, Event(restores.RESTORED, "success", admin.now, workstation=chain, detail=detail))
    _end_everything(conn, admin.now)
    everybody = conn.execute(select(t.person.c.id).order_by(t.person.c.login)).scalars().all()
    wanted = {mark.removeprefix(PERSON) for mark in known.marks if mark.startswith(PERSON)}
    held = hold(conn, admin, [who for who in everybody if known.everybody or who in wanted])
    revoked = _revoke(conn, admin, [m.removeprefix(WORKSTATION) for m in known.marks if m.startswith(WORKSTATION)])
    return RestoreOutcome(held, revoked, tuple(m.removeprefix(ACT) for m in known.marks if m.startswith(ACT)))


def hold(conn: Connection, admin: Admin, ids: Iterable[str]) -> tuple[str, ...]:
    """Suspend every factor of these persons until an administrator confirms them; logins of those who have any."""
    held = []
    for who in ids:
        try:
            line = people.by_id(conn, who)
            has = [factor for factor in factors.of_person(conn, who) if factor.suspended is None]
            for factor in has:
                factors.suspend(conn, factor.kind, factor.id, HELD, admin.now)
            stopping.lock_everywhere(conn, who, admin.now, "factor")
        except TamperedError:
            continue  # nothing of theirs is believed anyway; ``integrity check`` names it
        if has:
            record(conn, admin, "service.hold", person=line, detail={"factors": [factor.short for factor in has]})
            held.append(line.login)
    return tuple(held)


def waiting(conn: Connection) -> list[str]:
    """Logins of those who are held, in their order."""
    found: set[str] = set()
    for table in factors.TABLES.values():
        mine = select(t.person.c.login).join(table, table.c.person == t.person.c.id)
        found |= set(conn.execute(mine.where(table.c.suspended_why == HELD).distinct()).scalars())
    return sorted(found)


def confirm(conn: Connection, admin: Admin, login: str) -> int:
    """What the person had at the backup is theirs still; how many factors. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    mine = [factor for factor in factors.of_person(conn, person.id) if factor.why == HELD]
    if not mine:
        raise ActRefusedError(f"Nothing of {login} is held since a restore. See: kiosk service restored")
    for factor in mine:
        factors.resume(conn, factor.kind, factor.id)
    record(conn, admin, "service.confirm", person=person, detail={"factors": [factor.short for factor in mine]})
    return len(mine)


def _begin(conn: Connection, admin: Admin, manifest: BackupManifest, name: str, known: Known, trail: str) -> int:
    gone: dict[str, Json] = dict(known.gone)
    detail: dict[str, Json] = {
        "file": name,
        "manifest": manifest.digest(),
        "made": manifest.made,
        "checkpoint": manifest.checkpoint,
        "known_until": known.until,
        "gone": gone,
        "everybody": known.everybody,
        "trail": trail,
    }
    seq, _ = append(conn, SERVICE, act_event(admin, restores.ACT, detail=detail))
    return seq


def _end_everything(conn: Connection, now: int) -> None:
    """Sessions, grace, codes, resets, windows, tokens, tickets: nobody knows which were used or ended since."""
    persons: set[str] = set()
    live = {t.start_code: t.start_code.c.ended, t.reset: t.reset.c.ended}
    for table, ended in live.items():
        persons |= set(conn.execute(select(table.c.person).where(ended.is_(None))).scalars())
    persons |= set(conn.execute(select(t.session.c.person).where(t.session.c.state != "ended")).scalars())
    persons |= stopping.going_on(conn, now)
    for who in sorted(persons):
        try:
            stopping.end_everywhere(conn, who, now, REASON)
        except TamperedError:
            continue
    _set_all(conn, t.challenge, t.challenge.c.used, now)
    _set_all(conn, t.downtime_ticket, t.downtime_ticket.c.ended, now)
    _set_all(conn, t.stepup_grant, t.stepup_grant.c.redeemed, now)
    _set_all(conn, t.enrol_window, t.enrol_window.c.closed, now)
    under_way = t.ceremony.c.state == "prove"
    integrity.change(conn, t.ceremony, under_way, {"state": "refused", "ended": now}, skip=True)
    announced = t.workstation.c.state == "pending"
    integrity.change(conn, t.workstation, announced, {"code_expires": now}, skip=True)


def _set_all(conn: Connection, table: Table, column: AnyColumn, now: int) -> None:
    integrity.change(conn, table, column.is_(None), {column.name: now}, skip=True)


def _revoke(conn: Connection, admin: Admin, ids: Iterable[str]) -> tuple[str, ...]:
    """Workstations whose access had ended."""
    names = []
    for station in ids:
        row = conn.execute(select(t.workstation).where(t.workstation.c.id == station)).one_or_none()
        if row is not None and row.state != "revoked":
            workstations.revoke(conn, station, admin.now)
            record(conn, admin, "workstation.revoke", station=(station, row.name), detail={"reason": REASON})
            names.append(str(row.name))
    return tuple(names)
