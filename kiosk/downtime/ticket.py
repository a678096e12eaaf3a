"""A downtime ticket, as a workstation believes it: by the service's key, for this workstation's key, in its time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hmac import compare_digest

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.downtime.errors import TicketRefusedError
from kiosk.model.ticket import MAX_TICKET, TYP, Ticket


def read(text: str, keys: Iterable[str], station: str, jkt: str) -> Ticket:
    """The ticket in ``text``. ``keys``: the service's public keys (JWK in JSON); ``station``, ``jkt``: who we are.

    Its times are not looked at. Raises ``TicketRefusedError``.
    """
    if len(text) > MAX_TICKET or not text.isascii():
        raise TicketRefusedError("The ticket is too long.")
    try:
        header = jws.extract_compact(text.encode("ascii")).headers()
        known = {str(key.kid): key for jwk in keys if (key := _key(jwk)) is not None}
        if header.get("typ") != TYP:
            raise TicketRefusedError("It is no downtime ticket.")
        signed = jws.deserialize_compact(text, known[str(header.get("kid"))], algorithms=["ES256"])
        made = msgspec.json.decode(signed.payload, type=Ticket, strict=True)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError, msgspec.DecodeError):
        raise TicketRefusedError("The ticket is not signed by the service.") from None
    if made.aud != station or not compare_digest(made.cnf.jkt, jkt):
        raise TicketRefusedError("The ticket was made for another workstation.")
    return made


def good_at(made: Ticket, now: float) -> bool:
    """Whether it counts at ``now``, epoch seconds."""
    return made.nbf <= now < made.exp


def _key(text: str) -> ECKey | None:
    """None for one that signs no tickets: a service has keys of other kinds, too, for other things."""
    said = json.loads(text)
    return ECKey.import_key(said) if said["kty"] == "EC" else None
