"""What an administrator lets a directory do beyond its brake."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.store import directory, directory_sources

MAX_LET = 100_000


def let(conn: Connection, admin: Admin, source: str, leave: int, privileged: int, altered: int, seconds: int) -> None:
    """So many persons may lose their access, have another login or a role less, and so many privileged roles be given,
    for ``seconds``. Raises ``ActRefusedError``."""
    numbers = (leave, privileged, altered)
    if not (all(0 <= each <= MAX_LET for each in numbers) and any(numbers)):
        raise ActRefusedError(f"Say how many: 1 to {MAX_LET} for --leave, --altered, --privileged, or several.")
    directory.lock_groups(conn)
    known = {state.name for state in directory_sources.states(conn)} | {"ldap"}
    if source not in known:
        raise ActRefusedError(f"There is no directory “{source}”. Known are {', '.join(sorted(known))}.")
    directory_sources.let(conn, source, leave, privileged, altered, admin.now + seconds, admin.now)
    lets: dict[str, Json] = {"leave": leave, "privileged": privileged, "altered": altered}
    detail: dict[str, Json] = {"source": source, **lets, "seconds": seconds}
    record(conn, admin, "directory.let", detail=detail)
