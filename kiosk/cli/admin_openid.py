"""``kiosk admin app openid``: applications that sign people in."""

from __future__ import annotations

import argparse
import sys

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.service_door import AdminDesk

EXAMPLES = """examples:
  app openid set chart --title "Chart" --redirect-uri https://chart.hospital.example/callback
  app openid set portal --title "Portal" --redirect-uri https://portal.hospital.example/cb \\
      --auth client_secret_basic --alg RS256 --role nurse --acr urn:kiosk:mfa \\
      --logout-uri https://portal.hospital.example/backchannel
"""


def configure_openid(app: Things) -> None:
    """``app openid set APP …``, ``remove``, ``list``."""
    openid = thing(app, "openid", "applications that sign people in by OpenID Connect")
    put = act(openid, "set", "sign people in to an application by these rules, in place of others", _set)
    put.epilog, put.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    put.add_argument("name", metavar="NAME", help="the application")
    put.add_argument("--title", required=True, help="as people read it")
    for word, text in (
        ("--redirect-uri", "where its code may go, letter by letter; a server with a key or a secret may have none"),
        ("--leave-uri", "where a browser may go after it signed its person out"),
        ("--role", "who may; without it everybody"),
    ):
        more = f"{text}; may be given several times"
        put.add_argument(word, action="append", default=[], metavar="X", help=more)
    put.add_argument("--logout-uri", metavar="URL", help="where it is told that somebody is signed out")
    put.add_argument("--auth", choices=("private_key_jwt", "client_secret_basic", "none"), default="private_key_jwt")
    put.add_argument("--dpop", action="store_true", help="its tokens are bound to a key of its own")
    put.add_argument("--pushed", action="store_true", help="its requests are pushed before (RFC 9126)")
    put.add_argument("--alg", choices=("ES256", "RS256"), default="ES256", help="of its ID tokens")
    put.add_argument("--acr", default="urn:kiosk:identified", metavar="ACR", help="the least assurance")
    act(openid, "remove", "sign nobody in to it any more", _remove).add_argument("name", metavar="NAME")
    act(openid, "list", "list them", _list)


def _set(desk: AdminDesk, args: argparse.Namespace) -> None:
    import secrets

    from kiosk.service.admin import openid_apps
    from kiosk.service.openid.tickets import fingerprint
    from kiosk.service.store.openid_clients import OpenIdRules

    secret = secrets.token_urlsafe(32) if args.auth == "client_secret_basic" else None
    rules = OpenIdRules(
        title=args.title,
        redirect_uris=tuple(args.redirect_uri),
        leave_uris=tuple(args.leave_uri),
        logout_uri=args.logout_uri,
        auth=args.auth,
        secret=fingerprint(secret) if secret is not None else None,
        dpop=args.dpop,
        pushed=args.pushed,
        alg=args.alg,
        acr=args.acr,
        roles=tuple(args.role),
    )
    desk.db.write_now(openid_apps.put, desk.admin, args.name, rules)
    if secret is not None:
        print(secret)
        print("This is its secret, shown once. Put it where only the application reads it.", file=sys.stderr)
    else:
        print(f"People are signed in to {args.name}.")


def _remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import openid_apps

    desk.db.write_now(openid_apps.remove, desk.admin, args.name)
    print(f"Nobody is signed in to {args.name} any more.")


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import openid_clients

    for client in desk.db.read_now(openid_clients.all_of_them):
        rules = client.rules
        state = "active" if client.active else "revoked"
        words = (client.name, rules.title, client.id, state, rules.auth, rules.alg, rules.acr)
        print("\t".join((*words, ",".join(rules.roles) or "-", " ".join(rules.redirect_uris))))
