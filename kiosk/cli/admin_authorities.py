"""``kiosk admin``: piv-ca, crl."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.admin_metadata import key_rules
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from cryptography import x509

    from kiosk.service.admin.authorities import Trusted
    from kiosk.service.admin.trust import TakenList

FORMS = "certificates in PEM, DER or PKCS #7 (.p7b), one or several; text around PEM does not matter"


def configure(things: Things) -> None:
    """Declare the words."""
    kind = thing(things, "piv-ca", "CAs of PIV cards")
    ca = act(kind, "add", "trust every CA in a file that can work; the others are named", _ca_add)
    ca.add_argument("file", type=Path, metavar="FILE", help=FORMS)
    ca.add_argument("--hardware", action="store_true", help="they issue for keys in hardware only")
    act(kind, "list", "list the trusted ones, and those that are trusted no more", _ca_list)
    gone = act(kind, "remove", "trust a CA no more: its cards are refused at once", _ca_remove)
    gone.add_argument("ca", metavar="CA", help="its mark or name as of: piv-ca list; or a file with its certificate")
    gone.add_argument("--reason", required=True, metavar="TEXT", help="why, for the trail")
    crl = act(thing(things, "crl", "revocation lists of those CAs"), "add", "take every list in a file in", _crl_add)
    crl.add_argument("file", type=Path, metavar="FILE", help="lists in PEM, DER or PKCS #7, one or several")


def _ca_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import authorities

    required = key_rules(desk).piv_crl == "required"
    found = authorities.read_file(read_file(args.file))
    added = desk.db.write_now(authorities.add_file, desk.admin, found, hardware=args.hardware)
    for ca in added.trusted:
        _tell_trusted(ca, required=required)
    again = _settle(desk)
    if again:
        print(
            f"{counted(again, 'card that stopped with its CA counts', 'cards that stopped with their CA count')} again."
        )
    warn(added.left)


def _settle(desk: AdminDesk) -> int:
    """Mark cards as it stands with their CAs, in pieces between which taps go on; how many."""
    from kiosk.service.admin import card_stops

    ids = desk.db.read_now(card_stops.pending)
    for start in range(0, len(ids), card_stops.BATCH):
        desk.db.write_now(card_stops.settle, desk.admin, ids[start : start + card_stops.BATCH])
    return len(ids)


def _tell_trusted(one: Trusted, *, required: bool) -> None:
    print(f"PIV cards of {one.subject} are trusted now.")
    if one.renewed:
        kept = "in hardware" if one.hardware else "not known to be in hardware"
        print(f"This CA was trusted already, by name and key: its cards' keys are {kept}, and its lists still count.")
    if one.warning:
        warn([f"Warning: {one.warning}"])
    if one.lists:
        return
    if required:
        print("They count once its revocation list is here, too: crl add FILE")
        return
    warn(
        [
            "Warning: until its revocation list is here (crl add FILE), a revoked card whose certificate names no list"
            ' is not told from a good one. To refuse cards until then: piv_crl = "required" in [policy].'
        ]
    )


def _ca_list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import authorities

    _settle(desk)  # where an act was broken off
    for line in desk.db.read_now(authorities.listed, desk.admin.now):
        print("\t".join(line))


def _ca_remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import authorities

    wanted: str | Sequence[x509.Certificate] = args.ca
    if Path(args.ca).is_file():
        wanted = authorities.read(read_file(Path(args.ca)))
    gone = desk.db.write_now(authorities.remove_ca, desk.admin, wanted, args.reason)
    _settle(desk)
    cards, persons = counted(gone.cards, "card"), counted(gone.persons, "person")
    print(f"PIV cards of {gone.subject} are refused from now on: {cards} of {persons}.")
    if gone.certificates > 1:
        print(f"That holds for all {counted(gone.certificates, 'certificate')} of this CA that were trusted.")
    if gone.persons:
        print("What those persons had open is locked. They sign in by another factor.")


def _crl_add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import trust

    took = desk.db.write_now(trust.add_file, desk.admin, trust.read_file(read_file(args.file)))
    for crl in took.lists:
        _tell_taken(crl)
    warn(took.left)


def _tell_taken(took: TakenList) -> None:
    kind = "list of changes" if took.delta else "list"
    print(f"Took in the {kind} of {took.subject}: {took.revoked} revoked.")
    if took.part:
        print("It is the list of one distribution point: it is asked about cards alone whose certificates name it.")
    if not took.every_reason:
        print("It is of some reasons only: cards count once lists for the other reasons are here, too.")


def warn(sentences: Sequence[str]) -> None:
    """Say what was left, beside what was done."""
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def read_file(path: Path) -> bytes:
    """Its bytes, and one more than is read of a file at most. Raises ``CommandError`` for one that cannot be read."""
    from kiosk.service.platform.certificate_files import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
