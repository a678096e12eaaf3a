"""A PIN, a code app or recovery codes are enrolled."""

from __future__ import annotations

from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind, Seen
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_orders import SendMade, SendNewPin, SendTyped
from kiosk.session.facts.enrolment_screens import (
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolPhone,
    EnrolPin,
    EnrolTypeCode,
)
from kiosk.session.facts.events import Printed
from kiosk.session.facts.orders import PrintCodes
from kiosk.session.facts.station_news import Started
from tests.session.enrolments import view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, STATION


def test_a_pin_is_typed_twice_and_the_service_compares() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PIN)
    asked = shift.part(EnrolPin)
    assert (asked.of, asked.purpose, asked.digits_only) == ("service", "new", True)
    assert (asked.shortest, asked.longest) == (6, 12)
    entry = asked.entry
    assert shift.types("480216") is shift.asked(SendNewPin).secret
    shift.hears_of(view(EnrolStep.TRY, FactorKind.PIN))
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).entry != entry) == ("again", True)
    shift.types("480217")
    assert shift.did(SendTyped)
    shift.hears_of(view(EnrolStep.MAKE, FactorKind.PIN, refusal=EnrolRefusal(EnrolRefusalCode.PIN_DIFFERS)))
    assert shift.part(EnrolPin).purpose == "new"
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.PIN_DIFFERS)


def test_a_code_app_is_shown_and_tried_on_one_screen() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.CODE_APP)
    assert shift.did(SendMade)[0].made == Seen()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.CODE_APP))
    assert (shift.part(EnrolCodeApp).secret, shift.wizard.at) == ("ABCD EFGH", "new")
    shift.types("123456")
    shift.hears_of(view(EnrolStep.TRY, FactorKind.CODE_APP, refusal=EnrolRefusal(EnrolRefusalCode.WRONG_CODE)))
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.WRONG_CODE)
    shift.types("654321")
    assert not shift.wizard.refusal
    shift.hears_of(view(EnrolStep.DONE, FactorKind.CODE_APP))
    shift.part(EnrolDone)


def test_a_phone_is_paired_by_its_code_and_the_number_that_it_shows() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PHONE)
    assert shift.did(SendMade)[0].made == Seen()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.PHONE))
    assert (shift.part(EnrolPhone).uri, shift.wizard.at) == ("https://auth.hospital.example/phone#abc", "new")
    assert "abc" not in repr(shift.screen) and "abc" not in repr(shift.watch.state)
    shift.types("123456")
    assert shift.did(SendTyped)
    # A third wrong number: the service makes it anew, and the station shows the new code at once.
    wrong = EnrolRefusal(EnrolRefusalCode.WRONG_CODE)
    shift.hears_of(view(EnrolStep.MAKE, FactorKind.PHONE, refusal=wrong))
    assert shift.did(SendMade)[0].made == Seen()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.PHONE))
    shift.types("654321")
    shift.hears_of(view(EnrolStep.DONE, FactorKind.PHONE))
    shift.part(EnrolDone)


def test_recovery_codes_are_printed_and_one_is_typed() -> None:
    shift = EnrolShift()
    shift.happens(Started(STATION, can_print=True))
    shift.adding(FactorKind.RECOVERY_CODES)
    assert (len(shift.part(EnrolCodes).codes), shift.part(EnrolCodes).can_print) == (10, True)
    shift.presses(Button.PRINT)
    assert shift.did(PrintCodes)[0].person == ANA
    shift.happens(Printed(shift.last_turn(), True))
    assert shift.part(EnrolCodes).printed
    shift.presses(Button.NEXT)
    assert shift.did(SendMade)[0].made == Seen()
    shift.hears_of(view(EnrolStep.TRY, FactorKind.RECOVERY_CODES))
    assert shift.part(EnrolTypeCode).number == 4
    shift.types("1234 5678 9012 3456 7890")
    shift.hears_of(view(EnrolStep.DONE, FactorKind.RECOVERY_CODES))
    assert shift.part(EnrolDone).used == 4, "the one that was typed is used up"


def test_a_printer_that_does_not_take_it_is_said_and_without_one_nothing_is_offered() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.RECOVERY_CODES)
    shift.presses(Button.PRINT)
    assert not shift.did(PrintCodes)
    shift = EnrolShift()
    shift.happens(Started(STATION, can_print=True))
    shift.adding(FactorKind.RECOVERY_CODES)
    shift.presses(Button.PRINT)
    shift.happens(Printed(shift.last_turn(), False))
    assert not shift.part(EnrolCodes).printed
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "notice.not_printed"
