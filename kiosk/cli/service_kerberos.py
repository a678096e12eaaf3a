"""``kiosk service kerberos``: the CA that a hospital's KDC trusts, made and exchanged."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.service_door import AdminDesk, desk

if TYPE_CHECKING:
    from kiosk.service.admin.kerberos_keys import KerberosRotation

HELPS = {
    "make": "make the first CA",
    "show": "print what the KDC is to trust, PEM: the CA that signs and, where one is made, the next",
    "next": "make the next CA; it signs nothing yet",
    "switch": "let the next CA sign, from the next start of the service on",
    "retire": "forget the CAs of before, with their keys",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """One word an act."""
    acts = parser.add_subparsers(dest="kerberos_act", metavar="ACT", required=True)
    for name, told in HELPS.items():
        act = acts.add_parser(name, help=told)
        act.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    from kiosk.service.admin.kerberos_keys import KerberosRotation
    from kiosk.service.folder import credentials_folder
    from kiosk.service.platform.key_folder import KeyFolder

    with desk(args) as opened:
        files = KeyFolder(opened.folder.path / "keys", credentials_folder())
        rotation = KerberosRotation(opened.db, files, opened.folder.rp_id)
        {"make": _make, "show": _show, "next": _next, "switch": _switch, "retire": _retire}[args.kerberos_act](
            opened, rotation
        )
    return 0


def _say(text: str) -> None:
    """Beside the certificates, which alone go to standard output."""
    print(text, file=sys.stderr)


def _make(opened: AdminDesk, rotation: KerberosRotation) -> None:
    print(rotation.make(opened.admin).pem(), end="")
    _say("Made a CA. Give this certificate to the KDC (pkinit_anchors), then restart the service and make a backup.")


def _show(_opened: AdminDesk, rotation: KerberosRotation) -> None:
    several = [rotation.current(), rotation.announced()]
    print("".join(ca.pem() for ca in several if ca is not None), end="")


def _next(opened: AdminDesk, rotation: KerberosRotation) -> None:
    made = rotation.next(opened.admin)
    print(made.pem(), end="")
    data = opened.folder.path
    _say(f"Made the next CA. Once every KDC trusts it, too: kiosk service kerberos switch --data {data}")


def _switch(opened: AdminDesk, rotation: KerberosRotation) -> None:
    rotation.switch(opened.admin)
    _say("The next CA signs once the service was started anew. Copy its file to every replica, and make a backup.")
    _say(f"Ten minutes after the last restart: kiosk service kerberos retire --data {opened.folder.path}")


def _retire(opened: AdminDesk, rotation: KerberosRotation) -> None:
    gone = rotation.retire(opened.admin)
    if not gone:
        _say("There is no older CA.")
        return
    names = ", ".join(f"kerberos-{number}.pem" for number in gone)
    _say(f"Removed {names}. Take the old certificate from the KDC's file.")
