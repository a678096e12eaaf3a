"""Which states of the card service can be asked for readers."""

from __future__ import annotations

from kiosk.model.card import CardService


def test_one_that_is_stopped_or_denied_is_not_asked_for_readers() -> None:
    asked = {state: state.serves for state in CardService}
    assert asked == {
        CardService.OK: True,
        CardService.NO_READER: True,
        CardService.STOPPED: False,
        CardService.DENIED: False,
    }
