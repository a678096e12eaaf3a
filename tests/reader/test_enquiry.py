"""Questions asked once over a real pcscd: health for the doctor, one card for an enrolment."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.model.card import CardService as Service
from kiosk.model.card import ReaderRole, ReadersChanged, ReaderState
from kiosk.reader import (
    CardServiceStoppedError,
    NoCardError,
    ReaderGoneError,
    SeveralCardsError,
    health,
    list_readers,
    one_card,
)
from kiosk.reader.pcsc import Context, Raw
from tests.fakes.cardservice import READERS, LaidCard, lay_card

pytestmark = pytest.mark.pcsc


def test_readers_are_listed(card_service: VirtualCardService) -> None:
    assert list_readers() == READERS


def test_health_tells_roles_and_cards(card_service: VirtualCardService) -> None:
    with lay_card(card_service, 2), one_card(READERS[2], 5):
        now = health(wanted=("Virtual PCD 2",), insertion=(READERS[3],))
    assert now.service is Service.OK
    assert [(reader.name, reader.role, reader.state) for reader in now.readers] == [
        (READERS[2], ReaderRole.TAP, ReaderState.CARD),
        (READERS[3], ReaderRole.INSERTION, ReaderState.READY),
    ]


def test_a_stopped_service_is_an_answer_to_health_and_an_error_elsewhere(card_service: VirtualCardService) -> None:
    card_service.stop()
    assert health() == ReadersChanged(Service.STOPPED, ())
    with pytest.raises(CardServiceStoppedError):
        list_readers()
    with pytest.raises(CardServiceStoppedError):
        one_card(None, 1)


def test_one_card_is_waited_for(card_service: VirtualCardService) -> None:
    laid: list[LaidCard] = []
    later = threading.Timer(0.1, lambda: laid.append(lay_card(card_service, 1)))
    later.start()
    with one_card(None, 10) as card:
        assert card.reader == READERS[1]
        assert card.transmit(b"\xff\xca\x00\x00\x00") == (b"", 0x9000)
    later.join()
    laid[0].lift()


def test_one_card_is_taken_from_the_named_reader_only(card_service: VirtualCardService) -> None:
    with lay_card(card_service, 0), lay_card(card_service, 3), one_card(READERS[3], 5) as card:
        assert card.reader == READERS[3]


def test_one_card_that_is_seen_before_it_is_counted_is_taken(
    card_service: VirtualCardService, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait, torn = Context.wait, [True]

    def read_in_between(self: Context, asked: Sequence[tuple[str, int]], milliseconds: int) -> tuple[Raw, ...] | None:
        answer = wait(self, asked, milliseconds)
        if answer is None or not torn or not answer[-1].present:
            return answer
        torn.clear()
        return (*answer[:-1], replace(answer[-1], state=answer[-1].state - (1 << 16)))

    with lay_card(card_service, 0):
        one_card(READERS[0], 5).close()
        monkeypatch.setattr(Context, "wait", read_in_between)
        with one_card(READERS[0], 5) as card:
            assert card.reader == READERS[0]
    assert not torn


def test_two_cards_are_one_too_many_unless_a_reader_is_named(card_service: VirtualCardService) -> None:
    with lay_card(card_service, 0), lay_card(card_service, 3):
        for reader in (READERS[0], READERS[3]):
            one_card(reader, 5).close()
        with pytest.raises(SeveralCardsError):
            one_card(None, 5)


def test_no_card_in_time_is_an_error_with_a_next_step(card_service: VirtualCardService) -> None:
    with pytest.raises(NoCardError, match="try again"):
        one_card(None, 0)


def test_a_reader_that_is_not_there_is_named(card_service: VirtualCardService) -> None:
    with pytest.raises(ReaderGoneError, match="Acme"):
        one_card("Acme", 5)
