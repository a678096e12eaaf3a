"""``kiosk service invite`` and ``join``: a further machine of the same service."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import typed_secret
from kiosk.cli.service_door import complaints, desk, whoever_runs_this

if TYPE_CHECKING:
    Acts = argparse._SubParsersAction[argparse.ArgumentParser]


def configure(acts: Acts) -> None:
    """Both."""
    invite = acts.add_parser("invite", help="write a file with which one further machine joins; says its passphrase")
    invite.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    invite.add_argument("--to", type=Path, required=True, metavar="FILE", help="the new file")
    join = acts.add_parser("join", help="make the data folder of a further machine; asks for the passphrase")
    join.add_argument("bundle", type=Path, metavar="FILE", help="what invite wrote on the other machine")
    join.add_argument("--data", type=Path, required=True, metavar="DIR", help="the new data folder")
    join.add_argument("--listen", required=True, metavar="HOST:PORT", help="where this machine's service listens")
    join.add_argument("--host", action="append", default=[], metavar="NAME", help="a name of this machine's own")


def invite(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    from kiosk.service import joining

    with desk(args) as opened:
        made = joining.invite(opened.folder, opened.admin, args.to)
    until = time.strftime("%H:%M", time.localtime(made.expires))
    print(f"Wrote {args.to}. It holds every key of the service, and is good for one machine until {until}.")
    print(f"Bring it there, and its passphrase by another way: {made.passphrase}")
    print(f"Then, there: kiosk service join {args.to.name} --data DIR --listen HOST:PORT --host NAME")
    print("Remove the file on both machines once that is done.")
    return 0


def join(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    from kiosk.service import joining

    passphrase = typed_secret("passphrase")
    with complaints():
        offered = joining.read(args.bundle, passphrase, time.time())
        folder = joining.join(offered, args.data, args.listen, tuple(args.host), whoever_runs_this())
    print(f"Made {folder.path}: the same keys and CA, and a certificate for {', '.join(dict.fromkeys(folder.hosts))}.")
    print(f"Next: kiosk service run --data {folder.path}")
    print(f"Remove {args.bundle} here and on the other machine: it holds every key of the service.")
    return 0
