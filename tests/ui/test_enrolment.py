"""The parts of an enrolment: what each says, what its buttons and the keyboard do, and what it forgets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, FactorKind
from kiosk.service.ceremonies.keyjudge import Fault
from kiosk.service.store import recovery_codes, start_codes
from kiosk.session.enrol_screens import EnrolCodes, EnrolHold, Enrolment, EnrolPin, EnrolSecond, EnrolWho
from kiosk.session.events import Button, Event, KindPicked, LoginTyped, Pressed, Typed
from kiosk.ui.enrol_samples import CODES, SECRET
from kiosk.ui.parts.choice import Choice
from kiosk.ui.parts.entry import RECOVERY_DIGITS, START_CODE_DIGITS
from kiosk.ui.parts.field import SecretField
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.parts.steps import Steps
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import draw
from kiosk.ui.words import LANGUAGES, Words
from tests.fakes.screens import Drawn, Show, Shown, settle

ENROLMENTS = {name: screen for name, screen in SAMPLES.items() if isinstance(screen, Enrolment)}
CODE = "123456789012"


def sample(name: str) -> Enrolment:
    return ENROLMENTS[name]


def focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def said(view: QWidget) -> str:
    """All that stands on the screen."""
    return " | ".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def press(shown: Shown, words: str) -> None:
    button = next(b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.accessibleName() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def enter(shown: Shown) -> list[Event]:
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    return shown.events


@pytest.mark.parametrize("name", ENROLMENTS)
def test_a_screen_reader_hears_which_step_of_how_many(show: Show, name: str) -> None:
    screen = sample(name)
    steps = show(screen).view.findChild(Steps)
    assert steps is not None
    spoken = QAccessible.queryAccessibleInterface(steps)
    assert spoken.role() == QAccessible.Role.StaticText
    words = {"who": "Who you are", "proof": "Proof", "new": "The new one", "try": "Try it", "done": "Done"}
    at = ("who", "proof", "done") if name == "enrol-done-lost" else tuple(words)
    place = at.index(screen.at) + 1
    assert spoken.text(QAccessible.Text.Name) == f"Step {place} of {len(at)}: {words[screen.at]}"


def test_the_name_of_the_one_who_acts_stands_on_top(show: Show) -> None:
    vouching = said(show(sample("enrol-vouch")).view)
    assert vouching.index("Ben Chen") < vouching.index("You vouch that this is Dr. Maximiliana")
    assert "Vouched for by | Ben Chen" in said(show(sample("enrol-hold")).view)


@pytest.mark.parametrize("code", EnrolRefusalCode)
@pytest.mark.parametrize("name", ["enrol-hold", "enrol-choose", "enrol-pin", "enrol-second", "enrol-codes"])
def test_every_refusal_is_said_where_it_happened(show: Show, name: str, code: EnrolRefusalCode) -> None:
    view = show(replace(sample(name), refusal=EnrolRefusal(code, wait=30))).view
    assert Words("en")(f"enrol_refusal.{code}", wait=30) in said(view)


@pytest.mark.parametrize("fault", Fault)
def test_a_key_that_is_not_accepted_is_told_why(show: Show, fault: Fault) -> None:
    refusal = EnrolRefusal(EnrolRefusalCode.KEY_REFUSED, fault=fault)
    assert Words("en")(f"enrol.fault.{fault}") in said(show(replace(sample("enrol-hold"), refusal=refusal)).view)


def test_a_fault_of_tomorrow_is_still_a_sentence(show: Show) -> None:
    refusal = EnrolRefusal(EnrolRefusalCode.KEY_REFUSED, fault="quantum")
    shown = show(replace(sample("enrol-hold"), refusal=refusal))
    assert Words("en")("enrol_refusal.key_refused") in said(shown.view)


@pytest.mark.parametrize("trouble", CardTrouble)
def test_every_trouble_of_a_card_is_said(show: Show, trouble: CardTrouble) -> None:
    words = Words("en")
    own = f"enrol.card.{trouble}"
    expected = words(own if words.has(own) else f"card.{trouble}")
    assert expected in said(show(replace(sample("enrol-hold"), part=EnrolHold(False, trouble=trouble))).view)


@pytest.mark.parametrize("why", ["no_factor", "start_code", "policy", "badge_of_another", "privileged"])
@pytest.mark.parametrize("may", ["supervisor", "colleague", "owner_or_supervisor"])
def test_asking_a_colleague_says_who_and_why(show: Show, may: str, why: str) -> None:
    part = EnrolSecond(may, why)  # type: ignore[arg-type]
    text = said(show(replace(sample("enrol-second"), part=part)).view)
    words = Words("en")
    assert all(words(f"enrol.second.{key}") in text for key in (f"title.{may}", f"may.{may}", f"why.{why}"))


@pytest.mark.parametrize(
    ("name", "button"),
    [(name, Button.DONE if name.startswith("enrol-done") else Button.CANCEL) for name in ENROLMENTS],
)
def test_escape_leaves(show: Show, name: str, button: Button) -> None:
    shown = show(sample(name))
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert shown.events == [Pressed(button)]


@pytest.mark.parametrize("name", ENROLMENTS)
def test_back_is_there_where_there_is_a_step_back(show: Show, name: str) -> None:
    shown = show(sample(name))
    there = [b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.text() == "Back"]
    assert bool(there) is sample(name).back
    for button in there:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert shown.events == [Pressed(Button.BACK)]


@pytest.mark.parametrize(
    ("name", "words", "button"),
    [
        ("enrol-who", "I have a start code", Button.TYPE_START_CODE),
        ("enrol-who", "Type my sign-in name", Button.TYPE_LOGIN),
        ("enrol-hold", "My key is plugged in by USB", Button.USB_KEY),
        ("enrol-codes", "Print", Button.PRINT),
        ("enrol-codes", "I have them", Button.NEXT),
        ("enrol-done", "Add another", Button.MORE),
        ("enrol-done", "Finish", Button.DONE),
        ("enrol-hold", "Cancel", Button.CANCEL),
    ],
)
def test_a_touch_posts_what_it_says(show: Show, name: str, words: str, button: Button) -> None:
    shown = show(sample(name))
    press(shown, words)
    assert shown.events == [Pressed(button)]


def test_nothing_is_printed_where_there_is_no_printer(show: Show) -> None:
    view = show(sample("enrol-codes-screen")).view
    assert not [b for b in view.findChildren(QAbstractButton) if b.isVisible() and b.text() == "Print"]


def test_a_kind_is_picked_by_keyboard_and_by_touch(show: Show) -> None:
    shown = show(sample("enrol-choose"))
    assert enter(shown) == [KindPicked(FactorKind.BADGE)]
    while not focus().accessibleName().startswith("Code app"):
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    key = next(c for c in shown.view.findChildren(Choice) if c.accessibleName().startswith("Security key"))
    QTest.mouseClick(key, Qt.MouseButton.LeftButton)
    assert shown.events[1:] == [KindPicked(FactorKind.CODE_APP), KindPicked(FactorKind.KEY)]


def test_only_what_may_be_added_is_offered(show: Show) -> None:
    view = show(sample("enrol-choose-refused")).view
    offered = [c.accessibleName().split(".")[0] for c in view.findChildren(Choice) if c.isVisible()]
    assert offered == ["Badge", "Temporary badge", "Security key", "Smart card"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)], ids=str)
def test_a_choice_shows_every_word(show: Show, language: str, size: tuple[int, int]) -> None:
    for choice in show(sample("enrol-choose"), size, language=language).view.findChildren(Choice):
        assert choice.fits(), choice.accessibleName()


def test_enter_finishes_but_what_is_missing_comes_first(show: Show) -> None:
    assert enter(show(sample("enrol-done-badge"))) == [Pressed(Button.DONE)]
    assert enter(show(sample("enrol-done"))) == [Pressed(Button.MORE)]


def test_enter_does_not_leave_the_codes_that_show_only_once(show: Show) -> None:
    assert enter(show(sample("enrol-codes"))) == []


def test_a_start_code_counts_its_digits_and_is_given_whole(show: Show) -> None:
    shown = show(sample("enrol-who-code"))
    QTest.keyClicks(focus(), CODE[:8])
    assert "8 of 12 digits" in said(shown.view)
    assert enter(shown) == []
    assert "12 characters are needed" in said(shown.view)
    QTest.keyClicks(focus(), CODE[8:] + "99")
    assert [event.secret.reveal() for event in enter(shown) if isinstance(event, Typed)] == [CODE]


def test_the_counted_codes_are_as_long_as_the_service_makes_them() -> None:
    assert (START_CODE_DIGITS, RECOVERY_DIGITS) == (start_codes.DIGITS, recovery_codes.DIGITS)


def test_a_name_is_typed_in_the_open_and_empties_for_the_next_person(show: Show) -> None:
    shown = show(sample("enrol-who-login"))
    QTest.keyClicks(focus(), "alopez")
    assert enter(shown) == [LoginTyped("alopez")]
    draw(shown.view, sample("enrol-hold"))
    draw(shown.view, sample("enrol-who-login"))
    assert all(not field.text() for field in shown.view.findChildren(QLineEdit))


def test_the_rules_of_a_pin_stand_there_before_it_is_typed(show: Show) -> None:
    assert "6 to 8 digits." in said(show(sample("enrol-pin")).view)
    assert "At least 4 characters; letters count too." in said(show(sample("enrol-key-pin")).view)
    exactly = replace(sample("enrol-pin"), part=EnrolPin("service", "new", 6, 6, True))
    assert "Exactly 6 digits." in said(show(exactly).view)


def test_a_pin_too_short_costs_no_try_and_a_longer_one_is_cut(show: Show) -> None:
    shown = show(sample("enrol-pin"))
    QTest.keyClicks(focus(), "12345")
    assert enter(shown) == []
    QTest.keyClicks(focus(), "67890")
    assert [event.secret.reveal() for event in enter(shown) if isinstance(event, Typed)] == ["12345678"]


def test_another_pin_never_begins_with_what_was_typed_for_the_first(show: Show) -> None:
    shown = show(sample("enrol-pin"))
    QTest.keyClicks(focus(), "4711")
    draw(shown.view, sample("enrol-pin-again"))
    assert all(not field.text() for field in shown.view.findChildren(SecretField))


def test_tries_left_of_a_key_are_said(show: Show) -> None:
    assert "That is not its PIN. Type it again. 3 tries left." in said(show(sample("enrol-key-pin-present")).view)


def test_digits_typed_on_a_button_go_into_the_field(show: Show) -> None:
    shown = show(sample("enrol-code-app"))
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    assert isinstance(focus(), QAbstractButton)
    QTest.keyClicks(focus(), "1")
    QTest.keyClicks(focus(), "23456")
    assert [event.secret.reveal() for event in enter(shown) if isinstance(event, Typed)] == ["123456"]


def test_while_it_is_checked_nothing_can_be_typed(show: Show) -> None:
    shown = show(sample("enrol-card-pin"))
    QTest.keyClicks(focus(), "123456")
    assert enter(shown) == []


def test_the_keyboard_stays_where_it_was_put_while_the_same_part_changes_around_it(show: Show) -> None:
    shown = show(sample("enrol-done"))
    while focus().accessibleName() != "Finish":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    draw(shown.view, replace(sample("enrol-done"), seconds=500))
    shown.view.focus_act()
    assert focus().accessibleName() == "Finish"


def test_the_codes_are_numbered_and_in_groups_of_four(show: Show) -> None:
    view = show(sample("enrol-codes")).view
    names = [label.accessibleName() for label in view.findChildren(QLabel) if label.isVisible()]
    assert [f"{n}: {'  '.join(code.split())}" for n, code in enumerate(CODES, 1)] == [
        n for n in names if n[:1].isdigit()
    ]


def test_codes_that_come_ungrouped_are_grouped(show: Show) -> None:
    part = EnrolCodes(("12345678901234567890",), False)
    assert "1234  5678  9012  3456  7890" in said(show(replace(sample("enrol-codes"), part=part)).view)


def test_a_secret_that_was_shown_is_gone_with_its_part(show: Show) -> None:
    for name, secret in (("enrol-codes", CODES[0].split()[0]), ("enrol-code-app", SECRET.split()[0])):
        shown = show(sample(name))
        assert secret in said(shown.view)
        draw(shown.view, sample("enrol-busy"))
        settle()
        left = [t for label in shown.view.findChildren(QLabel) for t in (label.text(), label.accessibleName())]
        assert not [text for text in left if secret in text]
        codes = shown.view.findChildren(QrCode)
        assert all(not code._uri and not code._rows for code in codes)


def test_what_was_typed_is_gone_when_another_screen_is_shown(drawn: Drawn) -> None:
    drawn.window.show_screen(sample("enrol-pin"))
    settle()
    field = next(f for f in drawn.window.findChildren(SecretField) if f.isVisible())
    field.take("4711")
    drawn.window.show_screen(SAMPLES["locked"])
    assert field.text() == ""


def test_the_codes_are_gone_when_another_screen_is_shown(drawn: Drawn) -> None:
    drawn.window.show_screen(sample("enrol-codes"))
    settle()
    drawn.window.show_screen(SAMPLES["locked"])
    texts = [label.text() + label.accessibleName() for label in drawn.window.findChildren(QLabel)]
    assert not [text for text in texts if CODES[3].split()[0] in text]


def test_a_part_with_a_secret_does_not_show_it_in_its_repr() -> None:
    for name in ("enrol-codes", "enrol-code-app"):
        assert not any(part in repr(sample(name)) for part in (SECRET.split()[0], CODES[0].split()[0]))


@pytest.mark.parametrize(("seconds", "shown"), [(600, False), (121, False), (75, True)])
def test_the_time_left_is_shown_when_it_is_short(show: Show, seconds: int, shown: bool) -> None:
    assert ("1:15" in said(show(replace(sample("enrol-hold"), seconds=seconds)).view)) is shown


def test_a_wait_is_said_on_the_screen_where_it_holds(show: Show) -> None:
    part = EnrolWho("start_code", wait=300)
    assert "Wait 5 min" in said(show(replace(sample("enrol-who-code"), part=part, refusal=None)).view)
