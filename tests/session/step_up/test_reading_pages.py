"""What is too much for one look is read page by page, and nothing can be proved before the last page was painted."""

from __future__ import annotations

import pytest

from kiosk.model.ceremony import Purpose, Why
from kiosk.model.consent import lines
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.ceremony_orders import AskChallenge
from kiosk.session.facts.orders import WipeSecret
from kiosk.session.facts.person_input import PageShown, PurposePicked
from kiosk.session.facts.screens import ConsentPage, StepUp
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.step_up.consent import consent_of
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, CODE_OFFER, KEY, KEY_OFFER, rung, wants

PATIENTS = tuple(f"Patient/{number}" for number in range(1, 501))


def asked(patients: tuple[str, ...] = PATIENTS, *purposes: str, purpose: str | None = "transfer of care") -> Shift:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1, patients=patients, purpose=purpose))
    shift.says(wants("u1", ANA, KEY_OFFER, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP, purposes=purposes))
    return shift


def page(shift: Shift) -> ConsentPage:
    shown = shift.shows(StepUp).page
    assert shown is not None
    return shown


def read_on(shift: Shift, language: str = "en") -> None:
    """The window paints the page, and it is read."""
    shift.happens(PageShown(1, page(shift).number, language))
    shift.presses(Button.NEXT)


def test_five_hundred_patients_are_paged_and_counted_and_all_are_read_before_a_method_is_offered() -> None:
    shift = asked()
    read: list[str] = []
    total = page(shift).total
    for number in range(total):
        assert (page(shift).number, shift.shows(StepUp).prove) == (number, None)
        for piece in page(shift).pieces:
            if piece.key == "patient":
                assert (piece.first, piece.total, len(piece.values) <= 8) == (len(read) + 1, 500, True)
                read += piece.values
        read_on(shift)
    assert tuple(read) == PATIENTS
    assert shift.shows(StepUp).page is None
    assert shift.prove.method == Method.FIDO2


def test_every_line_is_on_a_page() -> None:
    shift = asked()
    mode = shift.watch.state.mode
    assert isinstance(mode, StepUpMode)
    said = [(line.key, line.value) for line in lines(consent_of(shift.watch.state, mode))]
    found: list[tuple[str, str]] = []
    for _ in range(page(shift).total):
        found += [(piece.key, value) for piece in page(shift).pieces for value in piece.values]
        read_on(shift)
    assert found == said


def test_a_page_that_was_not_painted_is_not_read() -> None:
    shift = asked(PATIENTS[:30])
    shift.presses(Button.NEXT)
    assert page(shift).number == 0
    shift.happens(PageShown(1, 3, "en"), PageShown(2, 0, "en"))
    shift.presses(Button.NEXT)
    assert page(shift).number == 0
    read_on(shift)
    assert page(shift).number == 1


def test_the_key_waits_until_all_has_been_read() -> None:
    shift = asked(PATIENTS[:30])
    shift.tap()
    assert shift.did(ProbeCard) == []
    shift.types("1234")
    assert shift.did(AskChallenge) == []
    notice = shift.shows(StepUp).notice
    assert notice is not None
    assert notice.key == "notice.held_off"


def test_another_language_in_the_middle_begins_the_reading_again() -> None:
    shift = asked(PATIENTS[:30])
    read_on(shift)
    shift.happens(PageShown(1, 1, "fr"))
    assert page(shift).number == 0
    for _ in range(page(shift).total):
        read_on(shift, "fr")
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    assert shift.did(AskChallenge)[0].language == "fr"


def test_what_was_read_may_be_read_again_and_the_pin_is_forgotten_meanwhile() -> None:
    shift = asked(PATIENTS[:30])
    for _ in range(page(shift).total):
        read_on(shift)
    assert shift.shows(StepUp).again
    secret = shift.types("1234")
    shift.presses(Button.READ_AGAIN)
    assert page(shift).number == 0
    assert WipeSecret(secret) in shift.orders
    assert shift.did(AskChallenge) == []
    assert page(shift).painted
    for _ in range(page(shift).total):
        shift.presses(Button.NEXT)
    assert (shift.prove.stage, shift.prove.method) == ("type", Method.FIDO2)


def test_reading_again_lets_go_of_the_key_that_lies_there() -> None:
    shift = asked(PATIENTS[:30])
    for _ in range(page(shift).total):
        read_on(shift)
    number = shift.tap()
    shift.reads(KEY)
    shift.presses(Button.READ_AGAIN)
    assert DropCard(number) in shift.orders


def test_the_purpose_comes_first_and_is_read_with_the_rest() -> None:
    shift = asked(PATIENTS[:30], "care", "audit", purpose=None)
    assert shift.shows(StepUp).purposes == ("care", "audit")
    assert shift.shows(StepUp).page is None
    shift.happens(PurposePicked("audit"))
    read: list[tuple[str, ...]] = []
    for _ in range(page(shift).total):
        read += [piece.values for piece in page(shift).pieces if piece.key == "purpose"]
        read_on(shift)
    assert read == [("audit",)]
    assert shift.prove.method == Method.FIDO2


@pytest.mark.parametrize("purpose", ["trans\u200bfer", "c\u0430re", "a  b", "e\u0301"])
def test_a_purpose_that_cannot_be_drawn_as_it_would_be_signed_is_not_taken(purpose: str) -> None:
    shift = asked((), "care", purpose=None)
    shift.happens(PurposePicked(purpose))
    assert shift.shows(StepUp).prove is None
    notice = shift.shows(StepUp).notice
    assert notice is not None
    assert notice.key == "notice.purpose_not_drawable"


def test_a_page_may_be_turned_back_and_what_was_read_stays_read() -> None:
    shift = asked(PATIENTS[:30])
    read_on(shift)
    assert page(shift).number == 1
    shift.presses(Button.BACK)
    assert page(shift).number == 0
    shift.presses(Button.BACK)
    assert page(shift).number == 0
    shift.presses(Button.NEXT)
    assert page(shift).number == 1


def test_another_purpose_after_all_was_read_is_read_with_the_rest_before_anything_is_signed() -> None:
    shift = asked(PATIENTS[:30], "transfer of care", "research")
    for _ in range(page(shift).total):
        read_on(shift)
    assert shift.prove.method == Method.FIDO2
    shift.happens(PurposePicked("research"))
    assert page(shift).number == 0
    assert shift.shows(StepUp).prove is None
