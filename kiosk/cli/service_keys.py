"""``kiosk service keys``: which keys there are; exchange each kind."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.service_door import AdminDesk, desk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.admin.rotation import Rotation
    from kiosk.service.admin.signing_keys import LastingRotation
    from kiosk.service.platform.key_folder import KeyFolder

RENEWED, KEPT = ("row", "pin", "totp"), ("token", "checkpoint", "badge")
"""Kinds of keys whose rows are written anew, and those that are kept for what they made."""


def configure(parser: argparse.ArgumentParser) -> None:
    """``list``, ``prepare``, ``rotate`` and ``retire``."""
    acts = parser.add_subparsers(dest="key_act", metavar="ACT", required=True)
    helps = {
        "list": "every key, which is current, how many rows use it",
        "prepare": "make the next key and use it not yet: copy it to replicas on other machines, then rotate",
        "rotate": "make a new key; rows, PINs and code apps are written anew at once, the others need a restart",
        "retire": "remove the files of older keys, if nothing needs them",
    }
    for name, told in helps.items():
        act = acts.add_parser(name, help=told)
        if name != "list":
            told = "row: codes of rows; pin: encryption of PINs' hashes; totp: of code apps' secrets"
            act.add_argument("kind", choices=RENEWED if name == "prepare" else (*RENEWED, *KEPT), help=told)
        act.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    with desk(args) as opened:
        {"list": _list, "prepare": _prepare, "rotate": _rotate, "retire": _retire}[args.key_act](opened, args)
    return 0


def _lasting(opened: AdminDesk, args: argparse.Namespace) -> LastingRotation | None:
    """For kinds of which nothing is written anew; None for the others."""
    from kiosk.service.admin.signing_keys import KINDS, LastingRotation

    if args.kind not in KINDS:
        return None
    return LastingRotation(opened.db, _files(opened), opened.folder.path, args.kind)


def _files(opened: AdminDesk) -> KeyFolder:
    from kiosk.service.folder import credentials_folder
    from kiosk.service.platform.key_folder import KeyFolder

    return KeyFolder(opened.folder.path / "keys", credentials_folder())


def _rotation(opened: AdminDesk, args: argparse.Namespace) -> Rotation:
    from kiosk.service.admin.rotation import Rotation

    return Rotation(opened.db, _files(opened), opened.folder.keys, args.kind)


def _list(opened: AdminDesk, _args: argparse.Namespace) -> None:
    from kiosk.service.store.renewing import codes_by_key, pins_by_key, rows_by_key

    uses = {"row": opened.db.read_now(rows_by_key), "pin": opened.db.read_now(pins_by_key)}
    uses["totp"] = opened.db.read_now(codes_by_key)
    there = _files(opened).numbers()
    for kind, numbers in there.items():
        for number in numbers:
            state = "current" if number == numbers[0] else "older"
            rows = f"{counted(uses[kind][number], 'row')}" if kind in uses else ""
            print(f"{kind:<11}{number:>3}  {state:<8} {rows}".rstrip())
    for kind, used in uses.items():
        for number in sorted(set(used) - set(there[kind])):
            print(f"{kind:<11}{number:>3}  no file  {counted(used[number], 'row')}, which are not believed")


def _prepare(opened: AdminDesk, args: argparse.Namespace) -> None:
    path = _rotation(opened, args).prepare(opened.admin)
    print(f"{path} is ready. Copy it into “keys” of every replica, under this name, then rotate here.")


def _rotate(opened: AdminDesk, args: argparse.Namespace) -> None:
    lasting = _lasting(opened, args)
    if lasting is not None:
        number = lasting.rotate(opened.admin)
        print(f"Made {args.kind}-{number}. It is used after the next start of the service; the old one is still read.")
        print("Copy it to every replica, restart each, then make a backup.")
        if args.kind == "checkpoint":
            print("Give the auditors a new copy of checkpoint-keys.json.")
        return
    done = _rotation(opened, args).rotate(opened.admin)
    name = f"{args.kind}-{done.number}.key"
    if done.made:
        print(f"Made {name}. Back it up now. {counted(done.rows, 'row was', 'rows were')} written anew under it.")
    else:
        rows = counted(done.rows, "row was", "rows were")
        print(f"An earlier rotation to {name} is finished: {rows} written anew. No key was made.")
    print(f"Then: kiosk service keys retire {args.kind} --data {opened.folder.path}")


def _retire(opened: AdminDesk, args: argparse.Namespace) -> None:
    lasting = _lasting(opened, args)
    gone = (lasting or _rotation(opened, args)).retire(opened.admin)
    if not gone:
        print(f"There is no older {args.kind} key.")
        return
    for number in gone:
        name = f"{args.kind}-{number}.{'pem' if lasting else 'key'}"
        print(f"Removed {name}. Keep a copy with the backups of its time: they need it.")
    print("Restart the service, so that it forgets what was removed.")
