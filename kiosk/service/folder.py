"""The service's data folder: what ``kiosk service init`` makes and every other command opens.

DIR/service.toml       settings; written last, so its presence means that init was finished
DIR/keys/              see ``keys``
DIR/tls/               see ``tls``
DIR/kiosk.db           the database, unless the settings name another
DIR/checkpoint-keys.json   public keys of the audit trail's checkpoints (RFC 7517), to be copied elsewhere
DIR/checkpoints.jsonl  every checkpoint, to be copied elsewhere
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.files import write_private
from kiosk.service.audit.checkpoint import public_jwks
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.reading import has_rows
from kiosk.service.audit.upgrade import tell_old_stations
from kiosk.service.audit.writer import append
from kiosk.service.channels.rules import rules_from as message_rules_from
from kiosk.service.platform import key_marks
from kiosk.service.platform import keys as key_files
from kiosk.service.platform.addresses import host_and_port
from kiosk.service.platform.budgets import budgets_from
from kiosk.service.platform.directory_settings import check_privileged, directory_from
from kiosk.service.platform.kerberos_settings import kerberos_from
from kiosk.service.platform.keys import KeyFileError, ServiceKeys, refuse_open_mode
from kiosk.service.platform.openid_settings import openid_from
from kiosk.service.platform.operations_settings import operations_from
from kiosk.service.platform.phone_settings import phone_from
from kiosk.service.platform.tls import Tls
from kiosk.service.platform.upstream_settings import upstream_from
from kiosk.service.policy import roles, rules_from, wording
from kiosk.service.policy.review_rules import review_from
from kiosk.service.shared.risk_rules import risk_rules_from
from kiosk.service.store import disk, postgres_url, replicas
from kiosk.service.store.database import Database, sqlite_url
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.libpq_uri import is_postgres
from kiosk.settings import SettingsError, load, must, save
from kiosk.settings.owners import NotOursError, check_folder
from kiosk.settings.service import ServiceSettings

MAX_CLOCK_OFF = 120
"""Seconds by which a machine's clock and the database's may differ at a start."""
BELIEVED = ("service.toml", "keys", "tls", "kiosk.db", "checkpoints.jsonl", "checkpoint-keys.json")


class DataFolderError(Exception):
    """The data folder cannot be made or opened; the message is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class ServiceFolder:
    """An opened data folder. Nothing in it is open to other users."""

    path: Path
    settings: ServiceSettings
    keys: ServiceKeys
    tls: Tls

    @property
    def origin(self) -> str:
        """The WebAuthn origin."""
        return self.settings.origin

    @property
    def rp_id(self) -> str:
        """The WebAuthn RP ID: the origin's host."""
        return host_of(self.settings.origin)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What the TLS certificate names: the origin's host, the listen host, those of the settings, localhost."""
        listen, _ = listen_address(self.settings.listen)
        return (self.rp_id, *_nameable(listen), *self.settings.hosts, "localhost", "127.0.0.1")

    @property
    def checkpoints(self) -> Path:
        """Where every checkpoint is appended."""
        return self.path / "checkpoints.jsonl"

    def database(self) -> Database:
        """The store that the settings name, not migrated. The caller closes it. Raises ``StoreDownError``."""
        return Database(self.database_url, self.keys.guard())

    @property
    def database_url(self) -> str:
        """Where the store is."""
        return self.settings.database or sqlite_url(self.path / "kiosk.db")


def open_folder(path: Path) -> ServiceFolder:
    """Open what ``make_folder`` made. Raises ``DataFolderError``, ``KeyFileError``, ``SettingsError``."""
    path = path.absolute()
    toml = path / "service.toml"
    try:
        if not toml.exists():
            raise DataFolderError(
                f"{path} is not a service's data folder. Make one with: kiosk service init --data {path}"
            )
        refuse_open_mode(path)
        refuse_open_mode(toml)
        check_folder(path, BELIEVED)
        settings = load(ServiceSettings, toml)
    except NotOursError as error:
        raise DataFolderError(str(error)) from None
    except PermissionError:
        raise DataFolderError(f"{path} belongs to another user. Run this as the owner of the data folder.") from None
    try:
        check_settings(settings)
    except SettingsError as error:
        raise SettingsError(f"{toml}: {error}") from None
    keys = key_files.load(path / "keys", credentials_folder())
    return ServiceFolder(path, settings, keys, Tls(path / "tls"))


def upgraded_folder(path: Path) -> ServiceFolder:
    """``open_folder`` for the service itself: keys that an earlier version did not have are made first."""
    try:
        if (path / "service.toml").exists():
            key_files.add_new_kinds(path.absolute() / "keys", credentials_folder())
    except PermissionError:
        pass  # said by ``open_folder``, in its words
    return open_folder(path)


def credentials_folder() -> Path | None:
    """What systemd hands over (LoadCredential), if anything."""
    said = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(said) if said else None


def migrate(folder: ServiceFolder) -> None:
    """Bring the database up to this program, and believe the rows of before, once. Raises ``StoreError``."""
    database = folder.database()
    try:
        adopted = database.migrate_now()
        _fits(folder, database)
        if adopted:
            event = Event("integrity", "success", int(time.time()), detail={"act": "adopt", "rows": adopted})
            database.write_now(append, SERVICE, event)
        database.write_now(tell_old_stations, int(time.time()))
        key_files.adopted(folder.path / "keys")
    finally:
        database.close_now()


def _fits(folder: ServiceFolder, database: Database) -> None:
    """Keys and clock of this machine are those of the others on this database. Raises ``DataFolderError``."""
    now = time.time()
    theirs = database.read_now(replicas.clock_of)
    if theirs is not None and abs(now - theirs) > MAX_CLOCK_OFF:
        way = "ahead of" if now > theirs else "behind"
        off = f"{abs(now - theirs):.0f} seconds {way}"
        raise DataFolderError(f"This machine's clock is {off} the database's. Set it (timedatectl), then start again.")
    database.write_now(replicas.agree, key_marks.marks(folder.path, credentials_folder()), int(now))


def make_folder(path: Path, settings: ServiceSettings, now: int) -> ServiceFolder:
    """Make a data folder, its keys, its CA and certificate, and the schema of its database.

    ``finish`` must follow. Nothing is left behind on failure. Raises ``DataFolderError``, ``StoreError``.
    """
    check_settings(settings)
    path = path.absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataFolderError(f"{path} is not empty. Choose a new folder; nothing here is ever overwritten.")
    if wording.of_path(str(path)) != str(path):
        raise DataFolderError(f"{wording.of_path(str(path))} is not UTF-8. Choose another folder.")
    existed = path.exists()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        key_files.make(path / "keys")
        tls = Tls.make(path / "tls", host_of(settings.origin), now)
        folder = ServiceFolder(path, settings, key_files.load(path / "keys"), tls)
        tls.ensure_server(folder.hosts, now)
        jwks = json.dumps(public_jwks(folder.keys.checkpoint.public), indent=1)
        write_private(path / "checkpoint-keys.json", jwks.encode() + b"\n")
        _empty_store(folder)
    except OSError as error:
        _clear(path, existed)
        raise DataFolderError(f"{path} cannot be made: {error.strerror}. Choose another folder.") from None
    except BaseException:
        _clear(path, existed)
        raise
    return folder


def finish(folder: ServiceFolder) -> None:
    """Write the settings: from now on the folder opens."""
    save(folder.settings, folder.path / "service.toml")


def _empty_store(folder: ServiceFolder) -> None:
    database = folder.database()
    try:
        database.migrate_now()
        if database.read_now(has_rows):
            raise DataFolderError("That database belongs to another service already. Name an empty one.")
    finally:
        database.close_now()


def _clear(path: Path, existed: bool) -> None:
    for child in path.iterdir() if path.is_dir() else ():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    if not existed and path.is_dir():
        path.rmdir()


def check_settings(settings: ServiceSettings) -> None:
    """Raises ``DataFolderError`` or ``SettingsError`` for names and addresses that cannot work."""
    host_of(settings.origin)
    listen_address(settings.listen)
    for name in settings.hosts:
        if not _is_ip(name) and not _is_host(name):
            raise SettingsError(must("hosts", "host names or IP addresses", name))
    if settings.database:
        check_database(settings.database)
    # Read again by whoever uses them; here, so that no command finds a folder in order which the service refuses.
    rules = rules_from(settings.policy_table())
    message_rules_from(settings.messages)
    review_from(settings.review)
    budgets_from(settings.limits)
    openid_from(settings.openid)
    phone_from(settings.phone)
    upstream_from(settings.upstream)
    kerberos_from(settings.kerberos)
    risk_rules_from(settings.risk)
    probes = operations_from(settings.operations).listen
    if probes is not None and _same_place(probes, listen_address(settings.listen)):
        raise SettingsError(f"[operations]: “listen” must be another port than the service's own, {settings.listen}.")
    check_privileged(directory_from(settings.directory), roles.privileged(rules))


def _same_place(one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Whether two listeners would be in each other's way."""
    return one[1] == other[1] and (one[0] == other[0] or not {one[0], other[0]}.isdisjoint({"0.0.0.0", "::"}))  # noqa: S104


def check_database(url: str) -> None:
    """Raises ``SettingsError``, which does not repeat it: it may hold a password."""
    # Without a whole path each command would have a database of its own: in memory, or wherever it is started.
    file = disk.file_of(url)
    if not is_postgres(url) and (file is None or not Path(file).is_absolute()):
        raise SettingsError("“database” must be postgresql://USER@HOST/NAME or sqlite:////PATH, with the whole path.")
    if file is None:
        try:
            named = postgres_url.where(url).database
        except StoreDownError as error:
            raise SettingsError(f"“database”: {error}") from None
        if not named:
            raise SettingsError("“database” must be postgresql://USER@HOST/NAME: it names no database.")


def host_of(origin: str) -> str:
    """The RP ID for ``origin``. Raises ``DataFolderError`` unless it is ``https://host[:port]`` with a domain for a
    host (WebAuthn Level 3, section 5.1.3: an IP address cannot be an RP ID)."""
    example = "Give it as https://auth.hospital.example, or https://auth.hospital.example:8443."
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise DataFolderError(f"The origin “{origin}” is not an address. {example}") from None
    if parts.scheme != "https":
        raise DataFolderError(f"The origin must begin with https://. {example}")
    whole = f"https://{host}" + (f":{port}" if port is not None else "")
    if origin != whole or port == 443:
        raise DataFolderError(f"The origin is lower-case scheme, host and unusual port, with nothing after. {example}")
    if _is_ip(host.strip("[]")):
        raise DataFolderError(f"The origin needs a name, not an IP address: security keys are bound to it. {example}")
    if not _is_host(host):
        raise DataFolderError(f"“{host}” is not a host name. {example}")
    return host


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_host(name: str) -> bool:
    return len(name) <= 253 and all(_is_label(label) for label in name.split("."))


def _is_label(label: str) -> bool:
    plain = label.replace("-", "a")
    return 0 < len(label) <= 63 and plain.isascii() and plain.isalnum() and "-" not in (label[0], label[-1])


def listen_address(listen: str) -> tuple[str, int]:
    """Host and port of ``host:port`` (``[::1]:8443`` for IPv6). Raises ``DataFolderError``."""
    found = host_and_port(listen)
    if found is None:
        raise DataFolderError(f"“{listen}” is not a listen address. Give it as 127.0.0.1:8443.")
    return found


def _nameable(listen: str) -> list[str]:
    """The listen host, unless it stands for every address."""
    return [] if listen in ("0.0.0.0", "::") else [listen]  # noqa: S104  (compared, not bound)


__all__ = ["DataFolderError", "KeyFileError", "ServiceFolder", "finish", "host_of", "make_folder", "open_folder"]
