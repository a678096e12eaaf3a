"""What each party may use up, as typed data with defaults, read from the ``[limits]`` table of ``service.toml``."""

from __future__ import annotations

from dataclasses import dataclass, fields

import msgspec

from kiosk.settings import SettingsError, must
from kiosk.settings.checks import Range

_RANGES = {
    "connections": Range(32, 100_000),
    "station_connections": Range(4, 1000),
    "application_connections": Range(4, 10_000),
    "handshake_seconds": Range(1, 60),
    "request_seconds": Range(1, 60),
    "reader_seconds": Range(1, 300),
    "pin_checks": Range(1, 64),
    "pin_queue": Range(1, 1000),
    "pin_seconds": Range(1, 30),
    "sign_in_rows": Range(100, 10_000_000),
    "other_rows": Range(100, 10_000_000),
    "replay_rows": Range(1000, 10_000_000),
    "person_rows": Range(100, 10_000_000),
    "application_rows": Range(100, 100_000_000),
    "directory_reads": Range(60, 1_000_000),
    "row_bytes": Range(256, 65_536),
    "reserve_mib": Range(16, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Budgets:
    """``connections``: at once, all together; those that have not proved who they are have half of them, one address
    half of that. ``station_connections``, ``application_connections``: of one client. ``handshake_seconds``: for TLS;
    ``request_seconds``: for a whole request; ``reader_seconds``: without reading what it asked for.

    ``pin_checks``: Argon2 at once, 19 MiB each. ``pin_queue``: waiting ones of one station.
    ``pin_seconds``: that any of them waits.

    ``sign_in_rows``: an hour, of one station, for sign-ins and locks; ``other_rows``: for everything else it makes;
    ``replay_rows``: for what it wrote down while the service was away; ``person_rows``: about one person;
    ``application_rows``: of one application. ``directory_reads``: Users and Groups that a directory's token may read in
    a minute, of each replica. ``row_bytes``: that go with a row, on the average. ``reserve_mib``: free
    on the disk below which only sign-ins and locks are written.
    """

    connections: int = 4096
    station_connections: int = 12
    application_connections: int = 64
    handshake_seconds: int = 5
    request_seconds: int = 10
    reader_seconds: int = 20
    pin_checks: int = 4
    pin_queue: int = 4
    pin_seconds: int = 4
    sign_in_rows: int = 3000
    other_rows: int = 1000
    replay_rows: int = 200_000
    person_rows: int = 500
    application_rows: int = 20_000
    directory_reads: int = 6000
    row_bytes: int = 2048
    reserve_mib: int = 256


def budgets_from(table: dict[str, object]) -> Budgets:
    """Budgets from the ``[limits]`` table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    known = {field.name for field in fields(Budgets)}
    for name, value in table.items():
        if name not in known:
            raise SettingsError(f"[limits]: there is no setting called “{name}”.")
        if type(value) is not int or not _RANGES[name].holds(value):
            raise SettingsError(f"[limits]: {must(name, str(_RANGES[name]), value)}")
    return msgspec.convert(table, Budgets)
