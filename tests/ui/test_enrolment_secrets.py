"""What is typed and what is shown but once in an enrolment: whole, in time, and gone afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.service.store import recovery_codes, start_codes
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_screens import EnrolCodes, EnrolPin, EnrolWho
from kiosk.session.facts.person_input import LoginTyped
from kiosk.session.facts.secret_field import RECOVERY_DIGITS, START_CODE_DIGITS, EntryView
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.factors import CODES, SECRET
from kiosk.ui.views import draw
from tests.fakes.live import Live
from tests.fakes.screens import Drawn, Show, enrolment, enter, entered, focus, said, settle
from tests.session.enrolments import BARE_FACTS, BARE_KEY, view
from tests.session.wizard import EnrolShift

CODE = "123456789012"
TYPED = EntryView(1, 4)
Reach = Callable[[EnrolShift], object]


def start_code(shift: EnrolShift) -> None:
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)


def new_pin(shift: EnrolShift) -> None:
    shift.adding(FactorKind.PIN)


def key_pin(shift: EnrolShift) -> None:
    shift.adding(FactorKind.KEY)
    shift.holds(BARE_KEY)
    shift.key_says(BARE_FACTS)


def code_app(shift: EnrolShift) -> None:
    shift.adding(FactorKind.CODE_APP)
    shift.hears_of(view(EnrolStep.TRY, FactorKind.CODE_APP))


def type_code(shift: EnrolShift) -> None:
    shift.adding(FactorKind.RECOVERY_CODES)
    shift.presses(Button.NEXT)
    shift.hears_of(view(EnrolStep.TRY, FactorKind.RECOVERY_CODES))


def typed(live: Live) -> list[str]:
    """What Enter hands over."""
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    return live.handed()


def dots(live: Live) -> int:
    return sum(field.count for field in live.window.findChildren(SecretField) if field.isVisible())


def test_a_start_code_counts_its_digits_and_is_given_whole(live: Live) -> None:
    live.at(start_code)
    QTest.keyClicks(focus(), CODE[:8])
    assert "8 of 12 digits" in said(live.window)
    assert typed(live) == []
    assert "12 digits are needed" in said(live.window)
    QTest.keyClicks(focus(), CODE[8:] + "99")
    assert typed(live) == [CODE]


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


def test_a_pin_too_short_or_too_long_costs_no_try(live: Live) -> None:
    live.at(new_pin)
    QTest.keyClicks(focus(), "12345")
    assert typed(live) == []
    QTest.keyClicks(focus(), "1234567890123")
    assert "at most" in said(live.window), "nobody chooses a PIN of which the end was lost"
    assert typed(live) == []
    assert ("at most" in said(live.window), dots(live)) == (True, 0)
    QTest.keyClicks(focus(), "12345678")
    assert typed(live) == ["12345678"]


@pytest.mark.parametrize("reach", [new_pin, key_pin, code_app])
def test_what_was_too_short_is_typed_anew_and_not_joined(live: Live, reach: Reach) -> None:
    live.at(reach)
    QTest.keyClicks(focus(), "123")
    assert typed(live) == []
    assert "too short" in said(live.window)
    QTest.keyClicks(focus(), "482915")
    assert typed(live) == ([] if reach is key_pin else ["482915"])  # a key's is typed twice before it is handed over


@pytest.mark.parametrize("reach", [start_code, type_code])
def test_a_long_code_whose_digits_are_counted_goes_on_where_it_stopped(live: Live, reach: Reach) -> None:
    live.at(reach)
    QTest.keyClicks(focus(), "12345")
    assert typed(live) == []
    QTest.keyClicks(focus(), "6")
    assert "6 of" in said(live.window)


def test_tries_left_of_a_key_are_said(show: Show) -> None:
    assert "That is not its PIN. Type it again. 3 tries left." in said(show(enrolment("enrol-key-pin-present")).view)


def test_digits_typed_on_a_button_go_into_the_field(show: Show) -> None:
    shown = show(enrolment("enrol-code-app"))
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    assert isinstance(focus(), QAbstractButton)
    QTest.keyClicks(focus(), "1")
    QTest.keyClicks(focus(), "23456")
    enter(shown)
    assert entered(shown) == ["123456"]


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
    drawn.window.show_screen(replace(enrolment("enrol-pin"), part=EnrolPin("service", "new", 6, 8, True, TYPED)))
    assert field.count == 4
    drawn.window.show_screen(SAMPLES["locked"])
    assert field.count == 0


def test_the_codes_are_gone_when_another_screen_is_shown(drawn: Drawn) -> None:
    drawn.window.show_screen(enrolment("enrol-codes"))
    settle()
    drawn.window.show_screen(SAMPLES["locked"])
    texts = [label.text() + label.accessibleName() for label in drawn.window.findChildren(QLabel)]
    assert not [text for text in texts if CODES[3].split()[0] in text]


def test_a_part_with_a_secret_does_not_show_it_in_its_repr() -> None:
    for name in ("enrol-codes", "enrol-code-app"):
        assert not any(part in repr(enrolment(name)) for part in (SECRET.split()[0], CODES[0].split()[0]))


@pytest.mark.parametrize("what", ["start_code", "login"])
def test_a_wait_is_said_on_the_screen_where_it_holds(show: Show, what: Literal["start_code", "login"]) -> None:
    part = EnrolWho(what, wait=300)
    view = show(replace(enrolment("enrol-who-code"), part=part, refusal=None)).view
    assert "Too many tries" in said(view)
    offs = [f.off for f in view.findChildren(SecretField) if f.isVisible()]
    offs += [f.placeholderText() for f in view.findChildren(Field) if f.isVisible()]
    assert offs == ["Off for 5 min"]
