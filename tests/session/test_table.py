"""The table of the workstation: in this state, after this event, the screen is that one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.model.ceremony import Purpose
from kiosk.model.enrolment import EnrolStep
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.service_answers import EnrolmentUpdated, FactorsReceived
from kiosk.session.facts.stage_news import IdleExpired, StageFailed, StageLocked, UserActivity, WorkspaceShown
from kiosk.session.facts.station_news import Offline, RoomFailed
from tests.session.enrolments import factors, view
from tests.session.shift import Shift
from tests.session.world import ANA, ANA_BADGE, KEY_OFFER, PIN_OFFER, opened, refused, rung, session, wants


def locked(shift: Shift) -> None:
    """As it starts."""


def reading(shift: Shift) -> None:
    shift.tap()


def second_factor(shift: Shift) -> None:
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", ANA, PIN_OFFER))


def holding(shift: Shift) -> None:
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", ANA, KEY_OFFER))
    shift.types("1234")


def opening(shift: Shift) -> None:
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))


def active(shift: Shift) -> None:
    shift.works(ANA, ANA_BADGE)


def signed(shift: Shift) -> None:
    active(shift)
    shift.leaves_alone(1)


def fading(shift: Shift) -> None:
    active(shift)
    shift.leaves_alone(2)


def step_up(shift: Shift) -> None:
    active(shift)
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, purpose=Purpose.STEP_UP))


def unknown_badge(shift: Shift) -> None:
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(refused("c1", RefusalCode.UNKNOWN_BADGE))


def who(shift: Shift) -> None:
    unknown_badge(shift)
    shift.presses(Button.ENROL)


def my_keys(shift: Shift) -> None:
    active(shift)
    shift.presses(Button.MY_KEYS)
    shift.happens(FactorsReceived(shift.last_turn(), factors()))


def enrolment(shift: Shift) -> None:
    my_keys(shift)
    shift.presses(Button.ADD)
    shift.happens(EnrolmentUpdated(shift.last_turn(), view(EnrolStep.MAKE)))


def out_of_order(shift: Shift) -> None:
    shift.happens(RoomFailed("CARD-THREAD"))


def revoked(shift: Shift) -> None:
    shift.hears("revoked")


STATES: list[Callable[[Shift], None]] = [
    *(locked, reading, second_factor, holding, opening, active, signed, fading, step_up),
    *(unknown_badge, who, my_keys, enrolment, out_of_order, revoked),
]
EVENTS: dict[str, Callable[[Shift], object]] = {
    "tap": lambda shift: shift.tap(),
    "cancel": lambda shift: shift.presses(Button.CANCEL),
    "lock": lambda shift: shift.presses(Button.LOCK),
    "again": lambda shift: shift.presses(Button.TRY_AGAIN),
    "code": lambda shift: shift.presses(Button.USE_CODE),
    "enrol": lambda shift: shift.presses(Button.ENROL),
    "keys": lambda shift: shift.presses(Button.MY_KEYS),
    "stirred": lambda shift: shift.happens(UserActivity()),
    "idle": lambda shift: shift.happens(IdleExpired()),
    "typed": lambda shift: shift.types("1234"),
    "painted": lambda shift: shift.happens(WorkspaceShown("ana")),
    "stage": lambda shift: shift.happens(StageFailed("X-1")),
    "ring": lambda shift: shift.happens(rung(2)),
    "lock!": lambda shift: shift.hears("lock", "s1", "Ward 5"),
    "end!": lambda shift: shift.hears("end", "s1"),
    "revoked": lambda shift: shift.hears("revoked"),
    "broken": lambda shift: shift.happens(RoomFailed("NET")),
    "offline": lambda shift: shift.happens(Offline("07:41")),
    "suspend": lambda shift: shift.happens(StageLocked("suspend")),
    "monitors": lambda shift: shift.happens(StageLocked("monitors")),
    "super_l": lambda shift: shift.happens(StageLocked("key")),
}
TABLE = """
               tap      cancel   lock     again    code     enrol    keys     stirred  idle     typed    painted  stage    ring     lock!    end!     revoked  broken   offline  suspend  monitors  super_l
locked         reading  -        -        -        -        enrol    -        -        -        -        -        -        -        -        -        out      out      downtime -        -        -
reading        reading  locked   -        -        -        -        -        -        -        -        -        -        -        -        -        out      out      -        locked   -        locked
second_factor  -        locked   -        -        -        -        -        -        -        -        -        -        -        -        -        out      out      -        locked   -        locked
holding        -        locked   -        -        -        -        -        -        -        -        -        -        -        -        -        out      out      -        locked   -        locked
opening        -        locked   locked   -        -        -        -        -        -        -        active   out      step_up  locked   locked   out      out      -        locked   locked   locked
active         -        -        locked   -        -        -        my_keys  -        -        -        -        out      step_up  locked   locked   out      out      -        locked   locked   locked
signed         -        -        locked   -        -        -        my_keys  -        fading   -        -        out      step_up  locked   locked   out      out      -        locked   locked   locked
fading         fading   active   locked   active   active   active   active   active   -        -        -        out      step_up  locked   locked   out      out      -        locked   locked   locked
step_up        -        opening  -        -        -        -        -        -        -        -        -        out      -        -        locked   out      out      -        locked   -        locked
unknown_badge  reading  locked   -        locked   locked   enrol    -        -        -        -        -        -        -        -        -        out      out      -        -        -        -
who            -        locked   -        -        -        -        -        -        -        -        -        -        -        -        -        out      out      -        locked   -        locked
my_keys        -        opening  locked   -        -        -        -        -        -        -        -        out      -        locked   locked   out      out      -        locked   -        locked
enrolment      -        opening  -        -        -        -        -        -        -        -        -        out      -        -        locked   out      out      -        locked   -        locked
out_of_order   reading  locked   -        locked   -        -        -        -        -        -        -        -        -        -        -        out      -        -        -        -        -
revoked        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -        -
"""  # noqa: E501 - a table is read by its columns
"""``-``: the screen stays; ``out``: out_of_order, ``enrol``: enrolment."""

HEAD, *ROWS = (line.split() for line in TABLE.strip().splitlines())
SHORT = {"out": "out_of_order", "enrol": "enrolment"}


def test_the_table_is_whole() -> None:
    assert [state.__name__ for state in STATES] == [row[0] for row in ROWS]
    assert list(EVENTS) == HEAD


@pytest.mark.parametrize(("reach", "row"), list(zip(STATES, ROWS, strict=True)), ids=[row[0] for row in ROWS])
def test_after_each_event_the_screen_is_the_one_of_the_table(reach: Callable[[Shift], None], row: list[str]) -> None:
    shown: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for event, cell in zip(HEAD, row[1:], strict=True):
        shift = Shift()
        reach(shift)
        wanted[event] = shift.name if cell == "-" else SHORT.get(cell, cell)
        EVENTS[event](shift)
        shown[event] = shift.name
    assert shown == wanted
