"""A first badge at a reader that acts as a keyboard; and the same badge afterwards at a card reader elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.demo.processes import until
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.wedge import Wedge
from tests.fakes.wizard import Wizard, start_code
from tests.fakes.workplace import Workplace

TYPED, NUMBER = "1303689068602870", "04A1B2C3D4E5F6"
FORMAT = """
[[wedge]]
typed = "decimal"
bytes = 7
length = 16
"""


@pytest.fixture(scope="module")
def counter(ward: Ward) -> Iterator[Workplace]:
    """A station with such a reader, besides its own."""
    place = ward.workplace("counter-w", "Counter W", slot=2, settings=FORMAT)
    place.station.start()
    place.wait("locked", service="online")
    yield place
    place.station.stop()


@pytest.fixture
def reader(counter: Workplace) -> Iterator[Wedge]:
    made = Wedge(counter.screen.display)
    yield made
    made.close()


def read(wizard: Wizard, reader: Wedge, *steps: str) -> None:
    """Hold the badge to the reader, which is a second after it last was, and wait for what follows."""
    taps = taps_at(wizard.place)

    def tapped() -> bool:
        reader.reads(TYPED)
        return taps_at(wizard.place) > taps

    until("a tap", tapped, every=0.1)
    wizard.at(*steps)


def taps_at(place: Workplace) -> int:
    return (place.home / "log" / "agent.log").read_text().count("event Tap")


def test_a_first_badge_is_made_and_tried_at_it(ward: Ward, counter: Workplace, reader: Wedge, here: Workplace) -> None:
    dora: Colleague = ward.hire("Dora Keyboard", "supervisor", key=True)
    anna = Colleague("annaw", "Anna Keyboard", NUMBER, "480216")
    ward.person(anna.login, anna.name, "nurse", pin=anna.pin)
    wizard = Wizard(counter)
    read(wizard, reader, "unknown_badge")
    wizard.press("unknown_badge", "It is mine: add it")
    wizard.at("who.who.start_code")
    reader.by_hand(start_code(ward, anna.login))
    wizard.at("proof.second")
    wizard.vouched(dora, "try.hold")
    read(wizard, reader, "done.done")
    counter.press("Escape")
    counter.wait("locked")
    [added] = ward.trail(action="factor_added", login=anna.login)
    assert added["result"] == "success"

    here.sign_in(anna)
    assert [row["detail"]["kind"] for row in ward.trail(action="tap", login=anna.login)][-1] == "uid"
