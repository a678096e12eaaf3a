"""What an administrator lets a directory do beyond its brake."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.store import directory, directory_sources

MAX_LET = 100_000


def let(conn: Connection, admin: Admin, source: str, leave: int, privileged: int, seconds: int) -> None:
    """So many persons may lose their access, and so many privileged roles be given, for ``seconds``. Raises
    ``ActRefusedError``."""
    if not (0 <= leave <= MAX_LET and 0 <= privileged <= MAX_LET and leave + privileged):
        raise ActRefusedError(f"Say how many: 1 to {MAX_LET} for --leave, --privileged, or both.")
    directory.lock_groups(conn)
    known = {state.name for state in directory_sources.states(conn)} | {"ldap"}
    if source not in known:
        raise ActRefusedError(f"There is no directory “{source}”. Known are {', '.join(sorted(known))}.")
    directory_sources.let(conn, source, leave, privileged, admin.now + seconds, admin.now)
    detail: dict[str, Json] = {"source": source, "leave": leave, "privileged": privileged, "seconds": seconds}
    record(conn, admin, "directory.let", detail=detail)
