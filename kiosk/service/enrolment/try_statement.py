"""What a new factor signs when it is tried."""

from __future__ import annotations

from kiosk.model import statement
from kiosk.model.binding import Json
from kiosk.model.proof import Method
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import StoredPerson


def try_statement(frame: Frame, row: EnrolmentRow, known: StoredPerson, method: Method) -> dict[str, Json]:
    """What a new factor signs when it is tried: that it is this person's, in this enrolment."""
    who = (known.person.id, known.person.login)
    return statement.enrol(
        ceremony=row.id,
        method=method,
        workstation=frame.station.id,
        time=frame.now,
        part="try",
        enrolment=row.id,
        act=row.act,
        kind=row.kind,
        factor=row.factor,
        signer=who,
        subject=who,
    )
