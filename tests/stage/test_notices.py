"""What a program notifies is seen in its own person's workspace, and nowhere else."""

from __future__ import annotations

import pytest

from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, xvfb

NOTIFIES = """
[ "$KIOSK_LOGIN" = ada ] && until notify-send -u critical "Results of bed 3"; do sleep 0.05; done
until [ "$KIOSK_LOGIN" = ben ] || xwininfo -root -tree | grep -qi dunst; do sleep 0.05; done
echo shown >"$1"
exec sleep 1000
"""
pytestmark = pytest.mark.display


def test_a_notice_is_seen_by_its_own_person_alone() -> None:
    with xvfb() as name:
        glass = Glass(name)
        words = ["/bin/sh", "-c", NOTIFIES, "sh", "{folder}/{login}.keys"]
        with Staging(glass, [words], notices=("/usr/bin/dunst", "-geometry", "300x5-20+20")) as stage:
            stage.greet()
            stage.open(2, "ben")
            until("Ben's program", lambda: stage.keys("ben"))
            empty = glass.colours()
            stage.open(1, "ada")
            until("the notice", lambda: stage.keys("ada"))
            until("its pixels", lambda: glass.colours() - empty)
            stage.show(2)
            until("nothing of it", lambda: glass.colours() == empty)
            stage.lock()
            until("the lock", lambda: glass.colours() == {LOCKED})
        glass.close()
