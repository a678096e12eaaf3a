"""The service goes in the middle of an enrolment and comes back: they go on, or begin anew; nothing is half-made."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.fakes.hospital import Ward
from tests.fakes.simulated_cards import a_badge
from tests.fakes.wizard import Wizard
from tests.fakes.workplace import Workplace
from tests.stories.test_enrolment_mishaps import added, trying_a_badge


@pytest.fixture
def wizard(ward: Ward, here: Workplace) -> Iterator[Wizard]:
    made = Wizard(here)
    yield made
    if ward.service is None or not ward.service.running:
        ward.start_service()
    made.away()


def gone(ward: Ward) -> None:
    """Killed, as by a power cut: it says goodbye to nobody."""
    assert ward.service is not None
    ward.service.kill()


def test_a_service_that_comes_back_finds_them_where_they_were(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna = ward.hire("Anna Patient", key=True)
    trying_a_badge(ward, wizard, anna, "04AE0000000001")
    gone(ward)
    here.wait("enrolment", service="unreachable")
    assert wizard.step() == "try.hold", "nobody is sent away for what may last a moment"
    ward.start_service()
    here.wait("enrolment", service="online")
    wizard.hold(a_badge("04AE0000000001"), "done.done")
    wizard.press("done", "Finish")
    here.wait("locked")
    assert added(ward, anna) == ["factor_added"]


def test_a_service_that_dies_over_a_try_leaves_nothing_half_made(ward: Ward, here: Workplace, wizard: Wizard) -> None:
    anna, badge = ward.hire("Anna Cutoff", key=True), a_badge("04AE0000000002")
    trying_a_badge(ward, wizard, anna, "04AE0000000002")
    assert ward.service is not None
    os.kill(ward.service.process.pid, signal.SIGSTOP)  # it hears their try, and answers nothing
    with here.lay(badge):
        wizard.at("try.hold.busy")
        gone(ward)
        here.wait("refused")
    ward.start_service()
    here.wait("refused", "locked", service="online")
    assert added(ward, anna) == []
    assert "The trail holds" in ward.verify()

    trying_a_badge(ward, wizard, anna, "04AE0000000002")
    wizard.hold(badge, "done.done")
    wizard.press("done", "Finish")
    here.wait("locked")
    assert added(ward, anna) == ["factor_added"]
