"""``kiosk service``: set the central service up, run it."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import asking, service_backup, service_join, service_kerberos, service_keys, service_restore
from kiosk.cli.service_door import complaints, whoever_runs_this
from kiosk.settings.service import ServiceSettings

if TYPE_CHECKING:
    from kiosk.service.folder import ServiceFolder
    from kiosk.service.records.wave_check import WaveCheck


def configure(parser: argparse.ArgumentParser) -> None:
    """``init``, ``check``, ``run``, ``invite``, ``join``, ``keys``, ``kerberos``, ``backup``, ``restore``,
    ``restored``."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    init = acts.add_parser("init", help="make a data folder: keys, CA, certificate, database")
    init.add_argument("--data", type=Path, required=True, metavar="DIR", help="the new data folder")
    init.add_argument(
        "--origin",
        required=True,
        metavar="URL",
        help="https://auth.hospital.example: security keys are bound to its host",
    )
    init.add_argument("--listen", default="127.0.0.1:8443", metavar="HOST:PORT", help="default: %(default)s")
    init.add_argument(
        "--database", default="", metavar="URL", help="postgresql://…; default: SQLite in the data folder"
    )
    init.add_argument("--host", action="append", default=[], metavar="NAME", help="a further name for the certificate")
    init.add_argument("--admin", metavar="LOGIN", help="also add this person with the role “administrator”")
    check = acts.add_parser("check", help="read settings and keys as run does, and say what is wrong; changes nothing")
    check.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    asking.configure(check, "roll-out waves that lock people out are meant, as a script must say")
    run = acts.add_parser("run", help="serve until stopped; prints “ready”")
    run.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    service_join.configure(acts)
    service_keys.configure(acts.add_parser("keys", help="list keys, exchange them"))
    service_kerberos.configure(acts.add_parser("kerberos", help="the CA that a hospital's KDC trusts"))
    service_backup.configure(
        acts.add_parser("backup", help="everything in one encrypted file", description=service_backup.DESCRIPTION)
    )
    service_restore.configure(
        acts.add_parser("restore", help="the service from a backup", description=service_restore.RESTORE)
    )
    service_restore.configure_restored(
        acts.add_parser("restored", help="who is held since a restore", description=service_restore.RESTORED)
    )


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    os.umask(0o077)
    acts = {
        "init": _init,
        "check": _check,
        "run": _run,
        "invite": service_join.invite,
        "join": service_join.join,
        "keys": service_keys.run,
        "kerberos": service_kerberos.run,
        "backup": service_backup.run,
        "restore": service_restore.run,
        "restored": service_restore.run_restored,
    }
    return acts[args.act](args)


def _check(args: argparse.Namespace) -> int:
    """0 if ``run`` would take it, else a sentence; who would be locked out is asked. Raises ``CommandError``."""
    from kiosk.service.folder import open_folder

    with complaints():
        folder = open_folder(args.data)
        found = waves_of(folder)
    now = int(time.time())
    for sentence in found.unknown:
        print(f"Warning: {sentence}", file=sys.stderr)
    if found.locked:
        asking.sure(" ".join(lockout.said(now) for lockout in found.locked), yes=args.yes)
    print(
        f"{folder.path / 'service.toml'} and the keys are in order. A running service takes changes when it restarts."
    )
    return 0


def waves_of(folder: ServiceFolder) -> WaveCheck:
    """What is wrong with the roll-out waves of its settings, read from its database. Raises ``StoreError``."""
    from kiosk.service.policy import rules_from
    from kiosk.service.records import wave_check

    rules = rules_from(folder.settings.policy_table())
    if not rules.waves:
        return wave_check.WaveCheck((), ())
    db = folder.database()
    try:
        return db.read_now(wave_check.look, int(time.time()), rules)
    finally:
        db.close_now()


def _init(args: argparse.Namespace) -> int:
    from kiosk.service.admin import people
    from kiosk.service.admin.act import record
    from kiosk.service.folder import finish, make_folder

    settings = ServiceSettings(args.origin, args.listen, args.database, tuple(args.host), open_audiences=False)
    admin = whoever_runs_this()
    with complaints():
        folder = make_folder(args.data, settings, admin.now)
        db = folder.database()
        try:
            db.write_now(record, admin, "service.init", detail={"origin": settings.origin})
            if args.admin:
                db.write_now(people.add, admin, args.admin, args.admin, ["administrator"])
        finally:
            db.close_now()
        finish(folder)
    store = "PostgreSQL" if db.kind == "postgresql" else args.database or f"{folder.path / 'kiosk.db'}"
    print(f"Made {folder.path}: signing keys, a CA, a certificate for {', '.join(dict.fromkeys(folder.hosts))}.")
    print(f"Records are kept in {store}. Security keys will be bound to {folder.rp_id}.")
    print(f"{admin.name} owns it and is the first administrator. Back up {folder.path / 'keys'} and keep it secret.")
    print(f"Next: kiosk service run --data {folder.path}")
    return 0


def _run(args: argparse.Namespace) -> int:
    # A starting program makes no garbage; looking for it until the service listens would take a sixth of its start.
    gc.disable()
    from kiosk.service.server import serve

    try:
        with complaints():
            return serve(args.data, _tell_waves)
    finally:
        gc.enable()


def _tell_waves(folder: ServiceFolder) -> None:
    """Nobody may be there to be asked: what ``check`` asks is said to the journal, and the service starts."""
    from kiosk.service.store.errors import StoreError

    try:
        found = waves_of(folder)
    except StoreError:
        return  # said by the service itself
    now = int(time.time())
    for sentence in (*found.unknown, *(lockout.said(now) for lockout in found.locked)):
        print(f"Warning: {sentence}", file=sys.stderr, flush=True)
