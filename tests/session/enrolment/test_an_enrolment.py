"""An enrolment as a whole: what may be chosen, its end, and what they are told of their keys later."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import ProbeCard
from kiosk.session.facts.enrolment_orders import ChooseKind
from kiosk.session.facts.enrolment_screens import EnrolDone, MyKeys
from kiosk.session.facts.screens import Active
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import Cover
from tests.session.enrolments import factors, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, opened, session

BADGE, BY_KEY = FactorKind.BADGE, FactorKind.KEY


def test_where_the_service_lets_it_end_nothing_more_is_offered() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE, kinds=()))
    assert not shift.part(EnrolDone).more
    shift.presses(Button.MORE)
    assert not shift.did(ChooseKind)


def test_what_does_not_sign_in_alone_is_said_as_the_service_says_it() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE, signs_in=False))
    assert not shift.part(EnrolDone).signs_in


def test_at_the_summary_a_tap_is_a_tap_again() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.DONE))
    shift.tap()
    assert shift.name == "reading"
    shift = EnrolShift()
    shift.adding(BADGE, EnrolStep.DONE)
    shift.tap()
    assert shift.name == "opening"
    shift.happens(WorkspaceShown("ana"))
    assert shift.did(ProbeCard), "it is looked at once they have their workspace back"


def test_the_bar_says_which_keys_are_missing_until_they_are_there() -> None:
    shift = EnrolShift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", replace(session(1, ANA), keys_missing=2)))
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).keys_missing == 2
    shift.presses(Button.MY_KEYS)
    shift.list_comes(factors(missing=2))
    assert shift.shows(MyKeys).keys_missing == 2
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.DONE, BY_KEY, keys_missing=1))
    assert shift.part(EnrolDone).keys_missing == 1
    shift.presses(Button.DONE)
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).keys_missing == 1


def test_at_their_sign_in_they_hear_what_was_done_to_their_keys() -> None:
    shift = EnrolShift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", replace(session(1, ANA), news=("added", "lost"))))
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.news_lost"


def test_the_workspace_is_covered_meanwhile_and_comes_back_after() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    assert not shift.watch.uncovered
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE))
    assert Cover() not in shift.orders
    shift.presses(Button.CANCEL)
    assert shift.name == "opening"
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).notice is not None


def test_their_kind_is_chosen_of_what_is_offered() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE, kinds=(BADGE, BY_KEY)))
    shift.picks(FactorKind.PIN)
    assert not shift.did(ChooseKind)
    shift.picks(BY_KEY)
    assert shift.did(ChooseKind)[0].kind == BY_KEY
