"""A piece of software plastic: an answer to reset, perhaps a UID, and the applets on it.

``SimulatedCard`` does what every card operating system does for its applets: selecting one by AID, joining chained
commands, handing long answers out in pieces (ISO/IEC 7816-4 sections 5.1.1.1, 7.1.1 and 7.6.1), and
answering the reader's question for the UID (PC/SC part 3 section 3.2.2.1.3). Whatever bytes come
in, a status word goes out.
"""

from __future__ import annotations

import functools
import operator
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.simulator import apdu
from kiosk.simulator.apdu import Command, Reply

INS_SELECT = 0xA4
INS_GET_RESPONSE = 0xC0
MAX_CHAINED = 8192
UID_LENGTHS = range(4, 17)


class Applet(Protocol):
    """One application on a card. ``aid``: its full identifier."""

    aid: bytes

    def select(self) -> bytes:
        """It was selected: forget what the last selection allowed; returns the SELECT answer."""

    def command(self, command: Command) -> Reply:
        """Answer one whole command (chains already joined)."""

    def power_cycle(self) -> None:
        """Power was lost or the card was reset: forget everything volatile."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How a card misbehaves, for tests. ``mute``: no answer to reset. ``delay``: seconds before each answer.

    ``garbage``: answers that decode to nothing. ``dies_after``: so many APDUs, then it is gone from the field.
    """

    mute: bool = False
    garbage: bool = False
    delay: float = 0.0
    dies_after: int | None = None


class CardVanishedError(Exception):
    """The card left the field in the middle of an exchange (``Faults.dies_after``)."""


class SimulatedCard:
    """A card with ``applets``. ``uid``: 4 to 16 bytes if a contactless reader may ask for it."""

    def __init__(
        self,
        atr: bytes,
        applets: Sequence[Applet] = (),
        uid: bytes | None = None,
        faults: Faults | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if uid is not None and len(uid) not in UID_LENGTHS:
            raise ValueError("a UID has 4 to 16 bytes")
        self.faults = faults or Faults()
        self.atr = b"" if self.faults.mute else atr
        self.uid = uid
        self.applets = tuple(applets)
        self._sleep = sleep
        self._answered = 0
        self._selected: Applet | None = None
        self._chain: Command | None = None
        self._pending = b""
        self._pending_sw = apdu.OK

    def power_cycle(self) -> None:
        """Power off and on, or reset: nothing is selected, nothing verified, nothing pending."""
        self._selected = None
        self._chain = None
        self._pending = b""
        for applet in self.applets:
            applet.power_cycle()

    def answer(self, raw: bytes) -> bytes:
        """Response APDU (data and status word) to any bytes. Raises ``CardVanishedError`` only."""
        if self.faults.dies_after is not None and self._answered >= self.faults.dies_after:
            raise CardVanishedError
        self._answered += 1
        if self.faults.delay:
            self._sleep(self.faults.delay)
        try:
            command = apdu.parse(raw)
        except apdu.ApduLengthError:
            return Reply(sw=apdu.WRONG_LENGTH).encoded()
        return self._carry_out(command).encoded()

    def _carry_out(self, command: Command) -> Reply:
        if command.cla == 0xFF:
            return self._reader_question(command)
        # ISO/IEC 7816-4 section 5.3.4 leaves its class to the card; libfido2 sends it with that of the command before.
        if command.ins == INS_GET_RESPONSE and command.cla in (0x00, 0x80):
            return self._next_piece(command.le or apdu.MAX_SHORT)
        self._pending = b""
        joined = self._join(command)
        if isinstance(joined, Reply):
            return joined
        reply = self._dispatch(joined)
        return self._first_piece(joined, reply)

    def _reader_question(self, command: Command) -> Reply:
        if self.uid is None:
            return Reply(sw=apdu.UNKNOWN_CLA)
        if command.ins != 0xCA:
            return Reply(sw=apdu.UNKNOWN_INS)
        if (command.p1, command.p2) != (0, 0):
            return Reply(sw=apdu.NOT_SUPPORTED)
        size, le = len(self.uid), command.le or apdu.MAX_SHORT
        if le >= apdu.MAX_SHORT or le == size:
            return Reply(self.uid)
        return Reply(sw=0x6C00 | size) if le < size else Reply(self.uid, 0x6282)

    def _join(self, command: Command) -> Command | Reply:
        """The whole command once its last link is in; until then the 9000 that asks for the next."""
        chain, self._chain = self._chain, None
        cla = command.cla & ~apdu.CHAINING
        data = command.data
        if chain is not None:
            if (chain.cla, chain.ins, chain.p1, chain.p2) != (cla, command.ins, command.p1, command.p2):
                return Reply(sw=apdu.LAST_OF_CHAIN_EXPECTED)
            data = chain.data + data
        if len(data) > MAX_CHAINED:
            return Reply(sw=apdu.WRONG_LENGTH)
        whole = Command(cla, command.ins, command.p1, command.p2, data, command.le, command.extended)
        if command.cla & apdu.CHAINING:
            self._chain = whole
            return Reply()
        return whole

    def _dispatch(self, command: Command) -> Reply:
        if command.cla == 0 and command.ins == INS_SELECT and command.p1 == 0x04:
            return self._select(command.data)
        if self._selected is None:
            return Reply(sw=apdu.UNKNOWN_INS)
        return self._selected.command(command)

    def _select(self, aid: bytes) -> Reply:
        found = next((a for a in self.applets if len(aid) >= 5 and a.aid.startswith(aid)), None)
        if found is None:
            return Reply(sw=apdu.NOT_FOUND)
        self._selected = found
        return Reply(found.select())

    def _first_piece(self, command: Command, reply: Reply) -> Reply:
        limit = command.le or (apdu.MAX_EXTENDED if command.extended else apdu.MAX_SHORT)
        if len(reply.data) <= limit:
            return reply
        self._pending, self._pending_sw = reply.data, reply.sw
        return self._next_piece(limit)

    def _next_piece(self, limit: int) -> Reply:
        if not self._pending:
            return Reply(sw=apdu.CONDITIONS)
        piece, self._pending = self._pending[:limit], self._pending[limit:]
        if not self._pending:
            return Reply(piece, self._pending_sw)
        return Reply(piece, 0x6100 | (len(self._pending) if len(self._pending) < apdu.MAX_SHORT else 0))


def contactless_atr(historical: bytes) -> bytes:
    """The ATR that a PC/SC reader makes up for a contactless card (PC/SC part 3 section 3.1.3.2.3)."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    return b"\x3b" + body + bytes([functools.reduce(operator.xor, body)])


def contact_atr(historical: bytes) -> bytes:
    """An answer to reset of a card with contacts that speaks T=1 (ISO/IEC 7816-3 section 8.2)."""
    body = bytes([0x80 | len(historical), 0x01]) + historical
    return b"\x3b" + body + bytes([functools.reduce(operator.xor, body)])
