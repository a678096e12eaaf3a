"""An error answer of the service is said as the refusal that it names; and whose workspace is seen."""

from __future__ import annotations

from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts import notices
from kiosk.session.facts.held_by_mode import seen_session, session_of
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, rung


def test_a_refusal_by_its_name_the_database_by_its_own_and_anything_else_for_the_help_desk() -> None:
    assert notices.problem("locked_out") == notices.refused(Refusal(RefusalCode.LOCKED_OUT))
    for code in sorted(notices.OF_THE_DATABASE):
        assert notices.problem(code).key == f"notice.{code}"
    unknown = notices.problem("never_heard_of")
    assert (unknown.key, unknown.values) == ("notice.service_error", (("code", "never_heard_of"),))


def test_a_session_is_seen_while_nothing_covers_it() -> None:
    shift = Shift()
    assert seen_session(shift.watch.state.mode) is None
    shift.works(ANA, ANA_BADGE)
    seen = seen_session(shift.watch.state.mode)
    assert seen is not None
    assert seen.person == ANA
    shift.happens(rung(1))
    assert shift.name == "step_up"
    assert seen_session(shift.watch.state.mode) is None, "a prompt covers it"
    assert session_of(shift.watch.state.mode) == seen
