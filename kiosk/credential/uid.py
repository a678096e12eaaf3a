"""The number of a badge: a name, not a proof.

A contactless reader answers GET DATA ``FF CA 00 00 00`` itself (PC/SC part 3 section 3.2.2.1.3), without a word
to the card. Which numbers can be a badge's is ``model.badge``'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from kiosk.credential import apdu
from kiosk.credential.errors import ImpossibleNumberError, RandomUidError
from kiosk.model import badge
from kiosk.model.badge import NumberFault, NumberSource
from kiosk.model.counted import counted
from kiosk.model.proof import UidPresented

if TYPE_CHECKING:  # 2.6 ms: the front is imported without the reader room
    from kiosk.reader.card import OpenCard

STORAGE_CARD = bytes.fromhex("804F0CA000000306")
"""Historical bytes of a memory card's ATR (PC/SC part 3 section 3.1.3.2.3.1): it knows no APDUs at all."""

END_OF_DATA = 0x6282
"""End of data reached before ``Le`` bytes (PC/SC part 3 section 3.2.2.1.3, table of status words)."""

_OF_OTHERS = frozenset((*range(0x05, 0x08), *range(0x09, 0x11), 0x40))
"""Standards by the byte behind it: ISO/IEC 14443 type B, ISO/IEC 15693, ISO/IEC 7816-10, low frequency.

No rule of theirs says of a number's first bytes that it is drawn anew. 00 says nothing, 01 to 03 are type A, 11 FeliCa.
"""


@runtime_checkable
class _SourcedCard(Protocol):
    """A card of a reader that knows whose numbers it reads."""

    @property
    def source(self) -> NumberSource: ...


def is_storage_card(atr: bytes) -> bool:
    """Whether ``atr`` is the one readers make up for memory cards, so that SELECT would be a waste of time."""
    return STORAGE_CARD in atr


def source(card: OpenCard) -> NumberSource:
    """Whose number the reader gives of ``card``."""
    if isinstance(card, _SourcedCard):
        return card.source
    _, _, behind = card.atr.partition(STORAGE_CARD)
    return "other_chip" if behind and behind[0] in _OF_OTHERS else "uid"


def read(card: OpenCard) -> bytes | None:
    """The number as it is kept, or None where the reader has none to give (a contact reader, a phone).

    Some readers warn that it is shorter than the 256 bytes which were asked for: of no harm to one of a badge's size.
    """
    number, sw = apdu.exchange(card, 0xFF, 0xCA, 0x00, 0x00)
    kept = badge.canonical(number)
    whole = sw == apdu.OK or (sw == END_OF_DATA and badge.fault(kept) is not NumberFault.SIZE)
    return kept if whole else None


def as_badge(card: OpenCard) -> UidPresented | None:
    """The number of a card that has nothing else.

    Raises ``RandomUidError`` for one that is drawn anew at every tap, ``ImpossibleNumberError`` for one that no badge
    has.
    """
    number = read(card)
    if number is None:
        return None
    whose = source(card)
    match badge.fault(number, whose):
        case NumberFault.RANDOM:
            raise RandomUidError
        case NumberFault.SIZE:
            raise ImpossibleNumberError(f"a number of {counted(len(number), 'byte')}")
        case NumberFault.BLANK:
            raise ImpossibleNumberError("a number of nothing but 00 or FF")
        case None:  # pragma: no branch - every fault is named above, as the type checker sees
            return UidPresented(number.hex().upper(), source=whose)


def beside(card: OpenCard) -> str | None:
    """The number of a card that proves itself otherwise: None too if it is random or impossible."""
    number = read(card)
    return None if number is None or badge.fault(number) else number.hex().upper()
