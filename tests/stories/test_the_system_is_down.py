"""The system is down: the service dies, people work on within bounds, it comes back, and the trail tells it all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.demo.processes import until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace


@pytest.fixture(autouse=True)
def mended(ward: Ward, here: Workplace) -> Iterator[None]:
    """Whatever happens, the next story finds the service running."""
    yield
    if ward.service is None or not ward.service.running:
        ward.start_service()
    here.wait("locked", "refused", "downtime", "active", service="online")


def at_work(ward: Ward, here: Workplace, name: str) -> Colleague:
    """Somebody who signed in with their key, and whose work waits behind the lock."""
    who = ward.hire(name, pin=False, key=True)
    here.tap(who.badge, "second_factor")
    here.enter(KEY_PIN)
    here.tap(who.own_key, "active", login=who.login)
    until(
        "the ticket to be kept", lambda: "tickets.json" in {p.name for p in (here.station.home / "downtime").iterdir()}
    )
    return who


def gone(ward: Ward) -> None:
    assert ward.service is not None
    ward.service.kill()


def reopened(here: Workplace, who: Colleague) -> None:
    """They hold their key to the reader, type its PIN, and hold it there once more."""
    with here.lay(who.own_key):
        here.wait("second_factor")
    here.enter(KEY_PIN)
    here.tap(who.own_key, "active", login=who.login)


def rows_of(ward: Ward, who: Colleague, action: str) -> list[dict[str, object]]:
    return ward.trail(login=who.login, action=action)


def test_work_is_reopened_by_its_persons_key_and_told_when_the_service_is_back(ward: Ward, here: Workplace) -> None:
    anna = at_work(ward, here, "Anna Offermann")
    gone(ward)
    here.wait("active", login=anna.login, service="unreachable")
    here.lock()
    here.wait("downtime", service="unreachable")
    here.tap(anna.badge, "refused", "downtime")  # never by a bare badge number
    reopened(here, anna)
    assert here.status()["service"] == "unreachable"
    ward.start_service()
    here.wait("active", login=anna.login, service="online")
    until("it to be told", lambda: rows_of(ward, anna, "offline_sign_in"))
    row = rows_of(ward, anna, "offline_sign_in")[-1]
    assert (row["result"], row["acr"], row["method"]) == ("success", "phr", "fido2")
    here.wait("active", login=anna.login, service="online")  # the service goes on with it
    told = [row["action"] for row in ward.trail(station=here.station.name) if row.get("detail", {}).get("offline")]
    assert [a for a in told if a in ("service_lost", "offline_sign_in", "service_back")][-3:] == [
        "service_lost",
        "offline_sign_in",
        "service_back",
    ]
    assert "The trail holds" in ward.verify()


def test_somebody_who_was_suspended_meanwhile_is_ended_at_once_and_looked_at(ward: Ward, here: Workplace) -> None:
    anna = at_work(ward, here, "Anna Ohnesorg")
    here.lock()
    gone(ward)
    here.wait("downtime", service="unreachable")
    reopened(here, anna)
    ward.admin("person", "suspend", anna.login)
    ward.start_service()
    here.wait("locked", "refused", service="online")
    until("it to be told", lambda: rows_of(ward, anna, "offline_sign_in"))
    row = rows_of(ward, anna, "offline_sign_in")[-1]
    assert (row["result"], row["reason"]) == ("refused", "suspended")
    listed = ward.admin("review", "list")
    assert anna.login in listed
    assert "suspended" in listed
    assert "The trail holds" in ward.verify()


def test_a_key_whose_work_waits_elsewhere_opens_nothing(ward: Ward, here: Workplace, there: Workplace) -> None:
    anna = at_work(ward, here, "Anna Olbrich")
    berta = at_work(ward, there, "Berta Olbrich")
    here.lock()
    gone(ward)
    here.wait("downtime", service="unreachable")
    here.tap(berta.own_key, "refused")
    reopened(here, anna)
    here.lock()
    ward.start_service()
    here.wait("locked", "refused", service="online")
