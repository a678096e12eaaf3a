"""A server asks by the service: its question stands as a program's wish does, and it is held off in the same ways."""

from __future__ import annotations

from kiosk.model.ceremony import CeremonyView, Purpose, Why
from kiosk.model.consent import ConsentLine
from kiosk.model.stepup import Asker, StepUpAsk
from kiosk.session.facts.alarm_names import AlarmName, CoolingName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.ceremony_orders import BeginStepUp, CancelCeremony
from kiosk.session.facts.events import StepUpRequested
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, StepUp
from kiosk.session.facts.session_orders import DeclineQuestion, ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, KEY_OFFER, granted, rung, wants

ASK = StepUpAsk("app.sign_in", "Chart", 0, audience="urn:chart")
COOLING = CoolingName("server:Chart:ana")


def question(number: int, asked: str = "q1", server: str = "Chart", login: str = "ana") -> StepUpRequested:
    """The service tells of a server's question."""
    return StepUpRequested(-number, ASK, Asker("", 0, 0, login, server=server, asked=asked), 90)


def shown(ceremony: str, message: str | None = None) -> CeremonyView:
    """The service says what is to be shown of it."""
    view = wants(ceremony, ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP)
    return CeremonyView(
        **{
            **{name: getattr(view, name) for name in CeremonyView.__dataclass_fields__},
            "audience": "urn:chart",
            "server": "Chart",
            "message": message,
        }
    )


def working() -> Shift:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    return shift


def held_off(shift: Shift, asked: StepUpRequested) -> None:
    """Nothing comes of it, and nobody is told: the service tells of it again while it stands."""
    before = shift.screen
    orders = shift.happens(asked)
    assert [type(order) for order in orders] == [AnswerStepUp]
    assert shift.screen == before


def refused(shift: Shift, number: int) -> None:
    shift.happens(question(number, f"q{number}"))
    shift.says(shown(f"u{number}"))
    shift.presses(Button.REFUSE)
    shift.happens(WorkspaceShown("ana"))


def test_who_asks_and_what_to_compare_is_read_first() -> None:
    shift = working()
    shift.happens(question(1))
    (begun,) = shift.did(BeginStepUp)
    assert (begun.request.asked, begun.request.program, begun.request.ask) == ("q1", "", ASK)
    shift.says(shown("u1", "code 4711"))
    lines = shift.shows(StepUp).lines
    assert lines[:3] == (
        ConsentLine("action", "app.sign_in"),
        ConsentLine("server", "Chart"),
        ConsentLine("message", "code 4711"),
    )
    assert not {"program", "path", "unregistered", "origin"} & {line.key for line in lines}
    assert shift.shows(StepUp).seconds == 90, "no longer than the server's question stands"


def test_the_same_question_told_twice_is_one_prompt() -> None:
    shift = working()
    shift.happens(question(1))
    shift.says(shown("u1"))
    held_off(shift, question(2, "q1"))


def test_a_question_waits_while_something_else_is_asked_and_nothing_is_reported() -> None:
    shift = working()
    shift.happens(rung(1))
    held_off(shift, question(1))
    assert shift.shows(StepUp).request_number == 1


def test_nobody_who_is_not_here_is_asked() -> None:
    shift = working()
    held_off(shift, question(1, login="ben"))
    shift.shows(Active)
    locked = Shift()
    held_off(locked, question(1))
    locked.shows(LockScreen)


def test_each_refusal_keeps_that_server_away_twice_as_long_and_no_program() -> None:
    shift = working()
    refused(shift, 1)
    held_off(shift, question(2, "q2"))
    shift.happens(rung(3))
    shift.shows(StepUp)
    shift.says(granted("u3", ANA))
    shift.happens(WorkspaceShown("ana"))
    for _ in range(2):
        shift.rings(COOLING)
    refused(shift, 4)
    (cooling,) = shift.watch.state.askers.cooling
    assert (cooling.login, cooling.left) == ("server:Chart:ana", 4)
    shift.happens(question(5, "q5", server="Portal"))
    shift.shows(StepUp)


def test_not_me_silences_the_server_and_answers_what_it_asks_from_then_on() -> None:
    shift = working()
    shift.happens(question(1))
    shift.says(shown("u1"))
    shift.presses(Button.NOT_ME)
    assert shift.did(CancelCeremony) == [CancelCeremony("u1", "refused_by_person")]
    (report,) = (report for report in shift.did(ReportEvent) if report.action == "not_me")
    assert (report.detail["program"], report.detail["question"]) == ("Chart", "q1")
    shift.happens(WorkspaceShown("ana"))
    assert shift.shows(Active).silenced == ("Chart",)
    for number in (2, 3):
        shift.happens(question(number, f"q{number}"))
        assert shift.did(DeclineQuestion) == [DeclineQuestion("s1", f"q{number}")]
        assert not shift.did(ReportEvent)
    shift.presses(Button.LET_ASK)
    for _ in range(2):
        shift.rings(COOLING)
    shift.happens(question(4, "q4"))
    shift.shows(StepUp)


def test_a_question_that_ends_by_itself_is_cancelled_at_the_service() -> None:
    shift = working()
    shift.happens(question(1))
    shift.says(shown("u1"))
    shift.rings(AlarmName.STEP_UP)
    assert shift.did(CancelCeremony) == [CancelCeremony("u1", "timeout")]
