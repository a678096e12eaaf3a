"""Questions asked once, by programs that do not watch: which readers, how are they, give me the card that comes."""

from __future__ import annotations

import time
from contextlib import suppress

from kiosk.model.card import ReadersChanged
from kiosk.reader.card import CardGoneError, CardServiceError, NoCardError, OpenCard, ReaderGoneError, SeveralCardsError
from kiosk.reader.pcsc import PNP, UNAWARE, Context, Raw, seen_of
from kiosk.reader.pcsc_card import PcscCard
from kiosk.reader.states import KnownReader, Roles, unserved
from kiosk.reader.states import health as health_of


def list_readers() -> tuple[str, ...]:
    """The names of the readers on this machine. Raises ``CardServiceError``."""
    with Context() as context:
        return context.readers()


def health(wanted: tuple[str, ...] = (), insertion: tuple[str, ...] = ()) -> ReadersChanged:
    """How the card service and each reader are now. Raises nothing: a service that does not serve is an answer."""
    roles = Roles(wanted, insertion)
    known: list[KnownReader] = []
    try:
        with Context() as context:
            for name in context.readers():
                if roles.wants(name):
                    with suppress(ReaderGoneError):
                        known.append(KnownReader(seen_of(context.look(name)), roles.role(name)))
    except CardServiceError as error:
        return unserved(error)
    return health_of(known)


def one_card(reader: str | None, timeout: float) -> OpenCard:
    """The card on the reader whose name contains ``reader``, or with None the only card on any reader.

    Waits up to ``timeout`` seconds for it; one that lies there already will do, because somebody who stands at the
    keyboard asked for it. Raises ``NoCardError``, ``SeveralCardsError``, ``ReaderGoneError`` (no reader has that name),
    ``CardServiceError``, or as a lent card.
    """
    deadline = time.monotonic() + timeout
    states: dict[str, Raw] = {}
    with Context() as context:
        while True:
            names = [name for name in context.readers() if reader is None or reader in name]
            if reader is not None and not names:
                raise ReaderGoneError(
                    f"There is no reader whose name contains “{reader}”. Plug it in, or name another."
                )
            asked = [(name, states[name].fed_back if name in states else UNAWARE) for name in (PNP, *names)]
            left = max(0, int((deadline - time.monotonic()) * 1000))
            answer = context.wait(asked, left)
            if answer is None:
                raise NoCardError
            states = {raw.reader: raw for raw in answer}
            cards = [raw for raw in answer[1:] if raw.known and raw.present]
            if len(cards) > 1:
                raise SeveralCardsError
            if cards:
                # Gone since we looked, or looked at just before pcscd counted it: the next state that differs tells.
                with suppress(CardGoneError):
                    return PcscCard(cards[0].reader, cards[0].event)
