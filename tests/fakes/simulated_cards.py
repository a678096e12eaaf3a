"""Software plastic without a reader: the same cards as ``kiosk.simulator``, lent straight to the code under test.

    card = in_memory_card(a_key(tmp_path, pin="1234"))
    data, sw = card.transmit(bytes.fromhex("00A4040008A0000006472F000100"))

``InMemoryCard`` is an ``OpenCard`` of the reader room, so credential tests run without pcscd. For a real reader
give the same card to ``kiosk.simulator.link.Placed(card, card_service.connect(slot))``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.reader.card import CardCancelledError, CardGoneError, verifies_pin
from kiosk.simulator import fido2, piv, piv_store
from kiosk.simulator.badge import badge
from kiosk.simulator.ctap_make import Attestation
from kiosk.simulator.ctap_maker import KeyManufacturer
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.piv_ca import CardAuthority, Validity
from kiosk.simulator.simulated_card import CardVanishedError, Faults, SimulatedCard

READER = "In Memory 00 00"


class InMemoryCard:
    """An open card on no reader: the reader room's ``OpenCard``. ``sent``: every command APDU so far.

    ``gone``: made and raised once the card was lifted.
    """

    def __init__(
        self, plastic: SimulatedCard, reader: str = READER, gone: Callable[[], Exception] = CardGoneError
    ) -> None:
        self.plastic = plastic
        self.reader = reader
        self.atr = plastic.atr
        self.sent: list[bytes] = []
        self.closed = False
        self._gone = gone
        self._lifted = False
        plastic.power_cycle()

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """The card's data and status word, both as they come (no 61xx or 6Cxx is followed up)."""
        if self.closed:
            raise CardCancelledError
        if self._lifted:
            raise self._gone()
        self.sent.append(bytes(apdu))
        try:
            answer = self.plastic.answer(bytes(apdu))
        except CardVanishedError as error:
            self._lifted = True
            raise self._gone() from error
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def lift(self) -> None:
        """Take the card away: ``transmit`` raises from now on."""
        self._lifted = True

    def again(self) -> InMemoryCard:
        """The same plastic, lifted and placed once more: presence and PIN counters start anew."""
        return InMemoryCard(self.plastic, self.reader, self._gone)

    def cancel(self) -> None:
        self.closed = True

    def close(self) -> None:
        if not self.closed and any(map(verifies_pin, self.sent)):
            self.plastic.power_cycle()
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def in_memory_card(plastic: SimulatedCard, gone: Callable[[], Exception] = CardGoneError) -> InMemoryCard:
    """``plastic`` opened."""
    return InMemoryCard(plastic, gone=gone)


def a_badge(uid: str = "04A1B2C3D4E5F6", faults: Faults | None = None) -> SimulatedCard:
    """A badge that has a number and nothing else. ``uid``: hex."""
    return badge(bytes.fromhex(uid), faults)


def a_key(
    directory: Path | None = None,
    pin: str | None = "2468",
    *,
    name: str = "key.json",
    attestation: Attestation = "packed",
    faults: Faults | None = None,
    clock: Callable[[], float] = time.monotonic,
    maker: KeyManufacturer | None = None,
) -> SimulatedCard:
    """A FIDO2 key; its memory is ``directory / name``, or none that outlives it. ``pin`` None: no PIN is set."""
    if directory is None:
        memory = KeyMemory()
        if pin is not None:
            memory.set_pin(pin.encode())
    else:
        memory = fido2.open_key_store(directory / name, pin)
    return fido2.key(memory, attestation=attestation, faults=faults, clock=clock, maker=maker)


def a_piv_card(
    directory: Path | None = None,
    pin: str = "123456",
    *,
    authority: CardAuthority | None = None,
    name: str = "Anna Alvarez",
    upn: str | None = None,
    algorithm: piv_store.Algorithm = piv_store.Algorithm.P_256,
    validity: Validity | None = None,
    compressed: bool = False,
    uid: str | None = None,
    faults: Faults | None = None,
) -> SimulatedCard:
    """A PIV card certified by ``authority`` (a root of its own if None); ``uid``: hex, if held to a contactless reader.

    Its certificates: ``piv_memory(card).slots[Slot.CARD_AUTHENTICATION].certificate``.
    """
    memory = piv_store.personalise(
        authority or CardAuthority.new(),
        pin,
        name=name,
        upn=upn,
        algorithm=algorithm,
        validity=validity,
        compressed=compressed,
        path=None if directory is None else directory / "piv.json",
    )
    return piv.piv_card(memory, uid=None if uid is None else bytes.fromhex(uid), faults=faults)


def piv_memory(plastic: SimulatedCard) -> piv_store.PivMemory:
    """What the PIV card knows: keys, certificates, retries."""
    return next(a.memory for a in plastic.applets if isinstance(a, piv.PivApplet))


def key_memory(plastic: SimulatedCard) -> KeyMemory:
    """What the FIDO2 key knows: credentials, counter, retries."""
    return next(a.memory for a in plastic.applets if isinstance(a, fido2.Fido2Applet))
