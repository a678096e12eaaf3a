"""What lies on the reader: PIV, FIDO2, or a number. As few APDUs as possible: each costs milliseconds in the field.

A memory card (its ATR says so) is asked for its number alone. Any other is asked for PIV with a card
authentication certificate, then for FIDO2, then for its number.

A PIV application without that certificate proves nothing by a tap: a blank one sits on most FIDO2 keys, and
on badges whose PIV part was never issued. So it does not count, and the card goes on as a FIDO2 key or, at worst,
as the bare number that the service may refuse; a number is a name and never more. Only with no number either (a
contact reader) is it an unknown card, whose ``reason`` names the missing certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kiosk.credential import apdu, piv, uid
from kiosk.credential.errors import UnknownCard
from kiosk.model.binding import b64u
from kiosk.model.proof import Fido2Presented, PivPresented, Presented, UidPresented

if TYPE_CHECKING:
    from fido2.ctap2.base import Info

    from kiosk.reader.card import Card

FIDO_AID = bytes.fromhex("A0000006472F0001")


@dataclass(slots=True)
class Seen:
    """What the probe of this lent card found, so that its signature need not ask again."""

    certificate: bytes | None = None
    info: Info | None = None


seen: WeakKeyDictionary[Card, Seen] = WeakKeyDictionary()


def probe_card(card: Card) -> Presented:
    """What ``card`` shows before anything is proved. Raises ``CardProblem`` (and the reader's errors)."""
    found = seen[card] = Seen()
    blank_piv = False
    if not uid.is_storage_card(card.atr):
        if piv.select(card):
            found.certificate = piv.read_certificate(card, "9E")
            if found.certificate is not None:
                return PivPresented(b64u(found.certificate), uid.beside(card))
            blank_piv = True
        key = _fido2(card, found)
        if key is not None:
            return key
    number = uid.as_badge(card)
    if number is None:
        raise UnknownCard("PIV without a card authentication certificate" if blank_piv else "")
    return UidPresented(number)


def _fido2(card: Card, found: Seen) -> Fido2Presented | None:
    """The FIDO2 key, None for no such application or a U2F key of before CTAP 2."""
    _, sw = apdu.exchange(card, 0x00, 0xA4, 0x04, 0x00, FIDO_AID)
    if sw != apdu.OK:
        return None
    from kiosk.credential.ctap import NfcKey, NoCtap2
    from kiosk.credential.fido2 import presented, read_info

    try:
        found.info = read_info(NfcKey(card))
    except NoCtap2:
        return None
    return presented(found.info, uid.beside(card))
