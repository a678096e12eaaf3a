"""What is typed and what is shown but once in an enrolment: whole, in time, and gone afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from kiosk.service.store import recovery_codes, start_codes
from kiosk.session.enrol_screens import EnrolCodes, EnrolPin, EnrolWho
from kiosk.session.events import LoginTyped, Typed
from kiosk.ui.parts.entry import RECOVERY_DIGITS, START_CODE_DIGITS
from kiosk.ui.parts.field import SecretField
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.sample_factors import CODES, SECRET
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import draw
from tests.fakes.screens import Drawn, Show, Shown, enrolment, enter, focus, said, settle

CODE = "123456789012"


def typed(shown: Shown) -> list[str]:
    """What Enter hands over."""
    return [event.secret.reveal() for event in enter(shown) if isinstance(event, Typed)]


def test_a_start_code_counts_its_digits_and_is_given_whole(show: Show) -> None:
    shown = show(enrolment("enrol-who-code"))
    QTest.keyClicks(focus(), CODE[:8])
    assert "8 of 12 digits" in said(shown.view)
    assert enter(shown) == []
    assert "12 digits are needed" in said(shown.view)
    QTest.keyClicks(focus(), CODE[8:] + "99")
    assert typed(shown) == [CODE]


def test_the_counted_codes_are_as_long_as_the_service_makes_them() -> None:
    assert (START_CODE_DIGITS, RECOVERY_DIGITS) == (start_codes.DIGITS, recovery_codes.DIGITS)


def test_a_name_is_typed_in_the_open_and_empties_for_the_next_person(show: Show) -> None:
    shown = show(enrolment("enrol-who-login"))
    QTest.keyClicks(focus(), "alopez")
    assert enter(shown) == [LoginTyped("alopez")]
    draw(shown.view, enrolment("enrol-hold"))
    draw(shown.view, enrolment("enrol-who-login"))
    assert all(not field.text() for field in shown.view.findChildren(QLineEdit))


def test_the_rules_of_a_pin_stand_there_before_it_is_typed(show: Show) -> None:
    assert "6 to 8 digits." in said(show(enrolment("enrol-pin")).view)
    assert "At least 4 characters; letters count too." in said(show(enrolment("enrol-key-pin")).view)
    exactly = replace(enrolment("enrol-pin"), part=EnrolPin("service", "new", 6, 6, True))
    assert "Exactly 6 digits." in said(show(exactly).view)


def test_a_pin_too_short_costs_no_try_and_a_longer_one_is_cut(show: Show) -> None:
    shown = show(enrolment("enrol-pin"))
    QTest.keyClicks(focus(), "12345")
    assert enter(shown) == []
    QTest.keyClicks(focus(), "1234567890")
    assert typed(shown) == ["12345678"]


@pytest.mark.parametrize("name", ["enrol-pin", "enrol-pin-again", "enrol-key-pin", "enrol-code-app"])
def test_what_was_too_short_is_typed_anew_and_not_joined(show: Show, name: str) -> None:
    shown = show(enrolment(name))
    QTest.keyClicks(focus(), "123")
    assert enter(shown) == []
    assert "too short" in said(shown.view)
    QTest.keyClicks(focus(), "482915")
    assert typed(shown) == ["482915"]


@pytest.mark.parametrize("name", ["enrol-who-code", "enrol-type-code"])
def test_a_long_code_whose_digits_are_counted_goes_on_where_it_stopped(show: Show, name: str) -> None:
    shown = show(enrolment(name))
    QTest.keyClicks(focus(), "12345")
    assert enter(shown) == []
    QTest.keyClicks(focus(), "6")
    assert "6 of" in said(shown.view)


def test_another_pin_never_begins_with_what_was_typed_for_the_first(show: Show) -> None:
    shown = show(enrolment("enrol-pin"))
    QTest.keyClicks(focus(), "4711")
    draw(shown.view, enrolment("enrol-pin-again"))
    assert all(not field.text() for field in shown.view.findChildren(SecretField))


def test_tries_left_of_a_key_are_said(show: Show) -> None:
    assert "That is not its PIN. Type it again. 3 tries left." in said(show(enrolment("enrol-key-pin-present")).view)


def test_digits_typed_on_a_button_go_into_the_field(show: Show) -> None:
    shown = show(enrolment("enrol-code-app"))
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    assert isinstance(focus(), QAbstractButton)
    QTest.keyClicks(focus(), "1")
    QTest.keyClicks(focus(), "23456")
    assert typed(shown) == ["123456"]


def test_while_it_is_checked_nothing_can_be_typed(show: Show) -> None:
    shown = show(enrolment("enrol-card-pin"))
    QTest.keyClicks(focus(), "123456")
    assert enter(shown) == []


def test_the_codes_are_numbered_and_in_groups_of_four(show: Show) -> None:
    view = show(enrolment("enrol-codes")).view
    names = [label.accessibleName() for label in view.findChildren(QLabel) if label.isVisible()]
    assert [f"{n}: {'  '.join(code.split())}" for n, code in enumerate(CODES, 1)] == [
        n for n in names if n[:1].isdigit()
    ]


def test_codes_that_come_ungrouped_are_grouped(show: Show) -> None:
    part = EnrolCodes(("12345678901234567890",), False)
    assert "1234  5678  9012  3456  7890" in said(show(replace(enrolment("enrol-codes"), part=part)).view)


def test_a_secret_that_was_shown_is_gone_with_its_part(show: Show) -> None:
    for name, secret in (("enrol-codes", CODES[0].split()[0]), ("enrol-code-app", SECRET.split()[0])):
        shown = show(enrolment(name))
        assert secret in said(shown.view)
        draw(shown.view, enrolment("enrol-busy"))
        settle()
        left = [t for label in shown.view.findChildren(QLabel) for t in (label.text(), label.accessibleName())]
        assert not [text for text in left if secret in text]
        codes = shown.view.findChildren(QrCode)
        assert all(not code._uri and not code._rows for code in codes)


def test_what_was_typed_is_gone_when_another_screen_is_shown(drawn: Drawn) -> None:
    drawn.window.show_screen(enrolment("enrol-pin"))
    settle()
    field = next(f for f in drawn.window.findChildren(SecretField) if f.isVisible())
    field.take("4711")
    drawn.window.show_screen(SAMPLES["locked"])
    assert field.text() == ""


def test_the_codes_are_gone_when_another_screen_is_shown(drawn: Drawn) -> None:
    drawn.window.show_screen(enrolment("enrol-codes"))
    settle()
    drawn.window.show_screen(SAMPLES["locked"])
    texts = [label.text() + label.accessibleName() for label in drawn.window.findChildren(QLabel)]
    assert not [text for text in texts if CODES[3].split()[0] in text]


def test_a_part_with_a_secret_does_not_show_it_in_its_repr() -> None:
    for name in ("enrol-codes", "enrol-code-app"):
        assert not any(part in repr(enrolment(name)) for part in (SECRET.split()[0], CODES[0].split()[0]))


def test_a_wait_is_said_on_the_screen_where_it_holds(show: Show) -> None:
    part = EnrolWho("start_code", wait=300)
    assert "Wait 5 min" in said(show(replace(enrolment("enrol-who-code"), part=part, refusal=None)).view)
