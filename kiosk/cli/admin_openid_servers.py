"""``kiosk admin app ciba`` and ``app token``: servers that ask a person, and tokens for a person's own programs."""

from __future__ import annotations

import argparse

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.service_door import AdminDesk

EXAMPLES = """examples:
  app ciba set records
  app ciba set records --action record.export --delivery ping \\
      --notify-uri https://records.hospital.example/ciba
  app ciba set nightly --agent --account svc-nightly --action record.export
"""


def configure_servers(app: Things) -> None:
    """``app ciba set | remove | list``, ``app token open | close | list``."""
    ciba = thing(app, "ciba", "servers that ask a person at the workstation where they are (OpenID CIBA)")
    put = act(ciba, "set", "let an application's server ask by these rules, in place of others", _set)
    put.epilog, put.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    put.add_argument("name", metavar="NAME", help="the application")
    put.add_argument("--delivery", choices=("poll", "ping"), default="poll", help="how it learns of the answer")
    put.add_argument("--notify-uri", metavar="URL", help="where a ping goes")
    more = "what it may ask for besides a sign-in; may be given several times"
    put.add_argument("--action", action="append", default=[], metavar="ACTION", help=more)
    agent = (
        "it is a program that acts by itself, such as an AI agent or a nightly job: prompts say so, tokens carry act"
    )
    put.add_argument("--agent", action="store_true", help=agent)
    holds = "a login that this program holds, and that may never answer for it; may be given several times"
    put.add_argument("--account", action="append", default=[], metavar="LOGIN", help=holds)
    shows = "its screens show the number that it is given, so that who is at no workstation answers on their phone"
    put.add_argument("--phones", action="store_true", help=shows)
    act(ciba, "remove", "let it ask nobody any more", _remove).add_argument("name", metavar="NAME")
    act(ciba, "list", "list them", _list)
    token = thing(app, "token", "audiences that people's own programs get tokens for")
    leaf = act(token, "open", "let people's own programs get tokens for an application", _open)
    leaf.add_argument("name", metavar="NAME", help="the application")
    leaf.add_argument("--acr", default="urn:kiosk:identified", metavar="ACR", help="the least assurance")
    act(token, "close", "give programs no tokens for it any more", _close).add_argument("name", metavar="NAME")
    act(token, "list", "list them", _list_tokens)


def _set(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import openid_servers
    from kiosk.service.store.backchannel_clients import BackchannelRules

    actions = tuple(dict.fromkeys(args.action))
    rules = BackchannelRules(args.delivery, args.notify_uri, actions, phones=args.phones)
    agent = args.agent or bool(args.account)
    accounts = tuple(dict.fromkeys(args.account)) if agent else None
    desk.db.write_now(openid_servers.allow, desk.admin, args.name, rules, accounts)
    print(f"The {'agent' if agent else 'server'} of {args.name} may ask people.")


def _remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import openid_servers

    desk.db.write_now(openid_servers.forbid, desk.admin, args.name)
    print(f"The server of {args.name} asks nobody any more.")


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import backchannel_clients

    names = _names(desk)
    for application, rules in desk.db.read_now(backchannel_clients.all_of_them):
        words = (names.get(application, application), rules.delivery, rules.notify_uri or "-")
        agent = () if rules.agent is None else ("agent",)
        phones = ("phones",) if rules.phones else ()
        print("\t".join((*words, ",".join(rules.actions) or "-", *agent, *phones)))


def _open(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import openid_servers

    desk.db.write_now(openid_servers.open_audience, desk.admin, args.name, args.acr)
    print(f"People's own programs get tokens for {args.name}.")


def _close(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import openid_servers

    desk.db.write_now(openid_servers.close_audience, desk.admin, args.name)
    print(f"Programs get no tokens for {args.name} any more.")


def _list_tokens(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import backchannel_clients

    names = _names(desk)
    for application, acr in desk.db.read_now(backchannel_clients.open_audiences):
        print("\t".join((names.get(application, application), acr)))


def _names(desk: AdminDesk) -> dict[str, str]:
    from kiosk.service.store import applications

    return {application: name for application, name, _, _ in desk.db.read_now(applications.all_of_them)}
