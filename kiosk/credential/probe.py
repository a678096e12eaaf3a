"""What lies on the reader: PIV, FIDO2, PKOC, or a number. As few APDUs as possible: each costs milliseconds there.

A memory card (its ATR says so) is asked for its number alone. Any other is asked for PIV with a card
authentication certificate, then for FIDO2, for PKOC, and for its number. The order is no verdict: a card may be several
of these, so whoever ``wants`` one asks for it first, and for the number alone where that is wanted.

An application that answers SELECT and then makes no sense does not count either: cards exist that answer 9000 to any
SELECT. Only where nothing else is found is that what is said.

A PIV application without that certificate proves nothing by a tap: a blank one sits on most FIDO2 keys, and
on badges whose PIV part was never issued. So it does not count, and the card goes on as a FIDO2 key or, at worst,
as the bare number that the service may refuse; a number is a name and never more. Only with no number either (a
contact reader) is it an unknown card, whose ``reason`` names the missing certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kiosk.credential import apdu, piv, pkoc, uid
from kiosk.credential.errors import (
    CredentialError,
    GarbledCardError,
    PkocVersionError,
    SlotReaderError,
    U2fOnlyError,
    UnknownCardError,
)
from kiosk.model.binding import b64u
from kiosk.model.card import Wanted
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, Presented

if TYPE_CHECKING:  # 42 ms of FIDO2 and 2.6 ms of readers, which badges do not wait for
    from fido2.ctap2.base import Info

    from kiosk.reader.card import OpenCard


FIDO_AID = bytes.fromhex("A0000006472F0001")


@dataclass(slots=True)
class ProbedCard:
    """What the probe of this lent card found, so that its signature need not ask again."""

    certificate: bytes | None = None
    info: Info | None = None


seen: WeakKeyDictionary[OpenCard, ProbedCard] = WeakKeyDictionary()


def probe_card(card: OpenCard, wants: Wanted | None = None) -> Presented:
    """What ``card`` shows before anything is proved; what ``wants`` names first, if it is there.

    Raises ``CredentialError`` (and the reader's errors).
    """
    found = seen[card] = ProbedCard()
    doubts: list[CredentialError] = []
    if not uid.is_storage_card(card.atr):
        for look in _order(wants):
            try:
                shown = look(card, found)
            except DOUBTS as doubt:
                if isinstance(doubt, _TELLING.get(wants, ())):
                    raise
                doubts.append(doubt)
                continue
            if shown is not None:
                return shown
    number = uid.as_badge(card)
    if number is None:
        raise doubts[0] if doubts else UnknownCardError
    return number


_TELLING: dict[Wanted | None, type[CredentialError]] = {"key": U2fOnlyError, "pkoc": PkocVersionError}
"""What ends the search: the very thing that is wanted, in a form that is not known here."""


def _order(wants: Wanted | None) -> list[Callable[[OpenCard, ProbedCard], Presented | None]]:
    """What is asked for, and when."""
    if wants == "number":
        return []
    if wants == "key":
        return [_fido2, _pkoc, _piv]
    return [_pkoc, _piv, _fido2] if wants == "pkoc" else [_piv, _fido2, _pkoc]


class KindMissingError(UnknownCardError):
    """A PIV application without what a tap needs."""


DOUBTS = (GarbledCardError, U2fOnlyError, KindMissingError, PkocVersionError, SlotReaderError)
"""One application that cannot be used; the card may be something else besides."""


def _piv(card: OpenCard, found: ProbedCard) -> PivPresented | None:
    if not piv.select(card):
        return None
    found.certificate = piv.read_certificate(card, "9E")
    if found.certificate is None:
        raise KindMissingError("PIV without a card authentication certificate")
    return PivPresented(b64u(found.certificate), uid.beside(card))


def _fido2(card: OpenCard, found: ProbedCard) -> Fido2Presented | None:
    """The FIDO2 key, None for no such application. Raises ``U2fOnlyError`` for a key of before CTAP 2."""
    if apdu.select(card, FIDO_AID) != apdu.OK:
        return None
    from kiosk.credential.ctap import NfcKey  # 49 ms
    from kiosk.credential.fido2 import presented, read_info  # 49 ms

    found.info = read_info(NfcKey(card))
    return presented(found.info, uid.beside(card))


def _pkoc(card: OpenCard, found: ProbedCard) -> PkocPresented | None:
    """The PKOC badge, None for no such application. Raises ``PkocVersionError`` for one that cannot be spoken with."""
    return None if pkoc.select(card) is None else PkocPresented(uid.beside(card))
