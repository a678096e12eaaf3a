"""The card thread: every APDU and CTAP exchange, one at a time, with cards that the reader room lends.

A card stays open from ``ProbeCard`` to ``SignChallenge`` of the same tap, because closing it between would defeat the
key's own limits on presence and PIN; ``DropCard`` or its lift lets it go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event as Flag
from typing import TYPE_CHECKING

from kiosk.agent.worker import Post, Worker
from kiosk.model.card import CardTrouble, Wanted
from kiosk.session.facts.card_answers import CardFailed, Probed, Signed
from kiosk.session.facts.card_orders import ProbeCard, ProbeUsbKey, SignChallenge
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import Mismatch

if TYPE_CHECKING:  # 5 ms, and 49 ms of FIDO2: imported on the card thread
    from kiosk.credential import CredentialError
    from kiosk.credential.hid import UsbKey
    from kiosk.reader import OpenCard

log = logging.getLogger("kiosk.agent.cards")


class Cards:
    """``lend(tap)`` opens the card of a tap, or raises the reader room's errors; ``rp_id()`` the service's."""

    def __init__(self, lend: Callable[[int], OpenCard], rp_id: Callable[[], str], post: Post) -> None:
        self._lend = lend
        self._rp_id = rp_id
        self._post = post
        self._worker = Worker("card", "CARD-THREAD", post)
        self._open: dict[int, OpenCard | UsbKey] = {}
        self._cancel: dict[int, Flag] = {}
        self._worker.do(_warm_up)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        for flag in list(self._cancel.values()):
            flag.set()
        self._worker.do(self._close_all)
        self._worker.stop(1.0)

    def probe(self, order: ProbeCard) -> None:
        """→ Probed | CardFailed"""
        self._worker.do(lambda: self._probe(order.turn, order.tap, wants=order.wants))

    def probe_usb(self, order: ProbeUsbKey) -> None:
        """→ Probed | CardFailed"""
        self._worker.do(lambda: self._probe(order.turn, order.tap, usb=True))

    def sign(self, order: SignChallenge) -> None:
        """→ Signed | Mismatch | CardFailed. The secret is wiped whatever happens."""
        cancel = self._cancel[order.tap] = Flag()
        self._worker.do(lambda: self._sign(order, cancel))

    def work(
        self,
        turn: int,
        tap: int,
        do: Callable[[OpenCard | UsbKey, Flag], Event],
        after: Callable[[], None] | None = None,
    ) -> None:
        """``do`` something with the card of ``tap``; its event, or CardFailed. ``after`` is done whatever happens."""
        cancel = self._cancel[tap] = Flag()
        self._worker.do(lambda: self._work(turn, tap, do, cancel, after))

    def drop(self, tap: int) -> None:
        """Cancel what is under way on ``tap`` and let go of its card."""
        flag = self._cancel.pop(tap, None)
        if flag is not None:
            flag.set()
        cancel = getattr(self._open.get(tap), "cancel", None)  # a USB key has none: the flag reaches it
        if cancel is not None:
            cancel()
        self._worker.do(lambda: self._close(tap))

    def lifted(self, tap: int) -> None:
        """The card of ``tap`` is gone; an exchange under way finds out by itself."""
        self._worker.do(lambda: self._close(tap))

    def _opened(self, tap: int, usb: bool = False) -> OpenCard | UsbKey:
        """The card of ``tap``, still open or opened now. Raises ``CredentialError``."""
        from kiosk import credential  # 5 ms
        from kiosk.credential.errors import readers_errors_named

        card = self._open.get(tap)
        if card is None:
            with readers_errors_named():
                card = credential.open_usb_key() if usb else self._lend(tap)
            self._open[tap] = card
        return card

    def _probe(self, turn: int, tap: int, usb: bool = False, wants: Wanted | None = None) -> None:
        from kiosk import credential  # 5 ms
        from kiosk.credential import CredentialError  # 5 ms

        try:
            card = self._opened(tap, usb)
            presented = credential.probe(card, self._rp_id(), wants)
        except CredentialError as problem:
            self._failed(turn, tap, problem)
            return
        self._post(Probed(turn, presented))

    def _sign(self, order: SignChallenge, cancel: Flag) -> None:
        from kiosk import credential  # 5 ms
        from kiosk.credential import ChallengeNotBoundError, CredentialError  # 5 ms

        try:
            proof = credential.sign(self._opened(order.tap), order.challenge, order.secret, cancel)
        except ChallengeNotBoundError:
            log.error("a challenge was not bound to what it says")
            self._post(Mismatch(order.turn))
            return
        except CredentialError as problem:
            self._failed(order.turn, order.tap, problem)
            return
        finally:
            self._forget(order.tap, cancel)
            if order.secret is not None:
                order.secret.wipe()
        self._post(Signed(order.turn, proof))

    def _work(
        self,
        turn: int,
        tap: int,
        do: Callable[[OpenCard | UsbKey, Flag], Event],
        cancel: Flag,
        after: Callable[[], None] | None,
    ) -> None:
        from kiosk.credential import CredentialError  # 5 ms

        try:
            event = do(self._opened(tap), cancel)
        except CredentialError as problem:
            self._failed(turn, tap, problem)
            return
        finally:
            self._forget(tap, cancel)
            if after is not None:
                after()
        self._post(event)

    def _failed(self, turn: int, tap: int, problem: CredentialError) -> None:
        """A card that only refused stays open, for the next try; one that cannot be talked to is let go."""
        log.info("card: %s", problem.trouble)
        if problem.trouble in GONE:
            self._close(tap)
        self._post(CardFailed(turn, problem.trouble, problem.retries_left))

    def _forget(self, tap: int, cancel: Flag) -> None:
        """What could be cancelled is over; another may have been asked for on the same card meanwhile."""
        if self._cancel.get(tap) is cancel:
            self._cancel.pop(tap, None)

    def _close(self, tap: int) -> None:
        card = self._open.pop(tap, None)
        if card is not None:
            card.close()

    def _close_all(self) -> None:
        for tap in list(self._open):
            self._close(tap)


def _warm_up() -> None:
    from kiosk import credential  # 5 ms

    credential.warm_up()


GONE = frozenset(
    {
        CardTrouble.LIFTED_EARLY,
        CardTrouble.MUTE,
        CardTrouble.EXCLUSIVE,
        CardTrouble.READER_GONE,
        CardTrouble.READER_DENIED,
        CardTrouble.GARBAGE,
        CardTrouble.PIN_AUTH_BLOCKED,
    }
)
