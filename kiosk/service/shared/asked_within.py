"""Does that go on in which a step-up was asked: a person's session, or an emergency access?"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.break_glass import UnderEmergency
from kiosk.service.store import emergencies, sessions
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.emergencies import EmergencyUse


def goes_on(conn: Connection, row: CeremonyRow, now: int) -> bool:
    """Whether what the step-up was asked within still goes on, at its own workstation: the emergency access, or the
    session, open or locked from elsewhere meanwhile."""
    if row.request is not None and row.request.emergency is not None:
        use = emergencies.find(conn, row.request.emergency.id)
        return use is not None and is_of(use, row) and emergencies.goes_on(use, now)
    session = sessions.find(conn, row.session or "")
    return session is not None and session.workstation == row.workstation and session.state != "ended"


def is_of(use: EmergencyUse, row: CeremonyRow) -> bool:
    """Whether the step-up is that emergency access's: its workstation, its person, and the reason that was picked."""
    said = row.request.emergency if row.request is not None else None
    same = (use.workstation, use.person, use.id) == (row.workstation, row.person, row.session)
    return same and said == UnderEmergency(use.id, use.reason)
