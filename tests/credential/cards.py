"""Cards that the simulator does not offer as one piece: several applications on one chip, cards that leave or lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.piv import PivApplet
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.piv_store import Algorithm, PivMemory, personalise
from kiosk.simulator.plastic import Applet, Plastic, contactless_atr
from tests.fakes.plastic import InMemoryCard

PIV_PIN = "123456"
KEY_PIN = "2468"
UID = bytes.fromhex("04A1B2C3D4E5F6")


class OpenCard(Protocol):
    """The reader room's lent card."""

    reader: str
    atr: bytes

    def transmit(self, apdu: bytes) -> tuple[bytes, int]: ...

    def close(self) -> None: ...


def piv_memory(algorithm: Algorithm = Algorithm.P_256, *, compressed: bool = False) -> PivMemory:
    """A personalised card of a CA that nobody else trusts."""
    return personalise(CardAuthority.new(), PIV_PIN, algorithm=algorithm, compressed=compressed)


def key_memory(pin: str | None = KEY_PIN) -> KeyMemory:
    memory = KeyMemory()
    if pin is not None:
        memory.set_pin(pin.encode())
    return memory


def chip(*applets: Applet, uid: bytes | None = UID) -> InMemoryCard:
    """One contactless card with these applications."""
    return InMemoryCard(Plastic(contactless_atr(b"chip"), applets, uid))


def piv_chip(memory: PivMemory | None = None, uid: bytes | None = UID) -> InMemoryCard:
    return chip(PivApplet(memory or piv_memory()), uid=uid)


def key_chip(memory: KeyMemory | None = None, uid: bytes | None = UID) -> InMemoryCard:
    return chip(Fido2Applet(memory or key_memory()), uid=uid)


class ScriptedCard:
    """A card that answers whatever ``answer`` says, as (data, status word). ``sent``: what it was asked."""

    def __init__(self, answer: Callable[[bytes], tuple[bytes, int]], atr: bytes = b"\x3b\x80\x80\x01\x01") -> None:
        self.reader = "Scripted 00 00"
        self.atr = atr
        self.sent: list[bytes] = []
        self._answer = answer

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.sent.append(apdu)
        return self._answer(apdu)

    def close(self) -> None: ...


def answering(*answers: tuple[bytes, int]) -> ScriptedCard:
    """Gives ``answers`` in order, then 6F00 for ever."""
    left = iter(answers)
    return ScriptedCard(lambda _: next(left, (b"", 0x6F00)))


class FailingCard:
    """``card`` until its APDU number ``at`` (from 0), which raises ``error``, as does every later one."""

    def __init__(self, card: OpenCard, at: int, error: Callable[[], Exception]) -> None:
        self.reader, self.atr = card.reader, card.atr
        self._card, self._at, self._error = card, at, error
        self.asked = 0

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.asked += 1
        if self.asked > self._at:
            raise self._error()
        return self._card.transmit(apdu)

    def close(self) -> None:
        self._card.close()


class LyingCard:
    """``card``, but its answers pass through ``lies`` in turn; None tells the truth."""

    def __init__(self, card: OpenCard, lies: Sequence[Callable[[bytes, int], tuple[bytes, int]] | None]) -> None:
        self.reader, self.atr = card.reader, card.atr
        self._card, self._lies = card, iter(lies)

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        data, sw = self._card.transmit(apdu)
        lie = next(self._lies, None)
        return (data, sw) if lie is None else lie(data, sw)

    def close(self) -> None:
        self._card.close()
