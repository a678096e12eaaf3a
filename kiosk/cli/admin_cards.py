"""``kiosk admin``: key, piv, pkoc."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, login, thing, typed_secret
from kiosk.cli.admin_metadata import key_rules
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.reader import OpenCard

CARD_SECONDS = 30.0


def configure(things: Things) -> None:
    """Declare the words."""
    for name, text, do, undo in (
        ("key", "FIDO2 keys", _key_add, _key_revoke),
        ("piv", "PIV cards", _piv_add, _piv_revoke),
        ("pkoc", "PKOC badges, which prove themselves", _pkoc_add, _pkoc_revoke),
    ):
        kind = thing(things, name, text)
        add = act(kind, "add", "enrol the one that lies on a reader now", do)
        login(add)
        add.add_argument("--reader", metavar="NAME", help="part of the reader's name; default: the only card")
        add.add_argument("--name", metavar="TEXT", help="what the person calls it")
        add.add_argument("--replaces", metavar="FACTOR", help="revoke this one, once the new one has worked")
        revoke = act(kind, "revoke", "take the person's away", undo)
        login(revoke)
        if name == "key":
            revoke.add_argument("--name", metavar="TEXT", help="only the one of this name")


@contextmanager
def _card(reader: str | None) -> Iterator[OpenCard]:
    """The card that lies there. Raises ``CommandError`` for whatever its reader or it says."""
    from kiosk.credential import CredentialError
    from kiosk.reader import one_card
    from kiosk.reader.card import CardError

    try:
        card = one_card(reader, CARD_SECONDS)
        try:
            yield card
        finally:
            card.close()
    except CredentialError as problem:
        left = "" if problem.retries_left is None else f", {counted(problem.retries_left, 'try', 'tries')} left"
        words = str(problem.trouble).replace("_", " ")
        raise CommandError(
            f"The card could not be used: {words}{left}. {problem.reason}".rstrip(" .") + ".", 1
        ) from None
    except CardError as error:
        raise CommandError(str(error), 1) from None


def _key_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.credential import make_credential, probe
    from kiosk.model.proof import Fido2Presented
    from kiosk.model.secret import Secret
    from kiosk.service.admin import cards

    folder, admin = desk.folder, desk.admin
    rules = key_rules(desk)
    begun = desk.db.read_now(cards.begin_key, args.login, folder.origin, folder.rp_id, admin.now, rules)
    with _card(args.reader) as card:
        shown = probe(card, folder.rp_id, "key")
        if not isinstance(shown, Fido2Presented):
            raise CommandError("This is not a FIDO2 key.", 1)
        pin = Secret(typed_secret("PIN of the key")) if shown.has_pin and not shown.built_in_uv else None
        made = make_credential(card, begun.options, folder.origin, pin)
    verified = cards.verify_key(begun, made.client_data, made.attestation_object, admin.now)
    model = desk.db.write_now(
        cards.add_key,
        admin,
        folder.keys.badge,
        args.login,
        args.name or "Security key",
        verified,
        discoverable=made.discoverable,
        built_in=shown.built_in_uv,
        guarded=made.guarded,
        uid=shown.uid,
        rules=rules,
        replaces=args.replaces,
    )
    print(f"{args.login} has this key now" + (f": {model}." if model else "."))
    if not shown.has_pin and not shown.built_in_uv:
        print("Warning: it has no PIN, so it proves possession only. Set one for step-ups.", file=sys.stderr)


def _key_revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import cards

    print(f"Took {desk.db.write_now(cards.revoke_keys, desk.admin, args.login, args.name)} from {args.login}.")


def _piv_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.credential import piv, uid
    from kiosk.service.admin import cards
    from kiosk.service.admin.act import the_person

    name = cards.check_label(args.name or "PIV card")
    desk.db.read_now(the_person, args.login)
    challenge, rules = cards.piv_challenge(), key_rules(desk)
    with _card(args.reader) as card:
        if not piv.select(card):
            raise CommandError("This is not a PIV card with a card authentication certificate (9E).", 1)
        cert_9e, cert_9a = piv.read_certificate(card, "9E"), piv.read_certificate(card, "9A")
        # Before the card signs: a key of a kind that is not taken could not, and that would be told instead.
        faults = desk.db.read_now(cards.piv_faults, rules, cert_9e, cert_9a, desk.admin.now)
        if cert_9e is None:
            faults.insert(0, "This PIV card has no card authentication certificate (9E), by which a tap is known.")
        if faults or cert_9e is None:
            raise CommandError("\n".join(faults), 1)
        signature = piv.sign(card, "9E", cert_9e, challenge)
        number = uid.beside(card)
    badge_keys = desk.folder.keys.badge
    desk.db.write_now(
        cards.add_piv,
        desk.admin,
        badge_keys,
        args.login,
        name,
        cert_9e,
        cert_9a,
        challenge,
        signature,
        number,
        rules=rules,
        replaces=args.replaces,
    )
    print(f"{args.login} has this card now" + ("." if cert_9a else "; it has no 9A certificate, so no PIN proof."))


def _piv_revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import cards

    print(f"Took {desk.db.write_now(cards.revoke_piv, desk.admin, args.login)} from {args.login}.")


def _pkoc_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.credential import pkoc, probe
    from kiosk.model.proof import PkocPresented
    from kiosk.service.admin import cards
    from kiosk.service.admin import pkoc as badges
    from kiosk.service.admin.act import the_person

    desk.db.read_now(the_person, args.login)
    challenge = cards.piv_challenge()
    with _card(args.reader) as card:
        shown = probe(card, desk.folder.rp_id, "pkoc")
        if not isinstance(shown, PkocPresented):
            raise CommandError("This is not a PKOC badge.", 1)
        proof = pkoc.sign(card, challenge)
    name, keys = args.name or "PKOC badge", desk.folder.keys.badge
    desk.db.write_now(
        badges.add, desk.admin, keys, args.login, name, challenge, proof, shown.uid, replaces=args.replaces
    )
    print(
        f"{args.login} has this badge now. It proves that it is there, not who holds it: a PIN or a key goes with it."
    )


def _pkoc_revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import pkoc

    print(f"Took {desk.db.write_now(pkoc.revoke, desk.admin, args.login)} from {args.login}.")
