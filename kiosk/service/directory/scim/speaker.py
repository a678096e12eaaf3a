"""Who speaks SCIM, what follows from it for one person, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.directory import brake, carrying
from kiosk.service.directory.brake import Braked, BrakeError
from kiosk.service.directory.deciding import RoleGiving
from kiosk.service.directory.scim.refusing import bad_value, taken
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.problems import ScimProblemError
from kiosk.service.store import directory, directory_sources, spending
from kiosk.service.store.spending import Amount, Charge

ROW_BYTES = 1024
"""What one row of the trail costs, with its indexes."""


@dataclass(frozen=True, slots=True)
class ScimClient:
    """A client whose ``token`` was right. ``base``: the address of the SCIM doors. ``rows``: that it may make an hour.
    ``if_match``: the version that it means to change, None for any."""

    source: str
    token: str
    base: str
    giving: RoleGiving
    now: int
    rows: int
    row_bytes: int
    if_match: str | None = None

    @property
    def admin(self) -> Admin:
        """In whose name the trail tells of it."""
        return carrying.acting(self.source, self.now, f"token {self.token}")


class HeldByBrakeError(ScimProblemError):
    """403: an administrator is to look at it first. Told to them, too: see ``held``."""


def held(conn: Connection, speaker: ScimClient, said: str) -> bool:
    """The brake holds something up, as ``said``: once in the trail, until there was nothing for an hour. Whether it is
    to be in the log, too."""
    directory.lock_groups(conn)
    before = directory_sources.present_trouble(directory_sources.state_of(conn, speaker.source), speaker.now)
    directory_sources.note(conn, speaker.source, said, speaker.now, whole=False)
    if before is None:
        detail: dict[str, Json] = {"source": speaker.source, "said": said}
        writer.append(conn, SERVICE, Event("directory", "refused", speaker.now, detail=detail))
    return before is None


@contextmanager
def refusals() -> Iterator[None]:
    """The core's refusals in SCIM's words."""
    try:
        yield
    except BrakeError as error:
        raise HeldByBrakeError(403, "", str(error)) from None
    except ActRefusedError as error:
        raise bad_value(str(error)) from None


def settle(conn: Connection, speaker: ScimClient, person: str | None, wanted: WantedPerson | None) -> str | None:
    """Carry out what follows for one person, an id; None for somebody new. Their id.

    Raises ``ScimProblemError``: nothing is to stay.
    """
    plan = carrying.plan_of(conn, person, wanted, speaker.giving)
    if plan.refused is not None:
        raise taken(plan.refused)
    more = Braked(int(plan.leaving), plan.raising, int(plan.altering))
    brake.check(conn, speaker.source, more, speaker.giving.rules, speaker.now)
    return carrying.carry(conn, speaker.admin, person, wanted, plan, speaker.giving)


def pay(conn: Connection, speaker: ScimClient, rows: int) -> None:
    """Charge so many rows to the token. Raises ``ScimProblemError`` 429."""
    allowed = Amount(speaker.rows, speaker.rows * speaker.row_bytes)
    cost = Charge(Amount(rows, rows * ROW_BYTES), allowed)
    over = spending.charge(conn, {f"directory:{speaker.token}": cost}, speaker.now)
    if over is not None:
        raise ScimProblemError(
            429, "", f"This token asked for too much. Wait {counted(over[1], 'second')}.", {"Retry-After": str(over[1])}
        )
    directory_sources.heard(conn, speaker.source, speaker.now)
    directory_sources.token_used(conn, speaker.token, speaker.now)
