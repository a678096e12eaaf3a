"""A typed secret: put together character by character, taken apart, wiped, never shown."""

from __future__ import annotations

import pytest

from kiosk.model.secret import Secret


def test_it_grows_and_shrinks_by_characters_and_each_is_wiped_by_itself() -> None:
    first, second = Secret("gr"), Secret("ün")
    both = first.followed_by(second)
    first.wipe()
    second.wipe()
    assert (both.reveal(), both.characters(), len(both)) == ("grün", 4, 5)
    less = both.without_last().without_last()
    both.wipe()
    assert (less.reveal(), less.characters()) == ("gr", 2)


@pytest.mark.parametrize("text", ["", "7", "é", "€", "𝄞"])
def test_the_last_character_goes_whole(text: str) -> None:
    assert Secret("a" + text).without_last().reveal() == ("a" if text else "")
    assert Secret(text).without_last().reveal() == ""


@pytest.mark.parametrize(("text", "digits"), [("0123456789", True), ("12 3", False), ("٣", False), ("²", False)])
def test_digits_are_those_of_the_keypad(text: str, digits: bool) -> None:
    assert Secret(text).is_digits() is digits


def test_it_shows_itself_nowhere() -> None:
    grown = Secret("97").followed_by(Secret("31"))
    assert "9731" not in f"{grown!r} {grown}"
    grown.wipe()
    assert not grown
