"""One request's frame: everything that a decision needs inside its transaction, and its audit rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.service.audit import writer
from kiosk.service.audit.event import Event
from kiosk.service.context import Service
from kiosk.service.problems import HttpProblem
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import Known, Station

ACTIONS = {"sign_in": "sign_in", "step_up": "stepup", "enrol": "enrol_proof", "vouch": "enrol_vouch"}
"""What the end of a ceremony is called in the trail, by its purpose."""
CLOCK_SKEW = 5
"""Seconds by which replicas' clocks may differ; a clock that was set back further ends what is under way."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``station``: who asks, already admitted. ``now``: whole epoch seconds, one value for the whole request."""

    service: Service
    conn: Connection
    station: Station
    now: int

    def write(self, event: Event, known: Known | None = None, row: CeremonyRow | None = None) -> tuple[str, int]:
        """Append ``event`` to the station's chain, filled in with who, where and which ceremony; see ``append``."""
        return self.append(
            replace(
                event,
                person=known.person.id if known else event.person,
                login=known.person.login if known else event.login,
                ceremony=row.id if row else event.ceremony,
                session=event.session or (row.session if row else None),
            )
        )

    def append(self, event: Event) -> tuple[str, int]:
        """Append ``event`` to the station's chain; chain and number. ``HttpProblem`` for what cannot be written."""
        full = replace(event, workstation=self.station.id, station=self.station.name)
        try:
            return self.station.id, writer.append(self.conn, self.station.id, full)[0]
        except ValueError:
            raise HttpProblem(422, "bad_text", "A text or number of this request cannot be written down.") from None

    def live(self, row: CeremonyRow) -> bool:
        """Whether ``row`` is still to be proved, by a clock that has not been set back."""
        return row.state == "prove" and row.created - CLOCK_SKEW <= self.now < row.expires
