"""Each use of a step-up's token, in the chain of the workstation where it was granted: also one that is refused."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.audit import writer
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies.granted import Claims
from kiosk.service.store import lookups
from kiosk.service.store.grants import StepUpGrant


def used(
    conn: Connection,
    grant: StepUpGrant,
    said: Claims,
    action: str,
    first: bool,
    now: int,
    by: str,
    part: int | None = None,
) -> None:
    """It was used, or used a second time, which is refused. ``by``: the application; ``said``: the token's claims;
    ``part``: how many records of a standing batch."""
    station = lookups.station(conn, grant.workstation)
    event = Event(
        action,
        "success" if first else "refused",
        now,
        reason=None if first else "already_used",
        person=grant.person,
        login=str(said["sub"]),
        workstation=grant.workstation,
        station=station.name if station else None,
        session=grant.session,
        ceremony=grant.ceremony,
        detail={
            "by": by,
            "jti": grant.jti,
            "grant": grant.told_seq,
            **({} if part is None else {"records": part}),
        },
    )
    writer.append(conn, grant.workstation, event)


def refused(conn: Connection, grant: StepUpGrant, action: str, code: str, now: int, by: str) -> None:
    """It was shown and not taken; it is as good as before. ``code``: why, a stable word."""
    station = lookups.station(conn, grant.workstation)
    event = Event(
        action,
        "refused",
        now,
        reason=code,
        person=grant.person,
        workstation=grant.workstation,
        station=station.name if station else None,
        session=grant.session,
        ceremony=grant.ceremony,
        detail={"by": by, "jti": grant.jti},
    )
    writer.append(conn, grant.workstation, event)
