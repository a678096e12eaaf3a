"""Who vouches for the rows of a connection, and what is said of one that the service did not write."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.platform.row_keys import RowGuard, Tampered
from kiosk.service.store.errors import StoreDownError, StoreError

OPTION = "kiosk_row_guard"
WRITES = "kiosk_writes"
"""Options of a connection: who vouches for its rows; whether it sees the newest ones, not an older snapshot."""
NOT_OURS = "was not written by the service"


class TamperedError(StoreError):
    """A row is not as the service wrote it: it is not believed, and nothing was changed. ``found`` names it."""

    def __init__(self, found: Tampered) -> None:
        super().__init__(
            f"A record in the database was not written by the service and is not believed ({found}). "
            "Somebody else can change the database. See: kiosk doctor --data DIR"
        )
        self.found = found


def guard_of(conn: Connection) -> RowGuard:
    """Who vouches for rows of this connection. Raises ``StoreDownError`` for a store that was opened without keys."""
    found = conn.get_execution_options().get(OPTION)
    if not isinstance(found, RowGuard):
        raise StoreDownError("This store was opened without the keys of its rows.")
    return found


def refused(conn: Connection, table: str, key: str, why: str) -> TamperedError:
    """To be raised; it is noted for the alarm."""
    found = Tampered(table, key, why)
    guard_of(conn).notice(found)
    return TamperedError(found)
