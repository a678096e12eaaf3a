"""Cards that the simulator does not offer as one piece: several applications on one chip, cards that leave or lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from types import TracebackType
from typing import Self

from kiosk.reader.card import OpenCard
from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.piv import PivApplet
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.piv_store import RSA_BITS, Algorithm, PivMemory, personalise
from kiosk.simulator.simulated_card import Applet, SimulatedCard, contactless_atr
from tests.fakes.simulated_cards import InMemoryCard

PIV_PIN = "123456"
KEY_PIN = "2468"
UID = bytes.fromhex("04A1B2C3D4E5F6")


class FakeCard:
    """The parts of the reader room's open card that no test asks about."""

    def __init__(self, atr: bytes) -> None:
        self.reader = "Scripted 00 00"
        self.atr = atr

    def cancel(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def piv_memory(algorithm: Algorithm = Algorithm.P_256, *, compressed: bool = False) -> PivMemory:
    """A personalised card of a CA that nobody else trusts; those with RSA keys all have the same."""
    if algorithm not in RSA_BITS:
        return personalise(CardAuthority.new(), PIV_PIN, algorithm=algorithm, compressed=compressed)
    made = _with_rsa(algorithm)
    return replace(made, slots={slot: replace(pair, compressed=compressed) for slot, pair in made.slots.items()})


@cache
def _with_rsa(algorithm: Algorithm) -> PivMemory:
    """Once: its keys take up to a second to find."""
    return personalise(CardAuthority.new(), PIV_PIN, algorithm=algorithm)


def key_memory(pin: str | None = KEY_PIN) -> KeyMemory:
    memory = KeyMemory()
    if pin is not None:
        memory.set_pin(pin.encode())
    return memory


def chip(*applets: Applet, uid: bytes | None = UID) -> InMemoryCard:
    """One contactless card with these applications."""
    return InMemoryCard(SimulatedCard(contactless_atr(b"chip"), applets, uid))


def piv_chip(memory: PivMemory | None = None, uid: bytes | None = UID) -> InMemoryCard:
    return chip(PivApplet(memory or piv_memory()), uid=uid)


def key_chip(memory: KeyMemory | None = None, uid: bytes | None = UID) -> InMemoryCard:
    return chip(Fido2Applet(memory or key_memory()), uid=uid)


class ScriptedCard(FakeCard):
    """A card that answers whatever ``answer`` says, as (data, status word). ``sent``: what it was asked."""

    def __init__(self, answer: Callable[[bytes], tuple[bytes, int]], atr: bytes = b"\x3b\x80\x80\x01\x01") -> None:
        super().__init__(atr)
        self.sent: list[bytes] = []
        self._answer = answer

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.sent.append(apdu)
        return self._answer(apdu)


def answering(*answers: tuple[bytes, int]) -> ScriptedCard:
    """Gives ``answers`` in order, then 6F00 for ever."""
    left = iter(answers)
    return ScriptedCard(lambda _: next(left, (b"", 0x6F00)))


class FailingCard(FakeCard):
    """``card`` until its APDU number ``at`` (from 0), which raises ``error``, as does every later one."""

    def __init__(self, card: OpenCard, at: int, error: Callable[[], Exception]) -> None:
        super().__init__(card.atr)
        self._card, self._at, self._error = card, at, error
        self.asked = 0

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.asked += 1
        if self.asked > self._at:
            raise self._error()
        return self._card.transmit(apdu)


class LyingCard(FakeCard):
    """``card``, but its answers pass through ``lies`` in turn; None tells the truth."""

    def __init__(self, card: OpenCard, lies: Sequence[Callable[[bytes, int], tuple[bytes, int]] | None]) -> None:
        super().__init__(card.atr)
        self._card, self._lies = card, iter(lies)

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        data, sw = self._card.transmit(apdu)
        lie = next(self._lies, None)
        return (data, sw) if lie is None else lie(data, sw)
