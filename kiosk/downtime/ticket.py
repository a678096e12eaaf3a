"""A downtime ticket, as a workstation believes it: by the service's key, for this workstation's key, in its time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hmac import compare_digest
from typing import TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.downtime.errors import TicketRefusedError
from kiosk.model.emergency import TYP as EMERGENCY_TYP
from kiosk.model.emergency import EmergencyPolicy
from kiosk.model.ticket import MAX_TICKET, TYP, Ticket

T = TypeVar("T", Ticket, EmergencyPolicy)


def read(text: str, keys: Iterable[str], station: str, jkt: str) -> Ticket:
    """The ticket in ``text``. ``keys``: the service's public keys (JWK in JSON); ``station``, ``jkt``: who we are.

    Its times are not looked at. Raises ``TicketRefusedError``.
    """
    return _checked(_signed(text, keys, TYP, Ticket), station, jkt)


def read_emergency(text: str, keys: Iterable[str], station: str, jkt: str) -> EmergencyPolicy:
    """The policy of emergency access in ``text``; as ``read``."""
    return _checked(_signed(text, keys, EMERGENCY_TYP, EmergencyPolicy), station, jkt)


def _signed(text: str, keys: Iterable[str], typ: str, kind: type[T]) -> T:
    if len(text) > MAX_TICKET or not text.isascii():
        raise TicketRefusedError("The ticket is too long.")
    try:
        header = jws.extract_compact(text.encode("ascii")).headers()
        known = {str(key.kid): key for jwk in keys if (key := _key(jwk)) is not None}
        if header.get("typ") != typ:
            raise TicketRefusedError("It is no ticket of this kind.")
        signed = jws.deserialize_compact(text, known[str(header.get("kid"))], algorithms=["ES256"])
        return msgspec.json.decode(signed.payload, type=kind, strict=True)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError, msgspec.DecodeError):
        raise TicketRefusedError("The ticket is not signed by the service.") from None


def _checked(made: T, station: str, jkt: str) -> T:
    if made.aud != station or not compare_digest(made.cnf.jkt, jkt):
        raise TicketRefusedError("The ticket was made for another workstation.")
    return made


def lasts_at(made: EmergencyPolicy, now: float) -> bool:
    """Whether that policy still counts at ``now``, epoch seconds."""
    return now < made.exp


def good_at(made: Ticket, now: float) -> bool:
    """Whether it counts at ``now``, epoch seconds."""
    return made.nbf <= now < made.exp


def _key(text: str) -> ECKey | None:
    """None for one that signs no tickets: a service has keys of other kinds, too, for other things."""
    said = json.loads(text)
    return ECKey.import_key(said) if said["kty"] == "EC" else None
