"""Tickets on disk: one file, 0600, signed by the workstation's key as a whole.

What somebody writes there without that key is not read. What they cannot be kept from is to put an older whole file of
ours back: the tickets in it are the service's own, and end when they end.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.downtime.pins import HeldPin
from kiosk.files import write_private
from kiosk.model.binding import Json, b64u, canonical, unb64u

LABEL = b"kiosk/downtime-kept/v1\x00"
MAX_FILE = 4 << 20
MAX_TICKETS = 32
"""The newest of so many people."""
_ALGORITHM = ec.ECDSA(hashes.SHA256())
log = logging.getLogger("kiosk.downtime.kept")


@dataclass(frozen=True, slots=True)
class Kept:
    """``tickets``: by person, as they came, the oldest first. ``keys``: the service's, JWK in JSON, that they are
    checked by. ``latest``: see ``StationTime``. ``counts``: signature counters of keys that were seen since.
    ``head``: name of the journal and number of its last row, as they were. ``emergency``: the signed policy of
    emergency access; empty where there is none. ``pins``: verifiers, with the tries that were made. ``used_codes``:
    digests of sealed codes that opened something here, and that the service's last list with any code in it has."""

    tickets: tuple[tuple[str, str], ...] = ()
    keys: tuple[str, ...] = ()
    latest: float = 0.0
    counts: tuple[tuple[str, int], ...] = ()
    head: tuple[str, int] = ("", 0)
    emergency: str = ""
    pins: tuple[HeldPin, ...] = ()
    used_codes: tuple[str, ...] = ()


def save(path: Path, kept: Kept, key: ec.EllipticCurvePrivateKey) -> None:
    """Raises ``OSError``; then what was there before still is."""
    body = canonical(_plain(kept))
    signature = key.sign(LABEL + hashlib.sha256(body).digest(), _ALGORITHM)
    whole = {"body": body.decode("utf-8"), "signature": b64u(signature)}
    write_private(path, json.dumps(whole).encode("utf-8"))


def load(path: Path, key: ec.EllipticCurvePublicKey) -> Kept:
    """Nothing where there is no file, or one that our key did not sign."""
    try:
        with path.open("rb") as file:
            whole = json.loads(file.read(MAX_FILE))
        body = str(whole["body"]).encode("utf-8")
        key.verify(unb64u(whole["signature"]), LABEL + hashlib.sha256(body).digest(), _ALGORITHM)
        said = json.loads(body)
        return Kept(
            tuple((str(who), str(text)) for who, text in said["tickets"]),
            tuple(str(text) for text in said["keys"]),
            float(said["latest"]),
            tuple((str(name), int(count)) for name, count in said["counts"]),
            (str(said["head"][0]), int(said["head"][1])),
            str(said.get("emergency", "")),
            tuple(msgspec.convert(said.get("pins", []), list[HeldPin], strict=True)),
            tuple(str(digest) for digest in said.get("used_codes", [])),
        )
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, InvalidSignature):
        log.error("the downtime tickets at %s are not as this workstation kept them, and none of them counts", path)
        return Kept()


def with_ticket(kept: Kept, person: str, text: str) -> tuple[tuple[str, str], ...]:
    """The tickets, with ``text`` for ``person`` as the newest."""
    others = [pair for pair in kept.tickets if pair[0] != person]
    return (*others[-(MAX_TICKETS - 1) :], (person, text))


def _plain(kept: Kept) -> dict[str, Json]:
    return {
        "tickets": [[who, text] for who, text in kept.tickets],
        "keys": list(kept.keys),
        "latest": int(kept.latest),
        "counts": [[name, count] for name, count in kept.counts],
        "head": [*kept.head],
        "emergency": kept.emergency,
        "pins": [_plain_pin(pin) for pin in kept.pins],
        "used_codes": list(kept.used_codes),
    }


def _plain_pin(pin: HeldPin) -> dict[str, Json]:
    """Seconds whole, rounded up: RFC 8785 as we write it has no fractions."""
    names: dict[str, Json] = {"ticket": pin.ticket, "badge": pin.badge, "salt": pin.salt, "verifier": pin.verifier}
    return {**names, "sealed": pin.sealed, "wrong": pin.wrong, "again": ceil(pin.again)}
