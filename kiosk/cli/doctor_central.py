"""``kiosk doctor --data``: a service's data folder and whether it answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from pathlib import Path

from cryptography import x509

from kiosk.cli import doctor_audiences, doctor_directory, doctor_policy, doctor_review, doctor_trust, doctor_upstream
from kiosk.cli.doctor_check import Check
from kiosk.model.counted import counted
from kiosk.service.audit import checkpoint, seal
from kiosk.service.audit.put_back import examine
from kiosk.service.folder import DataFolderError, ServiceFolder, listen_address, open_folder
from kiosk.service.platform.budgets import budgets_from
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.platform.tls import DAY, RENEW_DAYS
from kiosk.service.store import disk, migrate, people, postgres_connect, postgres_url
from kiosk.service.store.errors import StoreBusyError, StoreDownError, StoreError, StoreFullError, StoreReadOnlyError
from kiosk.service.store.request_budget import Storage
from kiosk.settings import SettingsError

ANSWER_SECONDS = 2.0
NAMED = 5
LATE = 900
"""Seconds after which rows should have been signed: three of the service's intervals."""
LATE_DAYS = 2
"""After which a renewal that was due is missed."""
NEXT: dict[type[StoreError], str] = {
    StoreFullError: "Make room on it: without any nobody signs in. The trail itself is never to be shortened.",
    StoreReadOnlyError: "See mount and dmesg for why, and that the folder's owner runs the service;"
    " then start it again.",
    StoreBusyError: "See what else uses it, then run this again.",
}


def checks(data: Path) -> list[Check]:
    """The folder with its keys, the door, and the database."""
    try:
        folder = open_folder(data)
    except (DataFolderError, KeyFileError, SettingsError) as error:
        return [Check("service", False, str(error), "Mend that, then run this again.")]
    own = [
        _door(folder, data),
        *_certificate(folder, data),
        _database(folder),
        *_rows(folder),
        *_trail(folder, data),
        *_waves(folder, data),
    ]
    return [
        *own,
        *doctor_policy.checks(folder),
        *doctor_audiences.checks(folder),
        *doctor_trust.checks(folder),
        *doctor_directory.checks(folder),
        *doctor_upstream.checks(folder),
        *doctor_review.checks(folder),
    ]


def _door(folder: ServiceFolder, data: Path) -> Check:
    host, port = listen_address(folder.settings.listen)
    try:
        socket.create_connection((host, port), ANSWER_SECONDS).close()
    except OSError:
        do = f"Start it: kiosk service run --data {data}"
        return Check("service", False, f"The folder is in order, but nothing listens at {host}:{port}.", do)
    return Check("service", True, f"The folder is in order, and {host}:{port} answers.")


def _certificate(folder: ServiceFolder, data: Path) -> list[Check]:
    """How long the certificate lasts that is served now; nothing where nothing listens."""
    host, port = listen_address(folder.settings.listen)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # looked at, and nothing is sent
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS) as line, context.wrap_socket(line) as secured:
            der = secured.getpeercert(binary_form=True)
        served = x509.load_der_x509_certificate(der or b"")
    except (OSError, ValueError):
        return []
    left = int((served.not_valid_after_utc.timestamp() - time.time()) // DAY)
    if left >= RENEW_DAYS - LATE_DAYS:
        lasts = counted(left, "day")
        said = f"The service's certificate lasts {lasts} more; it renews it by itself {RENEW_DAYS} days before."
        return [Check("certificate", True, said)]
    how = f"has {counted(left, 'day')} left" if left >= 0 else f"ended {counted(-left, 'day')} ago"
    said = f"The service's certificate {how}, and the service has not renewed it."
    return [
        Check("certificate", False, said, f"See the service's log, mend that, then: kiosk service run --data {data}")
    ]


def _rows(folder: ServiceFolder) -> list[Check]:
    """Whether every row that decides something was written by the service. Nothing, where it cannot be read."""
    db = folder.database()
    try:
        examined = db.read_now(examine)
    except StoreError:
        return []
    finally:
        db.close_now()
    if not examined.found:
        rows = counted(examined.rows, "row")
        return [Check("rows", True, f"Of {rows} that decide something all are as the service wrote them.")]
    named = "; ".join(str(fault) for fault in examined.found[:NAMED])
    more = f"; and {len(examined.found) - NAMED} more" if len(examined.found) > NAMED else ""
    rows = counted(len(examined.found), "row is", "rows are")
    said = f"{rows} not as the service wrote them, and not believed: {named}{more}."
    return [Check("rows", False, said, "Find out who can change the database. See: kiosk admin integrity check.")]


def _reached(url: str) -> Check:
    """PostgreSQL answers; whether the way there is safe."""
    reached = postgres_url.where(url)
    said = "PostgreSQL answers and takes changes."
    gone = asyncio.run(postgres_connect.silent(reached, "kiosk")) if reached.several else {}
    if gone:
        named = "; ".join(f"{host}: {why}" for host, why in gone.items())
        return Check("database", False, f"{said} But not every server of it answers. {named}", "Look at that server.")
    if reached.verified:
        return Check("database", True, said)
    return Check(
        "database",
        True,
        f"{said} But by sslmode={reached.mode} somebody on the network can answer in its place, or read along.",
        "Leave sslmode out of the database's address: its certificate is verified then. Name its CA: sslrootcert=PATH.",
    )


def _database(folder: ServiceFolder) -> Check:
    """Whether it can be read and written, and the room that is left. Nothing is changed in it."""
    db = folder.database()
    try:
        db.write_now(people.count)
        encoding = db.read_now(migrate.encoding_of)
        where = disk.folder_of(db.url)
        left = disk.free(where) if where is not None else None
    except StoreError as error:
        return Check("database", False, str(error), NEXT.get(type(error), "Mend that, then run this again."))
    finally:
        db.close_now()
    if encoding != migrate.UTF8:
        do = f"Dump it (pg_dump), make a new one, and load the dump into that: {migrate.CREATEDB}"
        return Check("database", False, migrate.lacks_letters(encoding), do)
    if where is None or left is None:
        return _reached(db.url)
    why = disk.trouble(where)
    if why is not None:
        kind: type[StoreDownError] = StoreFullError if why == "full" else StoreReadOnlyError
        return Check(
            "database", False, f"Nothing can be written in {where}: its disk is {why.replace('_', '-')}.", NEXT[kind]
        )
    room = f"{left // disk.MIB} MiB are free in {where}."
    if left < disk.LOW or Storage(where, budgets_from(folder.settings.limits).reserve_mib).health != "ok":
        return Check(
            "database", True, f"It can be written; only {room}", "Make room soon: without any nobody signs in."
        )
    return Check("database", True, f"It can be written; {room}")


def _trail(folder: ServiceFolder, data: Path) -> list[Check]:
    """Whether the rows since the last checkpoint hold, and how old it is. Nothing where the store cannot be read."""
    db = folder.database()
    try:
        kept = checkpoint.last_in(folder.checkpoints)
        what = db.read_now(seal.read, folder.keys.checkpoint.public, kept)
        last = db.read_now(checkpoint.newest)
    except StoreError:
        return []
    except (OSError, ValueError):
        do = "Move it away: the service writes a whole one."
        return [Check("audit trail", False, f"{folder.checkpoints} cannot be read as a list of checkpoints.", do)]
    finally:
        db.close_now()
    if what.refused:
        do = f"Keep the disk as it is, and see: kiosk audit verify --data {data}"
        return [Check("audit trail", False, f"It does not hold, and is not signed further. {what.refused[0]}", do)]
    if last is not None and what.moved and time.time() - last.at > LATE:
        do = f"Start the service, or sign now: kiosk audit checkpoint --data {data}"
        return [Check("audit trail", False, f"Rows wait to be signed; the last checkpoint is {_ago(last.at)} old.", do)]
    return [Check("audit trail", True, "What was written since the last checkpoint holds.")]


def _waves(folder: ServiceFolder, data: Path) -> list[Check]:
    """Roll-out waves that nobody is of, or that lock people out. Nothing where there are none or nothing is read."""
    from kiosk.cli.service import waves_of

    try:
        found = waves_of(folder)
    except StoreError:
        return []
    now = int(time.time())
    said = [*found.unknown, *(lockout.said(now) for lockout in found.locked)]
    if not said:
        return []
    do = f"Mend [[policy.wave]] in {data / 'service.toml'}, or see who it is: kiosk admin report waves"
    return [Check("waves", True, " ".join(said), do)]


def _ago(at: int) -> str:
    return counted(int(time.time() - at) // 60, "minute")
