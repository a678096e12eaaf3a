"""``kiosk service``: set the central service up, run it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from kiosk.cli.service_door import complaints, whoever_runs_this
from kiosk.settings.service import ServiceSettings

HELP = "the central service: set it up, run it"


def configure(parser: argparse.ArgumentParser) -> None:
    """``init`` and ``run``."""
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
    run = acts.add_parser("run", help="serve until stopped; prints “ready”")
    run.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")


def run(args: argparse.Namespace) -> int:
    """Raises ``Complaint``."""
    os.umask(0o077)
    return _init(args) if args.act == "init" else _run(args)


def _init(args: argparse.Namespace) -> int:
    from kiosk.service.admin import people
    from kiosk.service.admin.act import record
    from kiosk.service.folder import finish, make_folder

    settings = ServiceSettings(args.origin, args.listen, args.database, tuple(args.host))
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
    store = "PostgreSQL" if args.database else f"{folder.path / 'kiosk.db'}"
    print(f"Made {folder.path}: signing keys, a CA, a certificate for {', '.join(dict.fromkeys(folder.hosts))}.")
    print(f"Records are kept in {store}. Security keys will be bound to {folder.rp_id}.")
    print(f"{admin.name} owns it and is the first administrator. Back up {folder.path / 'keys'} and keep it secret.")
    print(f"Next: kiosk service run --data {folder.path}")
    return 0


def _run(args: argparse.Namespace) -> int:
    from kiosk.service.app import serve

    with complaints():
        return serve(args.data)
