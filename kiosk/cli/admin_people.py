"""``kiosk admin``: person, badge, pin, totp."""

from __future__ import annotations

import argparse
import sys

from kiosk.cli import admin_life, admin_recovery, admin_roles, badge
from kiosk.cli.admin_leaf import Things, act, login, new_role, thing, typed_secret
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

TOTP_BYTES = 20
"""160 bits, as RFC 4226 section 4 (R6) recommends."""


def configure(things: Things) -> None:
    """Declare the words."""
    _configure_people(things)
    badges = thing(things, "badge", "badges that only have a number")
    add = act(badges, "add", "give a badge to a person", _badge_add)
    login(add)
    add.add_argument("--uid", required=True, metavar="HEX", help="4 to 16 bytes as a reader says them")
    badge.add_format(add)
    add.add_argument("--until", metavar="TIME", help="a temporary badge: good before that, such as 2026-11-30T18:00")
    add.add_argument("--replaces", metavar="FACTOR", help="revoke this one, once the new one has worked")
    revoke = act(badges, "revoke", "take one badge away, or all of the person's", _badge_revoke)
    login(revoke)
    revoke.add_argument("--uid", metavar="HEX", help="only this one")
    badge.add_format(revoke)
    pin = thing(things, "pin", "PINs that the service checks")
    put = act(
        pin,
        "set",
        "at a terminal, print a start code with which a person chooses a PIN; from a pipe, set the PIN that it brings",
        _pin_set,
    )
    login(put)
    how = put.add_mutually_exclusive_group()
    how.add_argument("--typed", action="store_true", help="set a PIN that is typed here; you know it then, too")
    how.add_argument("--start-code", action="store_true", help="print a start code, from a pipe as well")
    # Taken, so as to be refused without argparse repeating it on the terminal.
    put.add_argument("surplus", nargs="*", help=argparse.SUPPRESS)
    totp = thing(things, "totp", "one-time codes of an authenticator app")
    login(act(totp, "add", "make a new secret and print its otpauth:// URI, once", _totp_add))


def _configure_people(things: Things) -> None:
    person = thing(things, "person", "persons")
    add = act(person, "add", "add a person", _person_add)
    login(add)
    add.add_argument("--name", required=True, metavar="NAME", help="as shown on screens")
    add.add_argument("--role", action="append", default=[], metavar="ROLE", help="may be given several times")
    new_role(add)
    login(act(person, "suspend", "let nothing of a person's sign in, end what is open", _person_suspend))
    login(act(person, "resume", "let a suspended person sign in again", _person_resume))
    act(person, "list", "list everybody", _person_list)
    admin_life.configure_person(person)
    admin_roles.configure(things)
    admin_life.configure(things)


def _person_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    named = admin_roles.named(desk, args)
    fresh = admin_roles.fresh(desk, args.role, named)
    desk.db.write_now(people.add, desk.admin, args.login, args.name, args.role, named)
    print(f"Added {args.login.lower()}. Next, a badge: badge add {args.login.lower()} --uid HEX")
    admin_roles.tell(desk, fresh)


def _person_suspend(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    ended = desk.db.write_now(people.suspend, desk.admin, args.login)
    print(f"Suspended {args.login}; {counted(ended, 'open session ends', 'open sessions end')} now.")


def _person_resume(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import people

    desk.db.write_now(people.resume, desk.admin, args.login)
    print(f"{args.login} may sign in again.")


def _person_list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.records.table import visible
    from kiosk.service.store import people

    for person in desk.db.read_now(people.everybody):
        cells = (
            person.login,
            person.name,
            ",".join(person.roles) or "-",
            person.state,
            ",".join(person.proves_with) or "-",
        )
        print("\t".join(map(visible, cells)))


def _uid(args: argparse.Namespace) -> bytes:
    """The number. Raises ``CommandError``."""
    from kiosk.service.store import badge_number, decimal_numbers

    formats = badge.formats_of(args)
    try:
        return badge_number.parse_as(args.uid, formats)
    except badge_number.InvalidBadgeNumberError as error:
        asked = None if formats else decimal_numbers.of_one(decimal_numbers.plain(args.uid), stored=False)
        raise CommandError(" ".join(filter(None, (str(error), asked))), 2 if formats else 1) from None


def _of_decimals(args: argparse.Namespace) -> str | None:
    """A warning where the number that was taken as hex may be meant in decimal."""
    from kiosk.service.store import decimal_numbers

    return None if args.badge_format else decimal_numbers.of_one(decimal_numbers.plain(args.uid), stored=True)


def _badge_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import factors

    until = admin_life.moment(args.until) if args.until else None
    keys = desk.folder.keys.badge
    warning = desk.db.write_now(factors.add_badge, desk.admin, keys, args.login, _uid(args), until, args.replaces)
    print(f"{args.login} has this badge now.")
    for said in filter(None, (warning, _of_decimals(args))):
        print(f"Warning: {said}", file=sys.stderr)


def _badge_revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import factors

    uid = None if args.uid is None else _uid(args)
    gone = desk.db.write_now(factors.revoke_badge, desk.admin, desk.folder.keys.badge, args.login, uid)
    print(f"Took {gone} badge{'s' if gone > 1 else ''} from {args.login}.")


def _pin_set(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.cli.admin_metadata import all_rules
    from kiosk.service.admin import factors
    from kiosk.service.admin.act import the_person
    from kiosk.service.proofs.pin_and_otp import HASHER

    if args.surplus:
        raise CommandError(
            "Other users can see a PIN on the command line. Give it on standard input, and choose another one now."
        )
    desk.db.read_now(the_person, args.login)
    if args.start_code or (sys.stdin.isatty() and not args.typed):
        admin_recovery.give_code(desk, args.login, "a new PIN")
        print("At a workstation: Use a code instead, I have a start code, PIN.", file=sys.stderr)
        return
    pin = typed_secret("PIN", twice=True)
    warning = factors.check_pin(pin, all_rules(desk).enrol.pin_length)
    desk.db.write_now(factors.set_pin, desk.admin, args.login, HASHER.hash(pin))
    print(f"{args.login} has a new PIN.")
    if warning:
        print(f"Warning: {warning}", file=sys.stderr)


def _totp_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    import base64
    import secrets

    import pyotp
    import segno

    from kiosk.service.admin import factors
    from kiosk.service.admin.act import the_person

    person = desk.db.read_now(the_person, args.login)
    secret = secrets.token_bytes(TOTP_BYTES)
    key_id, sealed = desk.folder.keys.totp.seal(secret, person.id)
    desk.db.write_now(factors.set_totp, desk.admin, args.login, key_id, sealed)
    shown = base64.b32encode(secret).decode("ascii")
    uri = pyotp.TOTP(shown).provisioning_uri(name=person.login, issuer_name=desk.folder.rp_id)
    if sys.stdout.isatty():
        segno.make(uri, error="m").terminal(compact=True)
    print(uri)
    print("Shown this once: scan it with the authenticator app now.", file=sys.stderr)
