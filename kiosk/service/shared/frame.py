"""One request's frame: everything that a decision needs inside its transaction, and its audit rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from kiosk.model.signing import COUNTER_HEADER, STALE
from kiosk.service.audit import writer
from kiosk.service.audit.event import Event
from kiosk.service.audit.requests import StationRequest
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.context import Service
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson, StoredStation
from kiosk.service.store.request_budget import Spent

ACTIONS = {
    "sign_in": "sign_in",
    "step_up": "stepup",
    "enrol": "enrol_proof",
    "vouch": "enrol_vouch",
    "second": "second",
}
"""What the end of a ceremony is called in the trail, by its purpose."""
TOO_OLD = "This workstation has to sign what it asks for. Update its program, then start it again."
CLOCK_SKEW = 5
"""Seconds by which replicas' clocks may differ; a clock that was set back further ends what is under way."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``station``: who asks, already admitted. ``now``: whole epoch seconds, one value for the whole request.

    ``signed``: what the workstation signed with this request; every row of the request is kept with it.
    ``source``: where the request comes from, see ``request_sources``. ``spent``: what it has added to the store so far.
    """

    service: Service
    conn: Connection
    station: StoredStation
    now: int
    signed: StationRequest | None = None
    source: str = ""
    spent: Spent = field(default_factory=Spent)
    told: list[Event] = field(default_factory=list)
    """What was appended so far, for the counts of operations: it counts once the transaction holds."""
    memory: RiskMemory = field(default_factory=RiskMemory, repr=False)

    def write(
        self,
        event: Event,
        known: StoredPerson | None = None,
        row: CeremonyRow | None = None,
        *,
        counted: str | None = None,
    ) -> tuple[str, int]:
        """Append ``event`` to the station's chain, filled in with who, where and which ceremony; see ``append``."""
        return self.append(
            replace(
                event,
                person=known.person.id if known else event.person,
                login=known.person.login if known else event.login,
                ceremony=row.id if row else event.ceremony,
                session=event.session or (row.session if row else None),
            ),
            counted=counted,
        )

    def append(self, event: Event, *, counted: str | None = None) -> tuple[str, int]:
        """Append ``event`` to the station's chain; chain and number. ``HttpProblemError`` for what cannot be
        written. ``counted``: the act that it is a part of, whose budget it uses."""
        full = self._counted(event, counted)
        with _written():
            return self.station.id, writer.append_asked(self.conn, self.station.id, full, self.signed)

    def append_all(self, events: Sequence[Event]) -> None:
        """``append`` for many events of this request that have no evidence, in few statements."""
        full = [self._counted(event) for event in events]
        if full:
            with _written():
                writer.append_all_asked(self.conn, self.station.id, full, self.signed)

    def _counted(self, event: Event, counted: str | None = None) -> Event:
        full = replace(event, workstation=self.station.id, station=self.station.name)
        self.spent.add(counted or event.action, _size(event), event.person)
        self.told.append(full)
        return full

    def live(self, row: CeremonyRow) -> bool:
        """Whether ``row`` is still to be proved, by a clock that has not been set back."""
        return row.state == "prove" and row.created - CLOCK_SKEW <= self.now < row.expires


@contextmanager
def _written() -> Iterator[None]:
    """The writer's errors, as they are answered."""
    try:
        yield
    except writer.StaleError as stale:
        headers = {COUNTER_HEADER: str(stale.last)}
        raise HttpProblemError(
            409, STALE, "Another request of this workstation came first. Ask again.", headers
        ) from None
    except writer.UnsignedError:
        raise HttpProblemError(403, "unsigned_request", TOO_OLD) from None
    except ValueError:
        raise HttpProblemError(422, "bad_text", "A text or number of this request cannot be written down.") from None


def _size(event: Event) -> int:
    """Bytes of what is kept of ``event``, about."""
    openings = sum(len(opening.commitment) + len(opening.salt) + len(opening.value) for opening in event.openings)
    return openings + len(repr(event.detail)) + (len(repr(event.evidence)) if event.evidence is not None else 0)
