"""The parts of an enrolment: what each says, what its buttons and the keyboard do, and what it forgets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, FactorKind
from kiosk.service.proofs.authenticator_policy import KeyFault
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.enrolment_screens import EnrolHold, Enrolment, EnrolSecond
from kiosk.session.facts.person_input import KindPicked
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.screens import Active
from kiosk.ui.parts.choice import Choice
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.parts.steps import Steps
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import draw
from kiosk.ui.words import LANGUAGES, Words
from tests.fakes.screens import Show, Shown, enrolment, enter, focus, said

ENROLMENTS = {name: screen for name, screen in SAMPLES.items() if isinstance(screen, Enrolment)}


def press(shown: Shown, words: str) -> None:
    button = next(b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.accessibleName() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_a_screen_reader_hears_which_step_of_how_many(show: Show, subtests: pytest.Subtests) -> None:
    words = {"who": "Who you are", "proof": "Proof", "new": "The new one", "try": "Try it", "done": "Done"}
    for name, screen in ENROLMENTS.items():
        with subtests.test(name):
            show.done()
            steps = show(screen).view.findChild(Steps)
            assert steps is not None
            spoken = QAccessible.queryAccessibleInterface(steps)
            assert spoken.role() == QAccessible.Role.StaticText
            at = ("who", "proof", "done") if name == "enrol-done-lost" else tuple(words)
            place = at.index(screen.at) + 1
            assert spoken.text(QAccessible.Text.Name) == f"Step {place} of {len(at)}: {words[screen.at]}"


def test_the_name_of_the_one_who_acts_stands_on_top(show: Show) -> None:
    vouching = said(show(enrolment("enrol-vouch")).view)
    assert vouching.index("Ben Chen") < vouching.index("You vouch for Dr. Maximiliana")
    assert "Vouched for by | Ben Chen" in said(show(enrolment("enrol-hold")).view)


def test_the_owner_of_a_badge_reads_that_it_is_given_away(show: Show) -> None:
    moving = said(show(enrolment("enrol-vouch-moves")).view)
    assert "This badge goes to Dr. Maximiliana" in moving
    assert "yours, or somebody else's" in moving
    assert "You vouch for" not in moving


def test_whoever_vouches_reads_for_what(show: Show) -> None:
    for kind, what in ((FactorKind.KEY, "New security key"), (FactorKind.PIN, "New PIN")):
        vouching = said(show(replace(enrolment("enrol-vouch"), kind=kind)).view)
        assert f"{what}: you confirm that it is for the person before you" in vouching


@pytest.mark.parametrize("name", ["enrol-hold", "enrol-choose", "enrol-pin", "enrol-second", "enrol-codes"])
def test_every_refusal_is_said_where_it_happened(show: Show, name: str, subtests: pytest.Subtests) -> None:
    for code in EnrolRefusalCode:
        with subtests.test(code.value):
            show.done()
            view = show(replace(enrolment(name), refusal=EnrolRefusal(code, wait=30))).view
            # It is the colleague who was not recognised, not the one who enrols.
            own = name == "enrol-second" and code is EnrolRefusalCode.UNKNOWN
            assert Words("en")("enrol.second.unknown" if own else f"enrol_refusal.{code}", wait=30) in said(view)


@pytest.mark.parametrize("fault", KeyFault)
def test_a_key_that_is_not_accepted_is_told_why(show: Show, fault: KeyFault) -> None:
    refusal = EnrolRefusal(EnrolRefusalCode.KEY_REFUSED, fault=fault)
    assert Words("en")(f"enrol.fault.{fault}") in said(show(replace(enrolment("enrol-hold"), refusal=refusal)).view)


def test_a_fault_of_tomorrow_is_still_a_sentence(show: Show) -> None:
    refusal = EnrolRefusal(EnrolRefusalCode.KEY_REFUSED, fault="quantum")
    shown = show(replace(enrolment("enrol-hold"), refusal=refusal))
    assert Words("en")("enrol_refusal.key_refused") in said(shown.view)


def test_every_trouble_of_a_card_is_said(show: Show, subtests: pytest.Subtests) -> None:
    words = Words("en")
    for trouble in CardTrouble:
        with subtests.test(trouble.value):
            show.done()
            own = f"enrol.card.{trouble}"
            expected = words(own if words.has(own) else f"card.{trouble}")
            hold = replace(enrolment("enrol-hold"), part=EnrolHold(False, trouble=trouble))
            assert expected in said(show(hold).view)


@pytest.mark.parametrize("why", ["no_factor", "start_code", "policy", "badge_of_another", "privileged"])
@pytest.mark.parametrize("may", ["supervisor", "colleague", "owner_or_supervisor"])
def test_asking_a_colleague_says_who_and_why(show: Show, may: str, why: str) -> None:
    part = EnrolSecond(may, why)  # type: ignore[arg-type]
    text = said(show(replace(enrolment("enrol-second"), part=part)).view)
    words = Words("en")
    assert all(words(f"enrol.second.{key}") in text for key in (f"title.{may}", f"may.{may}", f"why.{why}"))


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_escape_leaves(show: Show, subtests: pytest.Subtests) -> None:
    for name, screen in ENROLMENTS.items():
        with subtests.test(name):
            show.done()
            shown = show(screen)
            QTest.keyClick(focus(), Qt.Key.Key_Escape)
            assert shown.events == [Pressed(Button.DONE if name.startswith("enrol-done") else Button.CANCEL)]


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_back_is_there_where_there_is_a_step_back(show: Show, subtests: pytest.Subtests) -> None:
    for name, screen in ENROLMENTS.items():
        with subtests.test(name):
            show.done()
            shown = show(screen)
            there = [b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.text() == "Back"]
            assert bool(there) is screen.back
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
    shown = show(enrolment(name))
    press(shown, words)
    assert shown.events == [Pressed(button)]


def test_nothing_is_printed_where_there_is_no_printer(show: Show) -> None:
    view = show(enrolment("enrol-codes-screen")).view
    assert not [b for b in view.findChildren(QAbstractButton) if b.isVisible() and b.text() == "Print"]


def test_a_kind_is_picked_by_keyboard_and_by_touch(show: Show) -> None:
    shown = show(enrolment("enrol-choose"))
    assert enter(shown) == [KindPicked(FactorKind.BADGE)]
    while not focus().accessibleName().startswith("Code app"):
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    key = next(c for c in shown.view.findChildren(Choice) if c.accessibleName().startswith("Security key"))
    QTest.mouseClick(key, Qt.MouseButton.LeftButton)
    assert shown.events[1:] == [KindPicked(FactorKind.CODE_APP), KindPicked(FactorKind.KEY)]


def test_enter_typed_for_the_page_before_presses_nothing(show: Show) -> None:
    shown = show(enrolment("enrol-choose"))
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == []
    assert enter(shown) == [KindPicked(FactorKind.BADGE)]


def test_whoever_walked_to_a_button_need_not_wait(show: Show) -> None:
    shown = show(enrolment("enrol-choose"))
    before = focus()
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert focus() is not before
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert len(shown.events) == 1


def test_only_what_may_be_added_is_offered(show: Show) -> None:
    view = show(enrolment("enrol-choose-refused")).view
    offered = [c.accessibleName().split(".")[0] for c in view.findChildren(Choice) if c.isVisible()]
    assert offered == ["Badge", "Temporary badge", "Security key", "Smart card"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)], ids=str)
def test_a_choice_shows_every_word(show: Show, language: str, size: tuple[int, int]) -> None:
    for choice in show(enrolment("enrol-choose"), size, language=language).view.findChildren(Choice):
        assert choice.fits(), choice.accessibleName()


def test_enter_finishes_but_what_is_missing_comes_first(show: Show) -> None:
    assert enter(show(enrolment("enrol-done-badge"))) == [Pressed(Button.DONE)]
    assert enter(show(enrolment("enrol-done"))) == [Pressed(Button.MORE)]
    assert enter(show(enrolment("enrol-done-alone"))) == [Pressed(Button.MORE)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "notice",
    [
        notices.ENROL_CANCELLED,
        notices.ENROL_MORE_CANCELLED,
        notices.ENROL_MORE_EXPIRED,
        notices.ENROL_LOST,
        notices.ENROL_UNSURE,
        notices.ENROL_UNCLEAR,
        notices.ENROL_OUT_OF_STEP,
        notices.KEYS_GONE,
    ],
    ids=lambda notice: str(notice.key),
)
def test_how_it_ended_leaves_room_for_my_keys_on_the_bar(show: Show, language: str, notice: Notice) -> None:
    active = SAMPLES["active"]
    assert isinstance(active, Active)
    bar = show(replace(active, notice=notice), language=language).view
    there = [b.accessibleName() for b in bar.findChildren(QAbstractButton) if b.isVisible()]
    assert Words(language)("bar.my_keys") in there


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_sends_them_to_my_keys_moves_no_button_of_the_bar(show: Show, language: str) -> None:
    active = SAMPLES["active"]
    assert isinstance(active, Active)

    def buttons(notice: Notice | None) -> dict[str, int]:
        bar = show(replace(active, notice=notice), language=language).view
        return {b.accessibleName(): b.geometry().x() for b in bar.findChildren(QAbstractButton) if b.isVisible()}

    assert buttons(notices.NEWS["required"]) == buttons(None)
    assert Words(language)("bar.my_keys") in buttons(None)


def test_with_a_badge_alone_it_says_that_they_cannot_sign_in_yet(show: Show) -> None:
    alone = Words("en")("enrol.done.alone")
    assert alone in said(show(enrolment("enrol-done-alone")).view)
    assert alone not in said(show(enrolment("enrol-done-badge")).view)


def test_the_code_that_was_typed_is_to_be_crossed_out(show: Show) -> None:
    assert Words("en")("enrol.done.code_used", n=7) in said(show(enrolment("enrol-done-codes")).view)


@pytest.mark.parametrize("name", ["enrol-prove-blocked", "second-factor-blocked"])
def test_for_what_is_blocked_there_is_no_field_and_no_count(show: Show, name: str) -> None:
    view = show(SAMPLES[name]).view
    text = said(view)
    assert Words("en")("prove.blocked.key") in text
    assert Words("en")("prove.ends.pin_blocked_key") in text
    assert "0 tries" not in text
    assert not [field for field in view.findChildren(SecretField) if field.isVisible()]
    assert not [b for b in view.findChildren(QAbstractButton) if b.isVisible() and b.text() == "Confirm"]


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)], ids=str)
@pytest.mark.parametrize("name", ["enrol-key-pin-last", "enrol-prove-last-try", "second-factor-last-try"])
def test_a_picture_is_whole_or_not_there(show: Show, name: str, size: tuple[int, int]) -> None:
    for picture in show(SAMPLES[name], size, language="fr").view.findChildren(Picture):
        room = picture.parentWidget()
        assert room is not None
        assert not picture.isVisible() or room.rect().contains(picture.geometry())


def test_enter_does_not_leave_the_codes_that_show_only_once(show: Show) -> None:
    assert enter(show(enrolment("enrol-codes"))) == []


def test_the_keyboard_stays_where_it_was_put_while_the_same_part_changes_around_it(show: Show) -> None:
    shown = show(enrolment("enrol-done"))
    while focus().accessibleName() != "Finish":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    draw(shown.view, replace(enrolment("enrol-done"), seconds=500))
    shown.view.focus_act()
    assert focus().accessibleName() == "Finish"


@pytest.mark.parametrize(("seconds", "shown"), [(600, False), (75, False), (60, True)])
def test_the_time_left_is_shown_when_it_is_short(show: Show, seconds: int, shown: bool) -> None:
    assert ("1:00" in said(show(replace(enrolment("enrol-hold"), seconds=seconds)).view)) is shown
