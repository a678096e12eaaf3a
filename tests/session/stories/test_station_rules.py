"""Rules that a station sets itself: the sign, leaving for good, the longest session, and who is told of all that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import ReaderRole
from kiosk.model.ceremony import Purpose, Why
from kiosk.model.stepup import Reason
from kiosk.session.events import Button, Started, Stirred, WorkspaceShown
from kiosk.session.orders import (
    AnswerRing,
    CancelCeremony,
    Cover,
    EndWorkspace,
    Probe,
    RunHook,
    ShowWorkspace,
    Tell,
    WatchIdle,
    WatchTouch,
)
from kiosk.session.screens import Active, Fading, Locked, Opening, StepUp
from tests.session.shift import Shift
from tests.session.world import (
    ANA,
    ANA_BADGE,
    ANA_PIV,
    BEN,
    BEN_BADGE,
    KEY_OFFER,
    PIN_OFFER,
    STATION,
    granted,
    opened,
    rung,
    session,
    wants,
)


def a_station(idle: int = 300, tap_out: str = "lock", max_session: int = 43_200, sign_after: int = 60) -> Shift:
    """One with rules of its own."""
    shift = Shift()
    shift.happens(Started(replace(STATION, idle=idle), tap_out=tap_out, max_session=max_session, sign_after=sign_after))
    return shift


def seconds_of(shift: Shift, name: str) -> list[float]:
    """What the alarms of this name were set to, one after the other."""
    return [o.seconds for o in shift.history if getattr(o, "name", None) == name and hasattr(o, "seconds")]


# The sign


def test_after_a_minute_the_bar_says_large_who_is_signed_in_and_the_rest_of_the_idle_time_follows() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    assert shift.asked(WatchIdle).seconds == 60
    shift.leaves_alone(1)
    assert shift.shows(Active).sign is True
    assert shift.did(WatchIdle) == [WatchIdle(240)]
    assert shift.did(WatchTouch)
    assert not shift.did(Cover), "the workspace stays to be seen and used"
    shift.leaves_alone(1)
    shift.shows(Fading)


def test_any_touch_takes_the_sign_away_and_counts_from_the_beginning() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.happens(Stirred())
    assert shift.shows(Active).sign is False
    assert shift.did(WatchIdle) == [WatchIdle(60)]
    shift.happens(Stirred())
    assert not shift.orders


def test_a_press_takes_the_sign_away_and_does_what_it_always_does() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.presses(Button.HELP)
    bar = shift.shows(Active)
    assert (bar.sign, bar.help) == (False, True)


def test_a_card_takes_the_sign_away_and_is_read() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.tap()
    assert shift.did(Probe)
    assert shift.shows(Active).sign is False


def test_locking_by_the_button_under_the_sign_covers_first_and_watches_nothing() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.presses(Button.LOCK)
    assert shift.orders[0] == Cover()
    assert not shift.did(WatchIdle)


@pytest.mark.parametrize(("idle", "sign_after"), [(300, 0), (60, 60), (30, 60)])
def test_without_the_sign_idleness_fades_at_once(idle: int, sign_after: int) -> None:
    shift = a_station(idle=idle, sign_after=sign_after)
    shift.works(ANA, ANA_BADGE)
    assert shift.asked(WatchIdle).seconds == idle
    shift.leaves_alone(1)
    shift.shows(Fading)


def test_a_station_that_never_fades_still_shows_the_sign() -> None:
    shift = a_station(idle=0)
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    assert shift.shows(Active).sign is True
    assert not shift.watch.watching_idle
    shift.happens(Stirred())
    assert shift.watch.watching_idle


# Leaving for good


def test_where_leaving_means_signing_out_her_programs_end_behind_the_cover() -> None:
    shift = a_station(tap_out="sign_out")
    anas = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(ANA_BADGE)
    assert shift.orders[0] == Cover()
    assert shift.did(Tell) == [Tell("session_end", anas.id, "sign_out")]
    assert shift.did(EndWorkspace) == [EndWorkspace("ana")]
    assert shift.shows(Locked).waiting == ()


def test_signing_out_by_another_card_of_hers_leaves_nothing_open_at_the_service() -> None:
    shift = a_station(tap_out="sign_out")
    anas = shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(ANA_PIV)
    shift.says(opened("c9", session(9, ANA)))
    told = shift.did(Tell)
    assert told == [Tell("session_end", anas.id, "sign_out"), Tell("session_end", "s9", "sign_out")]
    assert shift.did(EndWorkspace) == [EndWorkspace("ana")]


@pytest.mark.parametrize("how", ["button", "idle", "tap_over"])
def test_only_her_own_badge_signs_her_out(how: str) -> None:
    shift = a_station(tap_out="sign_out")
    anas = shift.works(ANA, ANA_BADGE)
    if how == "button":
        shift.presses(Button.LOCK)
    elif how == "idle":
        shift.leaves_alone()
        shift.rings("fade")
    else:
        shift.works(BEN, BEN_BADGE)
    assert Tell("lock", anas.id, how) in shift.history
    assert not any(isinstance(order, EndWorkspace) for order in shift.history)


# The longest session


def test_a_session_ends_by_itself_after_a_warning_that_no_touch_puts_off() -> None:
    shift = a_station(max_session=43_200)
    anas = shift.works(ANA, ANA_BADGE)
    assert seconds_of(shift, "limit") == [43_140]
    assert shift.shows(Active).ending is False
    shift.rings("limit")
    assert seconds_of(shift, "end") == [60], "more than the 20 seconds of WCAG 2.2.1"
    assert shift.shows(Active).ending is True
    shift.happens(Stirred())
    shift.presses(Button.CANCEL)
    assert shift.shows(Active).ending is True
    shift.rings("end")
    assert shift.orders[0] == Cover()
    assert shift.did(Tell) == [Tell("session_end", anas.id, "max_session")]
    assert not shift.did(EndWorkspace), "her work waits for her"
    assert shift.shows(Locked).waiting


def test_the_limit_goes_on_whatever_the_session_shows() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.rings("limit")
    shift.leaves_alone()
    shift.shows(Fading)
    shift.happens(Stirred())
    assert shift.shows(Active).ending is True
    shift.happens(rung(1))
    shift.presses(Button.REFUSE)
    shift.shows(Opening)
    shift.rings("end")
    shift.shows(Locked)


def test_a_new_session_begins_a_new_limit() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.rings("limit")
    shift.presses(Button.LOCK)
    assert not shift.watch.state.alarms
    shift.works(BEN, BEN_BADGE)
    assert shift.shows(Active).ending is False
    assert seconds_of(shift, "limit") == [43_140, 43_140]


def a_step_up_at_the_end() -> Shift:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.rings("limit")
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.rings("end")
    return shift


def test_a_step_up_under_way_is_finished_before_the_session_ends() -> None:
    shift = a_step_up_at_the_end()
    shift.shows(StepUp)
    assert not shift.did(CancelCeremony)
    shift.types("1234")
    shift.tap()
    shift.reads(ANA_PIV)
    shift.challenges("u1", KEY_OFFER.method)
    shift.signs()
    shift.says(granted("u1", ANA))
    assert shift.did(AnswerRing)[0].answer.decision == "granted"
    assert shift.did(Tell) == [Tell("session_end", "s1", "max_session")]
    assert not shift.did(ShowWorkspace)
    shift.shows(Locked)


def test_a_session_that_also_moved_is_over_all_the_same_and_says_where_it_went() -> None:
    shift = a_step_up_at_the_end()
    shift.hears("lock", "s1", "Ward 5")
    shift.presses(Button.REFUSE)
    assert shift.did(AnswerRing)[0].answer.reason == Reason.REFUSED_BY_PERSON
    assert shift.did(Tell) == [Tell("session_end", "s1", "max_session")]
    assert shift.shows(Locked).went_to == "Ward 5"


def test_without_a_limit_nothing_is_set() -> None:
    shift = a_station(max_session=0)
    shift.works(ANA, ANA_BADGE)
    assert seconds_of(shift, "limit") == []


# Idleness and step-ups


def test_a_step_up_is_not_interrupted_by_idleness() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.leaves_alone(1)
    shift.happens(rung(1))
    assert not shift.watch.watching_idle
    assert "fade" not in dict(shift.watch.state.alarms)
    shift.shows(StepUp)


# Who is told


def hooks(shift: Shift) -> list[tuple[str, str, str | None, str | None]]:
    """Event, whose session, whom it followed, why it ended."""
    told = [order for order in shift.history if isinstance(order, RunHook)]
    return [(o.event, o.person.login, o.previous.login if o.previous else None, o.reason) for o in told]


def test_the_hook_is_told_of_coming_following_and_leaving() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.works(BEN, BEN_BADGE)
    shift.leaves_alone()
    shift.rings("fade")
    assert hooks(shift) == [
        ("tap_in", "ana", None, None),
        ("tap_over", "ben", "ana", None),
        ("tap_out", "ben", None, "idle"),
    ]
    assert (shift.asked(RunHook).station, shift.asked(RunHook).place) == ("Ward 3 East", "Bay 2")


def test_a_colleague_who_gives_up_leaves_nobody_signed_in() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.tap()
    shift.reads(BEN_BADGE)
    shift.says(wants("c7", BEN, PIN_OFFER))
    shift.presses(Button.CANCEL)
    assert hooks(shift) == [("tap_in", "ana", None, None), ("tap_out", "ana", None, "tap_over")]


def test_a_step_up_is_no_matter_for_the_hook() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1))
    shift.presses(Button.REFUSE)
    shift.happens(WorkspaceShown("ana"))
    assert len(hooks(shift)) == 1


def test_nothing_of_the_hook_comes_before_the_cover_or_the_workspace() -> None:
    shift = a_station()
    shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_BADGE)
    shift.says(opened("c1", session(1, ANA)))
    kinds = [type(order) for order in shift.orders]
    assert kinds.index(ShowWorkspace) < kinds.index(RunHook)
    shift.happens(WorkspaceShown("ana"))
    shift.lift(role=ReaderRole.INSERTION, reader="slot")
    kinds = [type(order) for order in shift.orders]
    assert kinds.index(Cover) < kinds.index(RunHook)
    assert hooks(shift)[-1] == ("tap_out", "ana", None, "card_removed")
