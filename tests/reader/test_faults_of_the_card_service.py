"""Between reader and pcscd: each call answered by each of its errors, or by nonsense. It is said, never guessed.

``scard`` itself is replaced here; how a real pcscd dies, hangs and refuses is in ``test_watch`` and ``test_denied``.
"""

from __future__ import annotations

import inspect
import re
import threading
import time

import pytest
from smartcard import scard

from kiosk.model.card import CardService as Service
from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.reader import enquiry, pcsc, pcsc_card, watch
from kiosk.reader.card import CardError, CardServiceError
from kiosk.reader.pcsc import ERRORS, PNP, Context
from kiosk.reader.pcsc_card import PcscCard
from kiosk.reader.watch import Watcher
from tests.fakes.recorder import Recorder

READER = "Reader 0"
OK: int = scard.SCARD_S_SUCCESS
CHANGED: int = scard.SCARD_STATE_CHANGED
EMPTY: int = scard.SCARD_STATE_EMPTY | CHANGED
PRESENT: int = scard.SCARD_STATE_PRESENT | CHANGED
CALLS = (
    "SCardEstablishContext",
    "SCardListReaders",
    "SCardGetStatusChange",
    "SCardConnect",
    "SCardTransmit",
)
UNKNOWN = {
    scard.SCARD_E_NO_SERVICE,
    scard.SCARD_F_COMM_ERROR,
    scard.SCARD_E_INVALID_HANDLE,
    scard.SCARD_F_INTERNAL_ERROR,
}
CODES: list[int] = sorted({*ERRORS, *UNKNOWN})
"""Those that mean something to us, and a few of the many that do not."""
LOST = [code for code in CODES if issubclass(ERRORS.get(code, CardServiceError), CardServiceError)]
"""Of those, what means that there is no card service."""


class Pcscd:
    """A card service with one reader and a card on it, whose ``broken`` call answers ``code``."""

    def __init__(self) -> None:
        self.broken, self.code = "", OK
        self.present, self.cancelled = True, False
        self.changed = threading.Event()  # never set: waited for, for a moment at a time
        self.released = 0
        self.response = [0x90, 0x00]

    def _code(self, call: str) -> int:
        return self.code if call == self.broken else OK

    def establish(self, _scope: int) -> tuple[int, int]:
        return self._code("SCardEstablishContext"), 1

    def release(self, _context: int) -> int:
        self.released += 1
        return OK

    def list_readers(self, _context: int, _groups: list[str]) -> tuple[int, list[str]]:
        return self._code("SCardListReaders"), [READER]

    def status(
        self, _context: int, milliseconds: int, asked: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        """As the real one: until something differs from what is asked, or the time is over."""
        until = time.monotonic() + milliseconds / 1000
        while True:
            code, self.cancelled = (scard.SCARD_E_CANCELLED if self.cancelled else OK), False
            code = self._code("SCardGetStatusChange") or code
            now = [(name, 0 if name == PNP else PRESENT if self.present else EMPTY) for name, _ in asked]
            readers = [(before, state) for (name, before), (_, state) in zip(asked, now, strict=True) if name != PNP]
            news = any(state & ~CHANGED != before & ~CHANGED for before, state in readers)
            if code != OK or news:
                return code, [(name, state, [0x3B]) for name, state in now]
            if time.monotonic() >= until:
                return scard.SCARD_E_TIMEOUT, []
            self.changed.wait(0.01)

    def cancel(self, _context: int) -> int:
        self.cancelled = True
        return OK

    def connect(self, _context: int, _reader: str, _mode: int, _protocols: int) -> tuple[int, int, int]:
        return self._code("SCardConnect"), 2, scard.SCARD_PROTOCOL_T1

    def transmit(self, _handle: int, _pci: int, _apdu: list[int]) -> tuple[int, list[int]]:
        return self._code("SCardTransmit"), self.response

    def disconnect(self, _handle: int, _left: int) -> int:
        return OK


@pytest.fixture
def pcscd(monkeypatch: pytest.MonkeyPatch) -> Pcscd:
    made = Pcscd()
    for name, call in {
        "SCardEstablishContext": made.establish,
        "SCardReleaseContext": made.release,
        "SCardListReaders": made.list_readers,
        "SCardGetStatusChange": made.status,
        "SCardConnect": made.connect,
        "SCardTransmit": made.transmit,
        "SCardDisconnect": made.disconnect,
        "SCardCancel": made.cancel,
    }.items():
        monkeypatch.setattr(scard, name, call)
    return made


def use_the_card() -> tuple[bytes, int]:
    """Every call once: the readers are listed, then one APDU is exchanged with the card."""
    with Context() as context:
        (name,) = context.readers()
    with PcscCard(name) as card:
        return card.transmit(b"\x00\xa4\x04\x00")


def test_without_a_fault_the_card_answers(pcscd: Pcscd) -> None:
    assert use_the_card() == (b"", 0x9000)
    assert pcscd.released == 2


@pytest.mark.parametrize("code", CODES, ids=hex)
@pytest.mark.parametrize("call", CALLS)
def test_every_error_of_every_call_is_a_sentence_and_leaves_nothing_open(pcscd: Pcscd, call: str, code: int) -> None:
    pcscd.broken, pcscd.code = call, code
    established = call != "SCardEstablishContext"
    with pytest.raises(CardError, match=r"\.$"):
        use_the_card()
    in_the_list = call == "SCardListReaders"
    assert pcscd.released == (0 if not established else 1 if in_the_list else 2)


@pytest.mark.parametrize("response", [[], [0x90]])
def test_an_answer_without_a_status_word_is_none(
    pcscd: Pcscd, response: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.reader.pcsc_card.NOTICED_WITHIN", 0.0)
    pcscd.response = response
    with pytest.raises(CardError):
        use_the_card()


@pytest.mark.parametrize("code", LOST, ids=hex)
@pytest.mark.parametrize("call", ["SCardListReaders", "SCardGetStatusChange"])
def test_a_watcher_says_that_the_card_service_is_gone_and_every_card_with_it(
    pcscd: Pcscd, call: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RETRY_DELAYS", (0.01,))
    seen = Recorder()
    watcher = Watcher(seen)
    pcscd.present = False
    watcher.start()
    try:
        seen.next(ReadersChanged)
        pcscd.present = True
        tap = seen.next(Tap)
        pcscd.broken, pcscd.code = call, code
        pcscd.present = call != "SCardListReaders"  # the list is asked for once something has changed
        assert seen.next(Lift).number == tap.number
        assert seen.next(ReadersChanged, lambda told: told.service is not Service.OK)
        pcscd.broken = ""
        assert seen.next(ReadersChanged, lambda told: told.service is Service.OK)
        assert not [
            event for event in seen.events[seen.events.index(tap) + 1 :] if isinstance(event, Tap) and event.fresh
        ]
    finally:
        watcher.stop()


def test_every_call_of_the_reader_s_room_is_broken_here() -> None:
    """Read from its source, so that a new call is not forgotten: those that can fail are in ``CALLS``."""
    rooms = (pcsc, pcsc_card, enquiry, watch)
    used = {name for room in rooms for name in re.findall(r"scard\.(SCard\w+)", inspect.getsource(room))}
    assert used - {"SCardReleaseContext", "SCardDisconnect", "SCardCancel"} == set(CALLS)
