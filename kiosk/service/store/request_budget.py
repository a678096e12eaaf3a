"""What one request adds to the store, and whose budget that is.

Two budgets a workstation: what lets people in, locks and stops something, and everything else. So a workstation that
has used up the second, or a disk that is nearly full, still opens and locks sessions.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from kiosk.model.counted import counted
from kiosk.model.emergency import OPENED
from kiosk.model.health import StorageHealth
from kiosk.model.reported import VITAL_REPORTS
from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.store import disk, spending
from kiosk.service.store.spending import NOTHING, Amount, Charge

log = logging.getLogger("kiosk.service.store.request_budget")
VITAL = VITAL_REPORTS | {"tap", "proof", "sign_in", "factor_lost", OPENED}
"""Acts in the trail that may use the reserve: people come in, sessions lock and end, what was lost is stopped."""
ROW_BYTES = 512
"""What a row costs besides its text: hashes, indexes, the page's own."""
LOOK_EVERY = 5.0
SHARE_OF_DISK = 20
"""The reserve is never more than this part of the disk."""
EARLY = 2
"""Stations are told that the disk runs low at so many times the reserve: before anything is refused."""
_WORSE: tuple[StorageHealth, ...] = ("ok", "low", "full")


@dataclass(slots=True)
class Spent:
    """Rows and bytes of one request so far: ``vital``, ``other``, and of the others those about each person."""

    vital: Amount = NOTHING
    other: Amount = NOTHING
    people: dict[str, Amount] = field(default_factory=dict)
    replayed: Amount = NOTHING
    replaying: bool = False
    """Everything from now on is what the workstation wrote down while the service was away."""

    def add(self, action: str, size: int, person: str | None = None, *, rows: int = 1) -> None:
        """So many rows for ``action``, with ``size`` bytes of text, about ``person``."""
        cost = Amount(rows, size + rows * ROW_BYTES)
        if self.replaying:
            self.replayed += cost
            return
        if action in VITAL:
            self.vital += cost
            return
        self.other += cost
        if person is not None:
            self.people[person] = self.people.get(person, NOTHING) + cost


def station_party(station: str) -> str:
    """The workstation's bucket of what may not use the reserve."""
    return f"station:{station}"


def person_party(person: str) -> str:
    """The bucket of rows about a person."""
    return f"person:{person}"


def allowed(budgets: Budgets, rows: int) -> Amount:
    """So many rows an hour, with the bytes that go with them."""
    return Amount(rows, rows * budgets.row_bytes)


def settle(conn: Connection, budgets: Budgets, station: str, spent: Spent, now: int) -> None:
    """Charge a workstation's request, at its end. Raises ``HttpProblemError`` 429 where a budget is used up: then
    nothing of it stays."""
    charges = {}
    if spent.vital.rows:
        charges[f"sign-in:{station}"] = Charge(spent.vital, allowed(budgets, budgets.sign_in_rows))
    if spent.other.rows:
        charges[station_party(station)] = Charge(spent.other, allowed(budgets, budgets.other_rows))
    if spent.replayed.rows:
        charges[f"replay:{station}"] = Charge(spent.replayed, allowed(budgets, budgets.replay_rows))
    for person, cost in spent.people.items():
        charges[person_party(person)] = Charge(cost, allowed(budgets, budgets.person_rows))
    over = spending.charge(conn, charges, now)
    if over is not None:
        raise OverBudgetError(*over)


def settle_application(conn: Connection, budgets: Budgets, application: str, now: int) -> None:
    """Charge one row to an application. Raises ``HttpProblemError`` 429."""
    settle_one(conn, budgets, f"application:{application}", budgets.application_rows, now)


def settle_one(conn: Connection, budgets: Budgets, party: str, rows: int, now: int) -> None:
    """Charge one row to ``party``, which may add ``rows`` an hour, whatever other budgets say. Raises
    ``HttpProblemError`` 429."""
    over = spending.charge(conn, {party: Charge(Amount(1, 2 * ROW_BYTES), allowed(budgets, rows))}, now)
    if over is not None:
        raise OverBudgetError(*over)


class OverBudgetError(HttpProblemError):
    """429: ``party`` has used up its rows or bytes, for ``wait`` seconds."""

    def __init__(self, party: str, wait: int) -> None:
        detail = (
            f"Too much was recorded for this workstation or person. Wait {counted(wait, 'second')}, then try again."
        )
        super().__init__(429, "over_budget", detail, {"Retry-After": str(wait)})
        self.party = party
        log.warning("a party has used up its budget of rows: %s", party.partition(":")[0])


class Storage:
    """Whether the disk under an SQLite database has only its reserve left. ``folder``: None for none to look at.

    ``health``: what stations are told, as of the last ``look``.
    """

    def __init__(self, folder: Path | None, reserve_mib: int) -> None:
        self._folder = folder
        self._reserve = reserve_mib * disk.MIB
        self._looked = float("-inf")
        self._low = False
        self._untold = False
        self.health: StorageHealth = "ok"
        self.health = self._measured()

    def low(self) -> bool:
        """As seen within the last seconds."""
        now = time.monotonic()
        if self._folder is not None and now - self._looked >= LOOK_EVERY:
            self._looked = now
            left, whole = disk.free(self._folder), disk.size(self._folder)
            self._low = left is not None and whole is not None and self._level(left, whole) == "full"
            if self._low:
                log.warning("the disk is nearly full: only sign-ins and locks are written. Free some of it now")
        return self._low

    def look(self) -> bool:
        """Measure ``health`` anew; whether stations must still be told of a change (see ``told``)."""
        found = self._measured()
        if found != self.health:
            log.warning("the disk under the database was %s and is %s now", self.health, found)
            self.health, self._untold = found, True
        return self._untold

    def told(self) -> None:
        """Stations know of the last change."""
        self._untold = False

    def _measured(self) -> StorageHealth:
        """It is better only once there is an eighth more than it takes, so that it does not go to and fro."""
        if self._folder is None:
            return "ok"
        if disk.trouble(self._folder) == "full":
            return "full"
        left, whole = disk.free(self._folder), disk.size(self._folder)
        if left is None or whole is None:
            return self.health
        found = self._level(left, whole)
        better = _WORSE.index(found) < _WORSE.index(self.health)
        return self._level(left * 8 // 9, whole) if better else found

    def _level(self, left: int, whole: int) -> StorageHealth:
        reserve = min(self._reserve, whole // SHARE_OF_DISK)
        return "full" if left < reserve else "low" if left < EARLY * reserve else "ok"


def storage_low() -> HttpProblemError:
    """503: the rest of the disk is for sign-ins and locks."""
    return HttpProblemError(
        503,
        "storage_low",
        "The service's disk is nearly full, so only sign-ins and locks are recorded. Tell the help desk.",
        {"Retry-After": "60"},
    )
