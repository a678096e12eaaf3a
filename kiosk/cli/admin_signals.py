"""``kiosk admin signals``: other systems that tell us whom to stop, and applications that are told (OpenID SSF)."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk

A_MINUTE = 10
EXAMPLES = """examples:
  signals add entra --issuer https://idp.example/ --audience https://auth.hospital.example \\
      --jwks-uri https://idp.example/keys --subject email --email-domain hospital.example \\
      --event session-revoked --event risk-level-change
  signals receiver set portal --uri https://portal.hospital.example/signals --event session-revoked
"""


def configure(things: Things) -> None:
    """Declare the words."""
    signals = thing(things, "signals", "signals of other systems, and to them (OpenID Shared Signals)")
    add = act(signals, "add", "take signals of a transmitter by these rules, in place of others", _add)
    add.epilog, add.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    add.add_argument("name", metavar="NAME", help="as you call it")
    add.add_argument("--issuer", required=True, metavar="ISS", help="its “iss”, letter by letter")
    add.add_argument("--audience", required=True, metavar="AUD", help="the “aud” that it calls us by")
    keys = add.add_mutually_exclusive_group(required=True)
    keys.add_argument("--jwks-uri", metavar="URL", help="where its keys are published")
    keys.add_argument("--keys", type=Path, metavar="FILE", help="its public keys, a JWK Set")
    more = "may be given several times"
    forms = "how it names people: iss_sub, email, opaque (their login); and station, for workstations by name"
    add.add_argument("--subject", action="append", default=[], metavar="FORM", help=f"{forms}; {more}")
    add.add_argument("--directory", metavar="SOURCE", help="its “sub” is how that directory calls a person")
    add.add_argument("--email-domain", metavar="DOMAIN", help="an address is LOGIN@DOMAIN; without it the whole login")
    add.add_argument("--event", action="append", default=[], metavar="TYPE", help=f"which count, by name; {more}")
    most = f"people and workstations that it may stop in a minute, three times as many in an hour ({A_MINUTE})"
    add.add_argument("--most", type=int, default=A_MINUTE, metavar="N", help=most)
    act(signals, "remove", "take none of its signals any more", _remove).add_argument("name", metavar="NAME")
    act(signals, "list", "list transmitters", _list)
    act(signals, "let", "let one go on that the brake holds", _let).add_argument("name", metavar="NAME")
    clear = act(signals, "clear", "what was reported of a workstation counts no more", _clear)
    clear.add_argument("station", metavar="STATION")
    _configure_receivers(signals)


def _configure_receivers(signals: Things) -> None:
    receiver = thing(signals, "receiver", "applications that are told what happens here")
    put = act(receiver, "set", "tell an application by these rules, in place of others", _receiver_set)
    put.add_argument("name", metavar="APP", help="the application")
    put.add_argument("--uri", default="", metavar="URL", help="where signals are posted; without it it fetches them")
    events = "session-revoked, credential-change or assurance-level-change; may be given several times"
    put.add_argument("--event", action="append", default=[], metavar="TYPE", help=events)
    put.add_argument(
        "--subject", choices=("iss_sub", "email", "opaque"), default="iss_sub", help="how people are named"
    )
    put.add_argument("--email-domain", metavar="DOMAIN", help="an address is LOGIN@DOMAIN")
    for name, text, do in (
        ("pause", "keep what happens until it goes on", _receiver_pause),
        ("resume", "go on, with all that was kept", _receiver_resume),
        ("verify", "send a verification event", _receiver_verify),
        ("remove", "tell it nothing any more", _receiver_remove),
    ):
        act(receiver, name, text, do).add_argument("name", metavar="APP")
    act(receiver, "list", "list them, with what waits", _receiver_list)


def _add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering
    from kiosk.service.store.signal_transmitters import TransmitterRules

    rules = TransmitterRules(
        issuer=args.issuer,
        audience=args.audience,
        jwks_uri=args.jwks_uri,
        keys=None if args.keys is None else _text(args.keys),
        forms=tuple(dict.fromkeys(args.subject)),
        directory=args.directory,
        email_domain=args.email_domain,
        events=tuple(dict.fromkeys(args.event)),
        most=args.most,
    )
    desk.db.write_now(registering.put_transmitter, desk.admin, args.name, rules)
    print(f"Signals of {args.name} are taken at {desk.folder.settings.origin.rstrip('/')}/v1/signals/events")


def _remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.remove_transmitter, desk.admin, args.name)
    print(f"No signal of {args.name} is taken any more.")


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import signal_transmitters

    for found in desk.db.read_now(signal_transmitters.all_of_them):
        rules = found.rules
        state = "held" if found.held is not None else "taken"
        words = (found.name, state, rules.issuer, rules.audience, rules.jwks_uri or "keys given")
        print("\t".join((*words, ",".join(rules.forms), ",".join(rules.events), f"{rules.most} a minute")))


def _let(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.let, desk.admin, args.name)
    print(f"{args.name} goes on. What it kept comes again by itself.")


def _clear(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.clear_station, desk.admin, args.station)
    print(f"What was reported of {args.station} counts no more.")


def _receiver_set(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering
    from kiosk.service.store.signal_receivers import ReceiverRules

    rules = ReceiverRules(args.uri, tuple(dict.fromkeys(args.event)), args.subject, args.email_domain)
    desk.db.write_now(registering.put_receiver, desk.admin, args.name, rules)
    print(f"{args.name} is told. Try it: signals receiver verify {args.name}")


def _receiver_pause(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.set_status, desk.admin, args.name, "paused", "An administrator paused it.")
    print(f"What happens is kept for {args.name}.")


def _receiver_resume(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.set_status, desk.admin, args.name, "enabled", None)
    print(f"{args.name} is told again.")


def _receiver_verify(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.verify, desk.admin, args.name)
    print("A verification event is on its way. Whether it was taken shows: signals receiver list")


def _receiver_remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.signals import registering

    desk.db.write_now(registering.remove_receiver, desk.admin, args.name)
    print(f"{args.name} is told nothing any more.")


def _receiver_list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import signal_events, signal_receivers

    for found in desk.db.read_now(signal_receivers.all_of_them):
        waiting, error = desk.db.read_now(signal_events.standing, found.application)
        where = "fetched" if found.shape.poll else found.address
        status = "ended" if found.gone else found.status
        words = (found.name, status, where, ",".join(found.events), found.rules.form)
        print("\t".join((*words, f"{waiting} wait", error or "-")))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{path} cannot be read.") from None
