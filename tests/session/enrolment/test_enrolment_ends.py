"""However an enrolment ends, at whatever step: the sentence is true, and says what to do next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.model.enrolment import EnrolmentView, EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.session.enrolment.ends import ENDED_SECONDS
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_orders import CancelEnrolment, ChooseKind, StartEnrolment
from kiosk.session.facts.enrolment_screens import EnrolDone, EnrolWho
from kiosk.session.facts.events import Event
from kiosk.session.facts.orders import SetTimer
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active
from kiosk.session.facts.service_answers import ServiceRefused, Unreachable
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.state import END, LIMIT
from tests.session.enrolments import NEW_BADGE, no, view
from tests.session.wizard import EnrolShift
from tests.session.world import BEN_BADGE

Touch = Callable[[EnrolShift], object]
PIN = FactorKind.PIN
ASKS: dict[str, tuple[EnrolmentView, Touch]] = {
    "choose": (view(EnrolStep.CHOOSE), lambda shift: shift.picks(PIN)),
    "prove": (view(EnrolStep.PROVE), lambda shift: shift.presses(Button.ASK_COLLEAGUE)),
    "second": (view(EnrolStep.SECOND), lambda shift: shift.holds(BEN_BADGE)),
    "make a badge": (view(EnrolStep.MAKE), lambda shift: shift.holds(NEW_BADGE)),
    "make a pin": (view(EnrolStep.MAKE, PIN), lambda shift: shift.types("482915")),
    "make a code app": (view(EnrolStep.MAKE, FactorKind.CODE_APP), lambda _: None),
    "make codes": (view(EnrolStep.MAKE, FactorKind.RECOVERY_CODES), lambda shift: shift.presses(Button.NEXT)),
    "back from a key": (view(EnrolStep.MAKE, FactorKind.KEY), lambda shift: shift.presses(Button.BACK)),
}
"""Steps, and the touch by which the service is asked about each; none of them binds."""
Loss = Callable[[int], Event]
LOSSES: list[tuple[Loss, str]] = [
    (Unreachable, "enrol_unsure"),
    (lambda turn: ServiceRefused(turn, "bad_answer"), "enrol_unclear"),
]
"""How the answer to what binds may fail to come."""
STEPS = [said for said, _ in ASKS.values()]
STEPS += [view(EnrolStep.VOUCH), *(view(EnrolStep.TRY, kind) for kind in FactorKind)]
IDS = [f"{said.step}-{said.kind}" for said in STEPS]


def at_lock_screen(said: EnrolmentView) -> EnrolShift:
    """Begun by a start code; the service says so far."""
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(said)
    return shift


def over_their_workspace(said: EnrolmentView) -> EnrolShift:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.ADD)
    shift.hears_of(said)
    return shift


def told(shift: EnrolShift) -> str:
    """Key of the sentence on the lock screen, or on the bar of the workspace that is shown again."""
    if shift.name == "opening":
        shift.happens(WorkspaceShown("ana"))
    screen = shift.screen
    assert isinstance(screen, LockScreen | Active)
    return screen.notice.key if screen.notice else ""


def lasts(shift: EnrolShift) -> float:
    return [order.seconds for order in shift.did(SetTimer) if order.name == "notice"][-1]


@pytest.mark.parametrize("begun", [at_lock_screen, over_their_workspace])
@pytest.mark.parametrize("said", STEPS, ids=IDS)
def test_time_that_is_up_is_said_at_every_step(
    said: EnrolmentView, begun: Callable[[EnrolmentView], EnrolShift]
) -> None:
    shift = begun(said)
    shift.rings("enrolment")
    assert told(shift) == "enrol_refusal.expired", "nothing was added, and how to begin again"
    assert lasts(shift) == ENDED_SECONDS
    assert shift.did(CancelEnrolment)


def test_a_try_that_was_on_its_way_when_time_was_up_may_have_bound() -> None:
    shift = at_lock_screen(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.rings("enrolment")
    assert told(shift) == "notice.enrol_unclear_try", "on their first day they have no other way to see it"


def test_who_was_signed_in_when_time_was_up_looks_under_my_keys_after_the_next_sign_in() -> None:
    shift = over_their_workspace(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.rings("enrolment")
    assert told(shift) == "notice.enrol_unclear_sign_in"


@pytest.mark.parametrize(("event", "key"), LOSSES, ids=["silence", "error"])
def test_without_a_session_the_new_thing_itself_tells_what_became_of_it(event: Loss, key: str) -> None:
    shift = at_lock_screen(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.happens(event(shift.last_turn()))
    assert told(shift) == f"notice.{key}_try"


@pytest.mark.parametrize(("event", "key"), LOSSES, ids=["silence", "error"])
def test_a_lock_that_waited_for_it_does_not_swallow_what_became_of_it(event: Loss, key: str) -> None:
    shift = over_their_workspace(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.rings(LIMIT)
    shift.rings(END)
    shift.happens(event(shift.last_turn()))
    assert told(shift) == f"notice.{key}_sign_in"
    assert lasts(shift) == ENDED_SECONDS


def test_a_summary_that_nobody_closes_goes_without_a_word() -> None:
    shift = at_lock_screen(view(EnrolStep.DONE))
    shift.rings("enrolment")
    assert told(shift) == ""


@pytest.mark.parametrize("code", [EnrolRefusalCode.EXPIRED, EnrolRefusalCode.CANCELLED, EnrolRefusalCode.SUSPENDED])
@pytest.mark.parametrize(("said", "touch"), ASKS.values(), ids=ASKS)
def test_what_the_service_ended_meanwhile_is_said_at_every_step(
    said: EnrolmentView, touch: Touch, code: EnrolRefusalCode
) -> None:
    """By its limit, from another station, or because somebody was suspended: told with the next answer."""
    shift = at_lock_screen(said)
    touch(shift)
    shift.hears_of(no(code))
    assert told(shift) == f"enrol_refusal.{code}"


@pytest.mark.parametrize("code", ["wrong_step", "wrong_kind", "not_found", "already_done", "bad_answer", "http_502"])
@pytest.mark.parametrize(("said", "touch"), ASKS.values(), ids=ASKS)
def test_an_answer_out_of_step_has_a_sentence_of_its_own(said: EnrolmentView, touch: Touch, code: str) -> None:
    shift = at_lock_screen(said)
    touch(shift)
    shift.happens(ServiceRefused(shift.last_turn(), code))
    assert told(shift) == "notice.enrol_out_of_step"
    assert lasts(shift) == ENDED_SECONDS


@pytest.mark.parametrize("code", ["wrong_step", "already_done", "bad_answer", "http_504"])
def test_out_of_step_at_what_binds_nobody_says_that_nothing_was_added(code: str) -> None:
    shift = over_their_workspace(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), code))
    assert told(shift) == "notice.enrol_unclear"


@pytest.mark.parametrize("said", STEPS, ids=IDS)
def test_a_revoked_workstation_stops_at_every_step(said: EnrolmentView) -> None:
    shift = over_their_workspace(said)
    shift.hears("revoked")
    assert CancelEnrolment("e1", "locked") in shift.orders
    assert shift.name == "out_of_order"


def going_on() -> EnrolShift:
    """A first badge was added by a start code, and "Add another" was pressed."""
    shift = at_lock_screen(view(EnrolStep.DONE))
    assert shift.part(EnrolDone).more
    shift.presses(Button.MORE)
    return shift


def test_too_late_for_another_one_says_so_and_asks_who_it_is() -> None:
    shift = going_on()
    shift.happens(ServiceRefused(shift.turn_of(ChooseKind), "already_done"))
    assert shift.part(EnrolWho).typing is None
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "notice.enrol_over"
    assert lasts(shift) == ENDED_SECONDS
    shift.holds(NEW_BADGE)
    begun = shift.did(StartEnrolment)[0]
    assert begun.who == NEW_BADGE, "what they have added says who they are"
    assert begun.wish.new is None
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.presses(Button.CANCEL)
    assert told(shift) == "notice.enrol_more_cancelled"


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (EnrolRefusalCode.EXPIRED, "notice.enrol_more_expired"),
        (EnrolRefusalCode.CANCELLED, "notice.enrol_more_cancelled"),
        (EnrolRefusalCode.POLICY, "enrol_refusal.policy"),
    ],
)
def test_what_ends_after_something_was_added_does_not_deny_it(code: EnrolRefusalCode, key: str) -> None:
    shift = going_on()
    shift.hears_of(no(code))
    assert told(shift) == key


def test_time_that_is_up_for_the_second_thing_does_not_deny_the_first() -> None:
    shift = going_on()
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.rings("enrolment")
    assert told(shift) == "notice.enrol_more_expired"


def test_from_their_workspace_another_one_is_an_enrolment_of_its_own() -> None:
    shift = over_their_workspace(view(EnrolStep.DONE))
    shift.presses(Button.MORE)
    assert shift.did(StartEnrolment)
    assert not shift.did(ChooseKind)


def test_a_list_of_a_session_that_is_gone_says_what_to_do() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.DONE)
    shift.happens(WorkspaceShown("ana"))
    shift.presses(Button.MY_KEYS)
    shift.happens(ServiceRefused(shift.last_turn(), "not_found"))
    assert told(shift) == "notice.keys_gone"
