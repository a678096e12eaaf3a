"""Whatever covers a workspace, and goes by something that is not its person's touch: no key gets to a program."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from kiosk.service.folder import open_folder
from kiosk.service.store import enrolments, lookups
from tests.fakes.buttons import place_of
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.keylogged_station import Overheard
from tests.fakes.staged import agent_of
from tests.fakes.typist import DIGITS
from tests.fakes.wizard import Wizard

pytestmark = pytest.mark.display
RATE = 15
"""Keys a second: the pace at which most keys fall into the moment of the change."""


@pytest.fixture
def service(ward: Ward) -> Iterator[Ward]:
    """It may be killed, and is there again afterwards."""
    yield ward
    if ward.service is None or not ward.service.running:
        ward.start_service()


def test_a_lock_that_a_tap_lifts_while_a_pin_is_typed_that_nobody_wants(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.place.lock()
    with station.typist(RATE) as typist:
        typist.more(2)
        station.place.tap(ada.badge, "opening")
        typist.more(RATE * 3)
        assert station.place.status()["state"] == "opening", "it waits until nobody types"
        assert station.presses(ada) == []
    station.keeps(ada)


def test_their_keys_when_the_service_goes_away(service: Ward, station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    assert service.service is not None
    os.kill(service.service.process.pid, signal.SIGSTOP)  # it hears, and answers nothing
    station.place.touch(*place_of("active", "My keys"))
    station.place.wait("my_keys")
    with station.typist(RATE) as typist:
        typist.more(2)
        service.service.kill()
        station.place.wait("aftermath", login=ada.login)
        typist.more(RATE * 3)
        assert station.presses(ada) == []
    station.keeps(ada)
    service.start_service()
    station.place.wait("active", service="online")


def test_a_colleagues_pin_over_their_workspace_when_the_service_goes_away(
    service: Ward, station: Overheard, ada: Colleague, ben: Colleague
) -> None:
    station.works(ada)
    station.place.tap(ben.badge, "second_factor")
    assert service.service is not None
    service.service.kill()
    with station.typist(RATE, [*"246810", "Return", *"246810"]) as typist:
        station.place.wait("refused", "downtime", "locked")
        typist.more(RATE * 3)
        assert station.presses(ada) == []
    service.start_service()
    station.place.wait("locked", "refused", service="online")
    assert station.presses(ada) == []


def test_a_workspace_that_ends_under_a_prompt(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    with station.typist(RATE) as typist:
        typist.more(3)
        station.order(ada, "end")
        station.place.wait("aftermath", login=ada.login)
        typist.more(RATE * 3)
        assert station.place.status()["state"] == "aftermath"
    station.keeps(ada)


def test_an_agent_that_is_replaced_under_a_prompt(station: Overheard, ada: Colleague) -> None:
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    with station.typist(RATE) as typist:
        typist.more(3)
        child = station.place.station.child
        assert child is not None
        os.kill(agent_of(station.place) if station.nested else child.process.pid, signal.SIGKILL)
        typist.more(RATE * 2)
        assert station.presses(ada) == []
        if not station.nested:
            station.place.station.stop()
            station.place.station.start()
        station.place.wait("locked", service="online")
        typist.more(RATE)
        assert station.presses(ada) == []
        station.place.tap(ada.badge, "opening")
        typist.more(RATE * 2)
        assert station.presses(ada) == []
    station.keeps(ada)


def test_a_stage_that_locks_by_itself_under_a_prompt(overheard: dict[str, Overheard], ada: Colleague) -> None:
    """Its monitors change; what is asked stays, and so does the cover."""
    station = overheard["nested"]
    station.rest()
    station.works(ada)
    station.forgive(ada)
    station.asked(ada)
    with station.typist(RATE) as typist:
        typist.more(3)
        station.place.screen.monitors((1280, 800))
        typist.more(RATE)
        station.order(ada, "close")
        station.place.wait("aftermath", login=ada.login)
        typist.more(RATE * 3)
        assert station.presses(ada) == []
    station.keeps(ada)


def proving(station: Overheard, who: Colleague) -> None:
    """They add a key at their own workspace, and are asked for the PIN of the one that they have."""
    station.works(who)
    station.place.touch(*place_of("active", "My keys"))
    wizard = Wizard(station.place)
    wizard.press("my_keys.3", "Add")
    wizard.press("choose", "Security key")
    wizard.at("proof.prove.type")


def end_enrolment(ward: Ward, who: Colleague) -> None:
    """The service ends what is under way for them, as it does when one of their factors is taken away meanwhile."""
    db = open_folder(ward.data).database()
    try:
        known = db.read_now(lookups.person_by_login, who.login)
        assert known is not None
        db.write_now(enrolments.end_of_person, known.person.id, int(time.time()), "cancelled")
    finally:
        db.close_now()


def test_an_enrolment_that_the_service_ends_under_a_pin(ward: Ward, station: Overheard, ada: Colleague) -> None:
    """Their key lies there and its PIN is entered; the answer is that it is over, and fingers type on."""
    proving(station, ada)
    end_enrolment(ward, ada)
    with station.place.lay(ada.own_key), station.typist(RATE, [*DIGITS, "Return"]) as typist:
        station.place.wait("aftermath", login=ada.login)
        typist.more(RATE * 3)
        assert station.place.status()["state"] == "aftermath", "it stays as long as somebody types"
        assert station.presses(ada) == []
    station.keeps(ada)


def test_a_session_that_is_ended_under_an_enrolments_pin(ward: Ward, station: Overheard, ada: Colleague) -> None:
    """An end of the session does not wait for the enrolment's end: the station is locked under typing fingers."""
    proving(station, ada)
    with station.typist(RATE) as typist:
        typist.more(2)
        ward.admin("person", "suspend", ada.login)
        try:
            station.place.wait("locked")
            typist.more(RATE * 3)
            assert station.presses(ada) == []
        finally:
            ward.admin("person", "resume", ada.login)
    station.rest()
    station.works(ada)
