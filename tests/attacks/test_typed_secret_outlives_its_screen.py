"""A PIN is typed and not entered, and its screen goes. With a found badge or their own, whoever comes has none of it.

All on the real path: card service, service over TLS, agent, keys by XTEST. What was sent is read from the trail, once
the ceremony's own end stands there: the station sends in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import ChildProgram, until
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace

pytestmark = pytest.mark.display
ARROW = (1143, 689)
"""Enter on the keypad, at 1280 × 800."""
EXPORT = {"action": "record.export", "resource": "Ward/3", "records": 12, "purpose": "transfer of care"}
RULES = "[policy]\nlockout = 9\nquick_failures = 2\nslow_first = 4\nslow_most = 4\n"


@pytest.fixture(scope="module")
def ward(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    hospital = Ward(tmp_path_factory.mktemp("typed"), cards=one_card_service, settings=RULES)
    try:
        hospital.start()
        yield hospital
    finally:
        hospital.stop()


@pytest.fixture(scope="module")
def station(ward: Ward) -> Workplace:
    place = ward.workplace("ward-3", "Ward 3 North", slot=0)
    place.station.start()
    place.wait("locked", service="online")
    return place


@pytest.fixture
def here(station: Workplace) -> Workplace:
    station.lock()
    return station


def type_only(here: Workplace, text: str) -> None:
    """Typed, and no Enter."""
    until("a field", lambda: here.status().get("entry") is not None)
    here.press(*text)


def asked(here: Workplace, request: Mapping[str, object]) -> ChildProgram:
    """A program asks, again and again where it is made to wait, until its wish stands there to be typed at."""

    def stands() -> ChildProgram | None:
        program = here.ask(request)
        until("its wish, or its answer", lambda: here.status().get("entry") is not None or not program.running)
        return program if program.running else None

    return until("the wish on the screen", stands)


def ends(ward: Ward, who: Colleague, number: int) -> None:
    """Until so many of their ceremonies were given up."""
    until("the end of the ceremony", lambda: len(ward.trail(login=who.login, reason="refused_by_person")) >= number)


def proofs(ward: Ward, who: Colleague) -> list[str]:
    """How every proof went that was sent in their name."""
    return [row["result"] for row in ward.trail(login=who.login, action="proof")]


@pytest.mark.parametrize("how", ["key", "touch"])
def test_a_found_badge_opens_nothing_with_the_pin_that_its_owner_did_not_enter(
    ward: Ward, here: Workplace, how: str
) -> None:
    anna = ward.hire(f"Anna {how.title()}")
    here.tap(anna.badge, "second_factor")
    type_only(here, anna.pin)
    here.press("Escape")
    here.wait("locked")
    here.tap(anna.badge, "second_factor")
    if how == "key":
        here.press("Return")
    else:
        here.touch(*ARROW)
    here.press("Escape")
    here.wait("locked")
    ends(ward, anna, 2)
    assert proofs(ward, anna) == []
    assert not ward.trail(login=anna.login, action="sign_in", result="success")


def test_what_was_typed_is_not_sent_as_a_colleagues_who_taps(ward: Ward, here: Workplace) -> None:
    anna, ben = ward.hire("Anna First"), ward.hire("Ben Next")
    here.tap(anna.badge, "second_factor")
    type_only(here, anna.pin)
    before = here.status()["entry"]
    with here.lay(ben.badge):
        until("the colleague's screen", lambda: here.status().get("entry") not in (None, before))
    here.press("Return")
    here.press("Escape")
    here.wait("locked")
    ends(ward, ben, 1)
    assert (proofs(ward, anna), proofs(ward, ben)) == ([], [])


def test_what_was_typed_for_one_wish_approves_no_other(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Wish")
    codes = ward.admin("totp", "add", anna.login)
    assert codes
    here.sign_in(anna)
    before = len(proofs(ward, anna))
    first = asked(here, EXPORT)
    type_only(here, anna.pin)
    here.press("Escape")
    assert answer_of(first)[1]["reason"] == "refused_by_person"
    here.wait("active")
    second = asked(here, {**EXPORT, "records": 13})
    here.press("Return")
    here.press("Escape")
    assert answer_of(second)[1]["reason"] == "refused_by_person"
    ends(ward, anna, 2)
    assert len(proofs(ward, anna)) == before


def test_after_wrong_tries_the_right_pin_is_not_thrown_away_unseen(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Slow")
    here.tap(anna.badge, "second_factor")
    while here.status().get("entry") is not None:
        here.enter("000000")
        until("an answer", lambda: here.status()["state"] == "second_factor")
        until("the screen to settle", lambda: _settled(ward, here, anna))
    tries = len(proofs(ward, anna))
    here.press(*anna.pin, "Return")
    until("the keypad to be on again", lambda: here.status().get("entry") is not None)
    assert here.status()["state"] == "second_factor"
    assert len(proofs(ward, anna)) == tries, "nothing was sent while it was off"
    here.enter(anna.pin)
    here.wait("active", login=anna.login)


def _settled(ward: Ward, here: Workplace, who: Colleague) -> bool:
    """Whether the last try has been answered: the field is open again, or off."""
    return len(proofs(ward, who)) >= 2 or here.status().get("entry") is not None
