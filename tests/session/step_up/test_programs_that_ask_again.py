"""A program asks again and again: it waits longer each time; and one that they silenced asks nothing any more."""

from __future__ import annotations

from kiosk.model.ceremony import Purpose, Why
from kiosk.model.people import Person
from kiosk.model.proof import UidPresented
from kiosk.model.stepup import Asker, Reason, StepUpAsk
from kiosk.session.facts.alarm_names import CoolingName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.events import StepUpRequested, StepUpWithdrawn
from kiosk.session.facts.screens import Active, StepUp
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.shared import silenced_programs
from tests.session.shift import Shift, a_station, answer, asked
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, KEY_OFFER, granted, rung, wants

PAGE = "https://records.hospital.example"


def refuse(shift: Shift, ring: int) -> None:
    """It asks, they refuse, and have their workspace again."""
    shift.happens(rung(ring))
    shift.says(wants(f"u{ring}", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.presses(Button.REFUSE)
    shift.happens(WorkspaceShown("ana"))


def told(shift: Shift, ring: StepUpRequested) -> tuple[Reason | None, int | None]:
    """What the program hears at once."""
    shift.happens(ring)
    said = answer(shift).answer
    return said.reason, said.wait


def cools_off(shift: Shift, login: str = "ana") -> int:
    """Until it may ask again: how many seconds that took."""
    seconds = 0
    while any(cooling.login == login and cooling.left for cooling in shift.watch.state.askers.cooling):
        left = next(cooling.left for cooling in shift.watch.state.askers.cooling if cooling.login == login)
        shift.rings(CoolingName(login))
        seconds += left - next(cooling.left for cooling in shift.watch.state.askers.cooling if cooling.login == login)
    return seconds


def working() -> Shift:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    return shift


def test_each_refusal_keeps_the_next_wish_away_twice_as_long_up_to_five_minutes() -> None:
    shift = working()
    waits = []
    for ring in range(1, 11):
        refuse(shift, 10 * ring)
        assert told(shift, rung(10 * ring + 1))[0] == Reason.TOO_SOON
        waits.append(cools_off(shift))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_it_is_told_for_how_long_and_reported_once_and_then_by_number() -> None:
    shift = working()
    refuse(shift, 1)
    assert told(shift, rung(2)) == (Reason.TOO_SOON, 2)
    assert [report.reason for report in shift.did(ReportEvent)] == ["too_soon"]
    shift.rings(CoolingName("ana"))
    assert told(shift, rung(3)) == (Reason.TOO_SOON, 1)
    assert not shift.did(ReportEvent)
    shift.rings(CoolingName("ana"))
    assert ReportEvent("stepup_refused", None, "too_soon", {"turned_away": "2"}) in shift.orders
    shift.happens(rung(4))
    assert shift.shows(StepUp).another, "and it must not be taken for the one before"


def test_a_wish_that_is_taken_back_counts_as_one_that_is_refused() -> None:
    shift = asked()
    shift.happens(StepUpWithdrawn(1))
    shift.happens(WorkspaceShown("ana"))
    assert told(shift, rung(2, origin=PAGE)) == (Reason.TOO_SOON, 2), "whichever program of theirs it is"


def test_programs_of_the_station_wait_apart() -> None:
    shift = working()
    refuse(shift, 1)
    shift.happens(rung(2, login=None))
    shift.shows(StepUp)


def test_a_granted_wish_ends_the_waiting_and_so_does_a_quiet_while() -> None:
    shift = working()
    refuse(shift, 1)
    cools_off(shift)
    shift.happens(rung(2))
    shift.says(granted("u2", ANA))
    shift.happens(WorkspaceShown("ana"))
    shift.happens(rung(3))
    assert shift.shows(StepUp).another
    shift = working()
    refuse(shift, 1)
    cools_off(shift)
    shift.rings(CoolingName("ana"))
    assert shift.watch.state.askers.cooling == ()


def silenced(origin: str | None = None) -> Shift:
    shift = working()
    shift.happens(rung(1, origin=origin))
    shift.says(wants("u1", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.presses(Button.NOT_ME)
    assert answer(shift).answer.reason == Reason.REFUSED_BY_PERSON
    shift.happens(WorkspaceShown("ana"))
    return shift


def test_not_me_silences_the_program_and_is_reported_with_its_name() -> None:
    shift = working()
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.presses(Button.NOT_ME)
    (report,) = (report for report in shift.did(ReportEvent) if report.action == "not_me")
    assert (report.session, report.reason, report.detail["program"]) == ("s1", "silenced", "export tool")
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).silenced == ("export tool",)
    assert told(shift, rung(2)) == (Reason.SILENCED, None)
    cools_off(shift)
    assert told(shift, rung(3)) == (Reason.SILENCED, None)


def test_an_unregistered_program_does_not_shed_it_by_another_path() -> None:
    shift = silenced()
    other = StepUpRequested(2, StepUpAsk("record.export", "Patient/1", 1), Asker("/tmp/x", 77, 1001, "ana"))
    assert told(shift, other)[0] == Reason.SILENCED


def test_a_registered_program_and_a_page_are_silenced_by_what_they_are() -> None:
    shift = silenced(PAGE)
    cools_off(shift)
    assert told(shift, rung(2, origin=PAGE))[0] == Reason.SILENCED
    known = StepUpRequested(
        3, StepUpAsk("record.export", "Patient/1", 1), Asker("/opt/r", 7, 1001, "ana", program="Records")
    )
    shift.happens(known)
    shift.shows(StepUp)


def test_they_let_them_ask_again_from_the_bar() -> None:
    shift = silenced()
    told(shift, rung(2))
    shift.presses(Button.LET_ASK)
    (report,) = (report for report in shift.did(ReportEvent) if report.action == "not_me")
    assert (report.reason, report.detail) == ("let_ask", {"program": "export tool", "turned_away": "1"})
    assert shift.shows(Active).silenced == ()
    cools_off(shift)
    shift.happens(rung(3))
    shift.shows(StepUp)


def test_a_lock_a_colleague_and_the_end_of_the_programs_do_not_lift_it_and_signing_out_does() -> None:
    shift = silenced()
    shift.presses(Button.LOCK)
    shift.works(BEN, BEN_BADGE)
    shift.presses(Button.LOCK)
    shift.works(ANA, ANA_BADGE)
    assert told(shift, rung(2))[0] == Reason.SILENCED
    shift.hears("end", "s3")
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(3))
    shift.shows(StepUp)


def test_who_silences_many_programs_silences_all_and_nothing_grows() -> None:
    shift = working()
    for number in range(3 * silenced_programs.MAX_SILENCES):
        shift.happens(rung(100 + number, origin=f"https://page{number}.example"))
        if answer_is_open(shift):
            shift.says(wants(f"u{number}", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
            shift.presses(Button.NOT_ME)
            shift.happens(WorkspaceShown("ana"))
        cools_off(shift)
    assert len(shift.watch.state.askers.silences) <= silenced_programs.MAX_SILENCES + 1
    assert told(shift, rung(999, origin="https://new.example"))[0] == Reason.SILENCED


def test_of_more_workspaces_than_are_remembered_the_one_that_may_ask_soonest_is_forgotten() -> None:
    shift = Shift()
    people = [
        Person(f"q{number}", f"nurse{number}", f"Nurse {number}", ())
        for number in range(silenced_programs.MAX_COOLING + 1)
    ]
    for ring, person in enumerate(people, start=1):
        shift.works(person, UidPresented(f"04{ring:06X}"))
        shift.happens(rung(ring, person.login))
        shift.says(wants(f"u{ring}", person, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
        shift.presses(Button.REFUSE)
        shift.happens(WorkspaceShown(person.login))
        shift.presses(Button.LOCK)
    remembered = [cooling.login for cooling in shift.watch.state.askers.cooling]
    assert len(remembered) == silenced_programs.MAX_COOLING
    assert people[-1].login in remembered
    alarms = [name for name, _ in shift.watch.state.timers if isinstance(name, CoolingName)]
    assert len(alarms) == silenced_programs.MAX_COOLING, "nothing rings for who is forgotten"


def answer_is_open(shift: Shift) -> bool:
    return isinstance(shift.screen, StepUp)


def test_a_program_cannot_shorten_how_long_a_prompt_stands() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    assert shift.shows(StepUp).seconds == 120
