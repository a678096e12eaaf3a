"""``kiosk admin``: app, ca."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.admin_openid import configure_openid
from kiosk.cli.admin_openid_servers import configure_servers
from kiosk.cli.admin_programs import configure_actions
from kiosk.cli.admin_records import write_new
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk

if TYPE_CHECKING:
    from kiosk.service.platform.tls import Authority

MAX_NAMED = 5
"""Workstations named in one sentence."""


def configure(things: Things) -> None:
    """Declare the words."""
    _configure_apps(things)
    ca = thing(things, "ca", "the service's own CA, which workstations trust")
    act(ca, "next", "make the next CA and announce it", _ca_next)
    for name, text, do in (
        ("switch", "let the announced CA sign, from the next start on", _ca_switch),
        ("retire", "no longer trust the CA from before the switch", _ca_retire),
    ):
        leaf = act(ca, name, text, do)
        leaf.add_argument("--anyway", action="store_true", help="even where workstations do not know the other CA yet")


def _configure_apps(things: Things) -> None:
    app = thing(things, "app", "applications that check step-up tokens, or sign people in")
    add = act(app, "add", "add an application and print its client id", _app_add)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--audience", required=True, metavar="AUD", help="the “aud” of its tokens")
    key = add.add_mutually_exclusive_group(required=True)
    key.add_argument("--jwk", type=Path, metavar="FILE", help="its public key (P-256, RFC 7517)")
    key.add_argument("--no-key", action="store_true", help="it only signs people in, by a secret or by none")
    key.add_argument("--new-key", type=Path, metavar="FILE", help="make a key and write it there, private, as JWK")
    asked = "what any program may ask for with this audience; may be given several times"
    add.add_argument("--action", action="append", default=[], metavar="ACTION", help=asked)
    act(app, "revoke", "refuse an application's key from now on", _app_revoke).add_argument("name", metavar="NAME")
    act(app, "list", "list all applications", _app_list)
    configure_actions(app)
    configure_openid(app)
    configure_servers(app)
    origin = thing(app, "origin", "web pages that may ask for an application's tokens")
    put = act(origin, "add", "allow an origin", _origin_add)
    put.add_argument("name", metavar="NAME", help="the application")
    put.add_argument("--origin", required=True, metavar="URL", help="scheme, host and port")
    put.add_argument("--action", action="append", required=True, metavar="ACTION", help="may be given several times")


def _app_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import places

    jwk = "" if args.no_key else places.new_key() if args.new_key else _text(args.jwk)
    if args.new_key:
        write_new(args.new_key, f"{jwk}\n".encode())
    try:
        client_id = desk.db.write_now(places.add_application, desk.admin, args.name, args.audience, jwk, args.action)
    except BaseException:
        if args.new_key:
            args.new_key.unlink()
        raise
    print(client_id)
    if not args.action and not args.no_key:
        print(f"No program may ask for its tokens yet: app action add {args.name} --action …", file=sys.stderr)


def _app_revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import places

    desk.db.write_now(places.revoke_application, desk.admin, args.name)
    print(f"{args.name} is no longer accepted.")


def _app_list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import applications

    for client_id, name, audience, state in desk.db.read_now(applications.all_of_them):
        print("\t".join((name, audience, state, client_id)))


def _origin_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import places

    desk.db.write_now(places.add_origin, desk.admin, args.name, args.origin, args.action)
    print(f"Pages of {args.origin} may ask for {', '.join(args.action)}.")


def _ca_next(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import upkeep

    made = desk.folder.tls.next_ca(desk.folder.rp_id, desk.admin.now)
    desk.db.write_now(upkeep.record_ca, desk.admin, "ca.next", made.certificate)
    print("Made the next CA. Workstations learn of it as they connect.")
    print("When all of them were on line: ca switch, then restart the service.")


def _known_everywhere(desk: AdminDesk, which: Authority | None, *, anyway: bool) -> None:
    """Raises ``CommandError`` where a workstation would be cut off, because it does not believe ``which`` yet."""
    from kiosk.service.platform.tls import spki_pin
    from kiosk.service.records import station_list

    if which is None or anyway:
        return
    names = desk.db.read_now(station_list.without, spki_pin(which.certificate).hex())
    if not names:
        return
    shown = ", ".join(names[:MAX_NAMED]) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")
    raise CommandError(
        f"These workstations have not said that they know the CA that would remain: {shown}. They would have to be set "
        "up anew. Let them connect first, or revoke those that are gone. With --anyway it is done all the same.",
        1,
    )


def _ca_switch(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import upkeep

    _known_everywhere(desk, desk.folder.tls.announced(), anyway=args.anyway)
    made = desk.folder.tls.switch()
    desk.folder.tls.ensure_server(desk.folder.hosts, desk.admin.now)
    desk.db.write_now(upkeep.record_ca, desk.admin, "ca.switch", made.certificate)
    print("The next CA is the present one. Restart the service, then: ca retire")
    print("One-time codes printed before no longer enrol; print new ones.")


def _ca_retire(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import upkeep

    tls = desk.folder.tls
    _known_everywhere(desk, tls.current() if tls.previous() is not None else None, anyway=args.anyway)
    gone = tls.retire()
    desk.db.write_now(upkeep.record_ca, desk.admin, "ca.retire", gone.certificate)
    print("Only the present CA is trusted now. Workstations drop the one before as soon as they hear of it, which is")
    print("at once where the service was restarted since: ca switch. Where it was not, restart it now.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{path} cannot be read.") from None
