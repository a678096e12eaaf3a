"""What a keyboard-wedge reader typed is a tap, and the badge is the one that a card reader would have read."""

from __future__ import annotations

import pytest

from kiosk import credential
from kiosk.credential import CredentialError
from kiosk.credential.errors import readers_errors_named
from kiosk.model.card import CardService, CardTrouble, Lift, ReaderHealth, ReaderRole, ReadersChanged, ReaderState, Tap
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.wedge_text import parse
from kiosk.reader.card import CardCancelledError
from kiosk.reader.taps import CardEvent, Numbers
from kiosk.reader.wedge import READER, WedgeReader
from kiosk.simulator.badge import badge

FORMATS = (parse("8H10D,front=0F"), parse("uid,length=8"), parse("H10301,typed=facility_card"))


class Heard:
    """A reader whose events are kept."""

    def __init__(self, *, wanted: bool = False) -> None:
        self.events: list[CardEvent] = []
        self.reader = WedgeReader(self.events.append, FORMATS, wanted=wanted, numbers=Numbers())

    def tap(self) -> Tap:
        tap, lift = self.events[-2:]
        assert isinstance(tap, Tap)
        assert isinstance(lift, Lift)
        assert (lift.number, lift.reader) == (tap.number, READER)
        return tap

    def presented(self) -> Presented:
        with readers_errors_named():
            card = self.reader.lend(self.tap().number)
        assert card is not None
        return credential.probe(card, "rp", None)


@pytest.mark.parametrize(
    ("typed", "number"), [("0057169547", "0F0368568B"), ("A1B2C3D4", "A1B2C3D4"), ("17,12345", "00226073")]
)
def test_a_typed_number_is_a_badge(typed: str, number: str) -> None:
    heard = Heard()
    heard.reader.typed(typed, 5.0)
    assert heard.tap().fresh
    assert heard.tap().at == 5.0
    assert heard.presented() == UidPresented(number)


@pytest.mark.parametrize("typed", ["12345", "08B2C3D4", "00000000", "256,1", None])
def test_what_is_in_no_format_is_a_tap_that_fails(typed: str | None) -> None:
    heard = Heard()
    heard.reader.typed(typed, 5.0)
    with pytest.raises(CredentialError) as caught:
        heard.presented()
    assert caught.value.trouble is CardTrouble.NUMBER_FORMAT
    assert str(typed) not in str(caught.value)


def test_a_number_is_lent_once_and_only_for_its_own_tap() -> None:
    heard = Heard()
    heard.reader.typed("A1B2C3D4", 5.0)
    tap = heard.tap().number
    assert heard.reader.lend(tap + 1) is None
    card = heard.reader.lend(tap)
    assert card is not None
    assert card.transmit(bytes.fromhex("FFCA000000")) == (bytes.fromhex("A1B2C3D4"), 0x9000)
    assert card.transmit(bytes.fromhex("00A4040000"))[1] != 0x9000
    card.close()
    with pytest.raises(CardCancelledError):
        card.transmit(bytes.fromhex("FFCA000000"))
    assert heard.reader.lend(tap) is None


def test_a_badge_that_lies_there_and_is_typed_again_and_again_is_one_tap() -> None:
    heard = Heard()
    for at in (5.0, 5.2, 5.9):
        heard.reader.typed("A1B2C3D4", at)
    assert len(heard.events) == 2
    heard.reader.typed("A1B2C3D4", 6.1)
    assert len(heard.events) == 4
    assert heard.tap().number == 2


@pytest.mark.parametrize(
    ("wanted", "before", "service", "said"),
    [
        (False, (), CardService.STOPPED, CardService.OK),
        (False, (), CardService.NO_READER, CardService.OK),
        (True, (), CardService.STOPPED, CardService.STOPPED),
        (False, ("OMNIKEY",), CardService.STOPPED, CardService.STOPPED),
    ],
)
def test_no_card_service_is_missed_where_there_never_was_a_card_reader(
    wanted: bool, before: tuple[str, ...], service: CardService, said: CardService
) -> None:
    heard = Heard(wanted=wanted)
    if before:
        cards = tuple(ReaderHealth(name, ReaderRole.TAP, ReaderState.READY) for name in before)
        heard.reader.hear(ReadersChanged(CardService.OK, cards))
    heard.reader.hear(ReadersChanged(service, ()))
    told = heard.events[-1]
    assert isinstance(told, ReadersChanged)
    assert (told.service, [reader.name for reader in told.readers]) == (said, [READER])


def test_taps_of_card_readers_are_handed_on_as_they_are() -> None:
    heard = Heard()
    tap = Tap(7, "OMNIKEY", ReaderRole.TAP, badge(b"1234").atr, 1, 5.0)
    heard.reader.hear(tap)
    assert heard.events == [tap]
    assert heard.reader.lend(7) is None
