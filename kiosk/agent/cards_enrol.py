"""The card thread's part of an enrolment: what a new key says of itself, its credential, a new card's certificates."""

from __future__ import annotations

from threading import Event as Flag
from typing import TYPE_CHECKING

from kiosk.agent.cards import Cards
from kiosk.session.facts.card_answers import CredentialMade, KeyRead, PivRead, PkocRead
from kiosk.session.facts.card_orders import MakeKey, ReadKey, ReadPivCertificates, ReadPkocKey
from kiosk.session.facts.events import Event

if TYPE_CHECKING:  # 5 ms, and 49 ms of FIDO2: imported on the card thread
    from kiosk.credential.hid import UsbKey
    from kiosk.reader import OpenCard


class CardsEnrol:
    """Works on the cards that ``Cards`` holds open, on its thread. Each order is answered once, or → CardFailed."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def read_key(self, order: ReadKey) -> None:
        """→ KeyRead"""

        def work(card: OpenCard | UsbKey, cancel: Flag) -> Event:
            from kiosk import credential  # 5 ms

            return KeyRead(order.turn, credential.read_key(card, cancel))

        self._cards.work(order.turn, order.tap, work)

    def make_key(self, order: MakeKey) -> None:
        """→ CredentialMade. Every PIN is wiped whatever happens."""

        def work(card: OpenCard | UsbKey, cancel: Flag) -> Event:
            from kiosk import credential  # 5 ms

            return CredentialMade(
                order.turn, credential.make_key(card, order.options, order.secret, order.set_pin, cancel, order.old)
            )

        def wipe() -> None:
            for secret in (order.secret, order.old):
                if secret is not None:
                    secret.wipe()

        self._cards.work(order.turn, order.tap, work, wipe)

    def read_piv(self, order: ReadPivCertificates) -> None:
        """→ PivRead"""

        def work(card: OpenCard | UsbKey, cancel: Flag) -> Event:
            from kiosk import credential  # 5 ms

            return PivRead(order.turn, credential.read_piv(card))

        self._cards.work(order.turn, order.tap, work)

    def read_pkoc(self, order: ReadPkocKey) -> None:
        """→ PkocRead"""

        def work(card: OpenCard | UsbKey, cancel: Flag) -> Event:
            from kiosk import credential  # 5 ms

            return PkocRead(order.turn, credential.read_pkoc(card))

        self._cards.work(order.turn, order.tap, work)
