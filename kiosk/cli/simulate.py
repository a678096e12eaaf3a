"""``kiosk simulate``: puts a software badge, PIV card, PKOC badge or FIDO2 key on a virtual reader."""

from __future__ import annotations

import argparse
import signal
import socket
import string
import sys
from collections.abc import Callable
from pathlib import Path

from kiosk.cli.command_error import CommandError
from kiosk.simulator import link
from kiosk.simulator.badge import badge
from kiosk.simulator.placed_card import PlacedCard
from kiosk.simulator.simulated_card import UID_LENGTHS, SimulatedCard
from kiosk.simulator.store import CardMemoryError

AUTHORITY_FILE = "piv-ca.json"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the four kinds of plastic."""
    kinds = parser.add_subparsers(dest="kind", metavar="badge|piv|pkoc|key", required=True)
    number = kinds.add_parser("badge", help="a badge that has a number and nothing else")
    number.add_argument("--uid", required=True, metavar="HEX", help="4 to 16 bytes")
    card = kinds.add_parser("piv", help="a PIV card; made at the first use of its store")
    card.add_argument("--name", default="Simulated Clinician", help="whom a new card's certificate names")
    card.add_argument(
        "--ca", type=Path, metavar="FILE", help=f"who certifies a new card (default: {AUTHORITY_FILE} beside it)"
    )
    card.add_argument("--ca-out", type=Path, metavar="FILE.pem", help="write that authority's certificate there")
    key = kinds.add_parser("key", help="a FIDO2 security key held to the reader; made at the first use of its store")
    pkoc = kinds.add_parser("pkoc", help="a PKOC badge, which proves itself; made at the first use of its store")
    for stored in (card, pkoc, key):
        stored.add_argument(
            "--store", required=True, type=Path, metavar="FILE", help="the card's memory, with its private keys"
        )
        stored.add_argument("--uid", metavar="HEX", help="what a contactless reader tells as its number")
    for stored in (card, key):
        stored.add_argument("--pin", metavar="-", help="a new card's PIN, one line on standard input")
    for kind in (number, card, pkoc, key):
        _add_place(kind)


def _add_place(parser: argparse.ArgumentParser) -> None:
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--reader", metavar="NAME", help='the reader\'s PC/SC name (default: "Virtual PCD 00 00")')
    place.add_argument("--port", type=int, help=f"the virtual reader's port (default: {link.FIRST_PORT})")
    place.add_argument("--in-process", type=Path, metavar="SOCKET", help="an in-process reader's Unix socket")
    parser.add_argument("--host", default=link.HOST, help="where the virtual reader listens")
    parser.add_argument("--hold", type=float, metavar="S", help="lift it after so many seconds (default: at SIGTERM)")


def run(args: argparse.Namespace) -> int:
    """Prints ``placed`` once the reader has noticed the card; returns when it was lifted. Raises ``CommandError``."""
    if args.hold is not None and not 0 < args.hold < 1e6:
        raise CommandError("--hold wants a number of seconds above 0.")
    try:
        reader = _reader(args)
        lying = PlacedCard(_plastic(args), reader)
        before = signal.signal(signal.SIGTERM, lambda number, frame: lying.stop())
        try:
            lying.hold(lambda: print("placed", flush=True), args.hold)
        finally:
            signal.signal(signal.SIGTERM, before)
    except (link.LinkError, CardMemoryError, ValueError) as error:
        raise CommandError(str(error)) from error
    return 0


def _reader(args: argparse.Namespace) -> Callable[[], socket.socket]:
    if args.in_process is not None:
        return lambda: link.connect_in_process(args.in_process)
    port = args.port if args.port is not None else link.port_of(args.reader or "Virtual PCD 00 00")
    if not 0 < port < 65536:
        raise CommandError("--port wants a number between 1 and 65535.")
    return lambda: link.connect(args.host, port)


def _plastic(args: argparse.Namespace) -> SimulatedCard:
    uid = None if args.uid is None else _uid(args.uid)
    if args.kind == "badge":
        return badge(uid or b"")
    if args.kind == "pkoc":
        return _pkoc(args, uid)
    pin = _pin(args.pin)
    return _piv(args, pin, uid) if args.kind == "piv" else _key(args, pin, uid)


def _piv(args: argparse.Namespace, pin: str | None, uid: bytes | None) -> SimulatedCard:
    from kiosk.simulator import piv, piv_ca

    authority_file = args.ca or args.store.parent / AUTHORITY_FILE
    memory = piv.open_piv_store(args.store, pin, lambda: piv_ca.open_authority(authority_file), args.name)
    if args.ca_out is not None:
        try:
            args.ca_out.write_text(memory.issuers, encoding="ascii")
        except OSError as error:
            raise CommandError(f"Cannot write {args.ca_out}: {error.strerror}.") from error
    return piv.piv_card(memory, uid=uid)


def _pkoc(args: argparse.Namespace, uid: bytes | None) -> SimulatedCard:
    from kiosk.simulator import pkoc

    return pkoc.pkoc_badge(pkoc.PkocApplet(pkoc.open_pkoc_store(args.store)), uid=uid)


def _key(args: argparse.Namespace, pin: str | None, uid: bytes | None) -> SimulatedCard:
    from kiosk.simulator import fido2

    return fido2.key(fido2.open_key_store(args.store, pin), uid=uid)


def _uid(text: str) -> bytes:
    """Colons, dashes and spaces between the digits are fine."""
    digits = text.translate(str.maketrans("", "", ":- "))
    if not digits or not set(digits) <= set(string.hexdigits) or len(digits) % 2:
        raise CommandError(f'"{text}" is not a badge number. Write it in hexadecimal, such as 04A1B2C3D4E5F6.')
    uid = bytes.fromhex(digits)
    if len(uid) not in UID_LENGTHS:
        raise CommandError(f"A badge number has 4 to 16 bytes; this one has {len(uid)}.")
    return uid


def _pin(option: str | None) -> str | None:
    if option is None:
        return None
    if option != "-":
        raise CommandError(
            "A PIN on the command line can be seen by everyone. Give --pin - and type it on standard input."
        )
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError("There was no PIN on standard input. Give one line with the PIN.")
    return line
