"""What the card thread keeps of a tap ends with it."""

from __future__ import annotations

import queue

from kiosk.agent.cards import Cards
from kiosk.reader import OpenCard
from kiosk.reader.card import CardGoneError
from kiosk.session.facts.events import Event


def test_what_could_be_cancelled_is_forgotten_once_it_is_over() -> None:
    posted: queue.Queue[Event] = queue.Queue()

    def lend(_tap: int) -> OpenCard:
        raise CardGoneError

    def never(_card: object, _cancel: object) -> Event:
        raise AssertionError("there was no card")

    cards = Cards(lend, lambda: "hospital.example", posted.put)
    cards.start()
    for tap in range(1, 6):
        cards.work(tap, tap, never)
    assert [posted.get(timeout=10).turn for _ in range(5)] == [1, 2, 3, 4, 5]  # type: ignore[union-attr]
    cards.stop()
    assert cards._cancel == {}
