"""A factor has worked: that is noted, and what it was to replace is revoked now, not before."""

from __future__ import annotations

from kiosk.service.audit.event import Event
from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime, factors, people
from kiosk.service.store.factors import Kind


def worked(frame: Frame, person: str, kind: Kind, identifier: str) -> None:
    """Note that the person's factor has just worked, and take away the one that it replaces, if there is one."""
    replaced = factors.used(frame.conn, kind, identifier, frame.now)
    if replaced:
        take_away(frame, person, replaced, kind, identifier)


def take_away(frame: Frame, person: str, mark: str, kind: Kind, identifier: str) -> None:
    """Take away the factor of that mark, if it is still there, because the one of that kind and id took its place."""
    old = factors.by_mark(frame.conn, person, mark)
    if old is None:
        return
    factors.revoke(frame.conn, old.kind, old.id, frame.now)
    downtime.forget(frame.conn, person, frame.now)  # tickets that were given with it name it
    line = people.by_id(frame.conn, person)
    by = kind if kind in factors.ALONE else factors.short_of(f"{kind}:{identifier}")
    detail = {"factor": old.short, "name": old.name, "by": by}
    frame.append(Event("factor_replaced", "success", frame.now, person=person, login=line.login, detail={**detail}))
