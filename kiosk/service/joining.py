"""A further machine of the same service: invited on one that runs, joined on the new one.

What both need goes over in one file that a passphrase opens: keys, CA, settings, the database's address. The new
machine's certificate is made there, and is of the same CA.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import shutil
import socket
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import tomli_w
from sqlalchemy import Connection

from kiosk.files import write_private
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.folder import DataFolderError, ServiceFolder, check_settings, credentials_folder, open_folder
from kiosk.service.platform import bounds, sealed_bundle
from kiosk.service.platform.json_fields import member, members, number, text
from kiosk.service.platform.key_marks import marks
from kiosk.service.platform.keys import PREPARED, files_of
from kiosk.service.platform.sealed_bundle import BundleError
from kiosk.service.store import migrate, replicas
from kiosk.service.store.people import fresh_id
from kiosk.settings import from_table
from kiosk.settings.service import ServiceSettings

SECONDS = 3600
"""For which an invitation is good."""
MAX_CLOCK_OFF = 5
"""Seconds by which a new machine's clock may differ from the database's."""
FILES = re.compile(
    r"(?:keys/(?:[a-z]+-[1-9][0-9]{0,6})\.(?:pem|key|next)|tls/(?:ca-[1-9][0-9]{0,6}\.(?:crt|key)|current))"
)
OF_THE_SERVICE = "checkpoint-keys.json"


@dataclass(frozen=True, slots=True)
class Invitation:
    """``passphrase``: said once, kept nowhere. ``expires``: epoch seconds."""

    passphrase: str
    expires: int


@dataclass(frozen=True, slots=True)
class Offered:
    """What the file holds: of which program and schema, until when, and files by their path in the data folder."""

    invitation: str
    program: str
    schema: str
    expires: int
    settings: dict[str, object]
    files: dict[str, bytes]


def invite(folder: ServiceFolder, admin: Admin, to: Path) -> Invitation:
    """Write the file ``to``, for one machine. Raises ``ActRefusedError``, ``StoreError``, ``KeyFileError``."""
    if not folder.settings.database or not folder.settings.database.startswith("postgres"):
        raise ActRefusedError(
            "This service keeps its records in an SQLite file, which serves one machine. Move to PostgreSQL first."
        )
    if to.exists():
        raise ActRefusedError(f"{to} is there already. Name a new file.")
    db, invitation, expires = folder.database(), fresh_id(), admin.now + SECONDS

    def act(conn: Connection) -> str:
        replicas.agree(conn, marks(folder.path, credentials_folder()), admin.now)
        replicas.invite(conn, invitation, admin.now, expires)
        record(conn, admin, "replica.invite", detail={"invitation": invitation, "until": expires})
        return migrate.revision_of(conn)

    schema = db.write_now(act)
    passphrase = sealed_bundle.fresh_passphrase()
    files = {name: base64.b64encode(data).decode("ascii") for name, data in _files(folder.path).items()}
    table = tomllib.loads((folder.path / "service.toml").read_text(encoding="utf-8"))
    said = {"id": invitation, "program": version("kiosk"), "schema": schema, "expires": expires}
    content = json.dumps({**said, "settings": table, "files": files}, separators=(",", ":")).encode("utf-8")
    try:
        write_private(to, sealed_bundle.seal(content, passphrase))
    except OSError as error:
        raise ActRefusedError(f"{to} cannot be written: {error.strerror}.") from None
    return Invitation(passphrase, expires)


def _files(path: Path) -> dict[str, bytes]:
    """Keys, those that systemd hands over too, and CAs; not the certificate that this machine serves."""
    found = {
        f"keys/{kind}-{number}{file.suffix}": data
        for kind, several in files_of(path / "keys", credentials_folder()).items()
        for number, file, data in several
    }
    found.update({f"keys/{file.name}": file.read_bytes() for file in (path / "keys").glob(f"*{PREPARED}")})
    found.update({f"tls/{file.name}": file.read_bytes() for file in (path / "tls").iterdir()})
    found[OF_THE_SERVICE] = (path / OF_THE_SERVICE).read_bytes()
    return {name: data for name, data in found.items() if name == OF_THE_SERVICE or FILES.fullmatch(name)}


def read(bundle: Path, passphrase: str, now: float) -> Offered:
    """What the file ``bundle`` offers. Raises ``BundleError``."""
    content = sealed_bundle.opened(bundle, passphrase)
    try:
        said = members(bounds.loads(content))
        files = member(said, "files")
        offered = Offered(
            text(said, "id"),
            text(said, "program"),
            text(said, "schema"),
            number(said, "expires"),
            dict(member(said, "settings")),
            {name: base64.b64decode(text(files, name), validate=True) for name in files},
        )
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        raise BundleError(f"{bundle} was made by another version of kiosk. Make it anew there.") from None
    if any(name != OF_THE_SERVICE and not FILES.fullmatch(name) for name in offered.files):
        raise BundleError(f"{bundle} holds files that no data folder has. It is not from: kiosk service invite")
    if now >= offered.expires:
        raise BundleError("The invitation has ended; each is good for an hour. Make another: kiosk service invite")
    if offered.program != version("kiosk"):
        raise BundleError(
            f"The other machine runs kiosk {offered.program}, this one {version('kiosk')}. Install the same version."
        )
    return offered


def join(
    offered: Offered,
    path: Path,
    listen: str,
    hosts: tuple[str, ...],
    admin: Admin,
    clock: Callable[[], float] = time.time,
) -> ServiceFolder:
    """Make the data folder ``path`` of what was offered, and use the invitation up.

    Nothing is left behind on failure. Raises ``BundleError``, ``DataFolderError``, ``SettingsError``, ``StoreError``.
    """
    path = path.absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataFolderError(f"{path} is not empty. Choose a new folder; nothing here is ever overwritten.")
    table = {**offered.settings, "listen": listen}
    told = offered.settings.get("hosts")
    table["hosts"] = list(dict.fromkeys([*(told if isinstance(told, list) else []), *hosts]))
    check_settings(from_table(ServiceSettings, table, "The settings of the other machine"))
    existed = path.exists()
    try:
        _write(offered, path)
        write_private(path / "service.toml", tomli_w.dumps(table).encode("utf-8"))
        folder = open_folder(path)
        _admitted(offered, folder, admin, clock)
        folder.tls.ensure_server(folder.hosts, int(clock()))
    except OSError as error:
        _clear(path, existed)
        raise DataFolderError(f"{path} cannot be made: {error.strerror}. Choose another folder.") from None
    except BaseException:
        _clear(path, existed)
        raise
    return folder


def _write(offered: Offered, path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    for name in ("keys", "tls"):
        (path / name).mkdir(mode=0o700)
    for name, data in offered.files.items():
        write_private(path / name, data)


def _admitted(offered: Offered, folder: ServiceFolder, admin: Admin, clock: Callable[[], float]) -> None:
    """In one transaction: this machine fits to the others, and the invitation is used up."""

    def act(conn: Connection) -> None:
        theirs = replicas.clock_of(conn)
        off = clock() - theirs if theirs is not None else 0.0
        if abs(off) > MAX_CLOCK_OFF:
            way = "ahead of" if off > 0 else "behind"
            raise BundleError(
                f"This machine's clock is {abs(off):.0f} seconds {way} the database's. Set it (timedatectl), then join."
            )
        if migrate.revision_of(conn) != offered.schema or migrate.newest() != offered.schema:
            raise BundleError("The database was brought to another version since the invitation. Make another one.")
        replicas.agree(conn, marks(folder.path), int(clock()))
        host = socket.gethostname()
        if not replicas.use(conn, offered.invitation, host, int(clock())):
            raise BundleError("This invitation was used already, or is for another database. Make another one.")
        detail = {"invitation": offered.invitation, "host": host, "listen": folder.settings.listen}
        record(conn, admin, "replica.join", detail={**detail})

    folder.database().write_now(act)


def _clear(path: Path, existed: bool) -> None:
    for child in path.iterdir() if path.is_dir() else ():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    if not existed and path.is_dir():
        path.rmdir()
