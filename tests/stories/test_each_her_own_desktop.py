"""A shift at a station under the stage, on two monitors: each has their own desktop, and finds it as they left it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kiosk.demo.processes import until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import SETTLED, Ward
from tests.fakes.staged import ASK, Staged, colour
from tests.fakes.visible_display import Glass


@pytest.fixture(scope="module")
def staged(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """The station in ward 5; its reader is another's afterwards."""
    station = Staged(ward, tmp_path_factory.mktemp("pipes"), slot=2)
    station.start()
    yield station
    station.place.station.stop()


@pytest.fixture(scope="module")
def ada(ward: Ward) -> Colleague:
    return ward.hire("Ada Byron", key=True)


@pytest.fixture(scope="module")
def ben(ward: Ward) -> Colleague:
    return ward.hire("Ben Macdui", "physician")


@pytest.fixture
def glass(staged: Staged) -> Iterator[Glass]:
    """Both monitors, as another client of the display sees them."""
    seen = Glass(staged.place.screen.display)
    yield seen
    seen.close()


def sees(glass: Glass, right: Colleague | None, *wrong: Colleague) -> None:
    """The work of ``right`` on each monitor, and nothing of anybody else's on either."""
    left, other = (600, 900), (2500, 900)
    if right is not None:
        until(right.name, lambda: {glass.pixel(*left), glass.pixel(*other)} == {rgb(right)})
    assert not glass.rows() & {rgb(who) for who in wrong}


def rgb(who: Colleague) -> tuple[int, int, int]:
    red, green, blue = colour(who).to_bytes(3, "big")
    return red, green, blue


def test_in_over_back_and_out(ward: Ward, staged: Staged, ada: Colleague, ben: Colleague, glass: Glass) -> None:
    here = staged.place
    here.sign_in(ada)
    sees(glass, ada, ben)
    theirs = staged.programs(ada)

    here.tap(ben.badge, "second_factor")
    until("their work to be covered", lambda: rgb(ada) not in glass.rows())
    here.enter(ben.pin)
    here.wait("active", login=ben.login)
    sees(glass, ben, ada)

    assert here.tap(ada.badge, "active", login=ada.login)["assurance"] == "urn:kiosk:identified"
    sees(glass, ada, ben)
    assert staged.programs(ada) == theirs, "as they left it"

    time.sleep(SETTLED)  # the rule itself, as in a morning
    assert here.tap(ada.badge, "locked")["waiting"] == 2
    until("the lock on both monitors", lambda: not glass.rows() & {rgb(ada), rgb(ben)})
    assert [row["reason"] for row in ward.trail(login=ada.login, action="lock")] == ["tap_over", "tap_out"]


def test_their_program_asks_from_inside_and_they_prove_it(
    ward: Ward, staged: Staged, ada: Colleague, ben: Colleague, glass: Glass
) -> None:
    here = staged.place
    here.lock()
    here.sign_in(ada)
    sees(glass, ada, ben)
    answer = staged.rings(ada, ASK)
    here.asked(ada.login)
    until("their work to be covered", lambda: rgb(ada) not in glass.rows())
    here.enter(KEY_PIN)
    here.tap(ada.own_key, "active", login=ada.login)
    assert answer.read()["decision"] == "granted"
    sees(glass, ada, ben)
    assert ward.trail(login=ada.login, action="stepup", result="success")


def test_his_program_asks_while_they_work_and_they_see_nothing_of_it(
    staged: Staged, ada: Colleague, ben: Colleague, glass: Glass
) -> None:
    here = staged.place
    here.lock()
    if not staged.programs(ben):
        here.sign_in(ben)
        here.lock()
    here.sign_in(ada)
    sees(glass, ada, ben)
    assert staged.rings(ben, ASK).read()["decision"] == "refused"
    assert here.status()["state"] == "active"
    sees(glass, ada, ben)
