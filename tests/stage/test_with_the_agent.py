"""The whole station as it runs in a hospital: ``kiosk stage run`` on a bare X server, the real agent, real cards."""

from __future__ import annotations

import os
import signal

import pytest

from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.process_table import until
from tests.fakes.staged import ASK, Staged, colour
from tests.fakes.visible_display import Glass

pytestmark = [pytest.mark.display, pytest.mark.pcsc]


def test_tap_in_tap_over_tap_back(staged: Staged, ada: Colleague, ben: Colleague) -> None:
    here = staged.place
    here.sign_in(ada)
    staged.shows(ada)
    here.lock()
    assert not here.shows(colour(ada))
    here.sign_in(ben)
    staged.shows(ben)
    here.tap(ada.badge, "active", login=ada.login)
    staged.shows(ada)
    here.tap(ben.badge, "active", login=ben.login)
    staged.shows(ben)


def test_after_a_step_up_the_keys_go_to_the_workspace_again(staged: Staged, ada: Colleague) -> None:
    here = staged.place
    here.sign_in(ada)
    staged.shows(ada)
    glass = Glass(here.screen.display)
    inside = until("the workspace to have the keyboard", lambda: _workspace_focus(glass))
    asking = here.ask(ASK)
    here.asked(ada.login)
    until("the agent to have the keyboard", lambda: _focus(glass) != inside)
    here.press("Escape")
    here.wait("active", login=ada.login)
    until("the workspace to have it again", lambda: _focus(glass) == inside)
    asking.stop()
    glass.close()


def test_a_program_in_a_workspace_rings_for_its_own_person(staged: Staged, ada: Colleague) -> None:
    """Also when the agent is another one than that under which the workspace was opened."""
    here = staged.place
    here.sign_in(ada)
    staged.shows(ada)
    os.kill(staged.agent(), signal.SIGKILL)
    here.wait("locked", service="online")
    here.sign_in(ada)
    staged.shows(ada)
    answer = staged.rings(ada, ASK)
    here.asked(ada.login)
    here.enter(KEY_PIN)
    here.tap(ada.own_key, "active", login=ada.login)
    assert answer.read()["decision"] == "granted"


def test_a_hidden_person_s_program_asks_nobody(staged: Staged, ada: Colleague, ben: Colleague) -> None:
    """Their own doorbell says whose it is; who works here now is not asked in their name, and sees nothing of it."""
    here = staged.place
    here.sign_in(ada)
    staged.shows(ada)
    here.lock()
    here.sign_in(ben)
    staged.shows(ben)
    answer = staged.rings(ada, ASK).read()
    assert (answer["decision"], answer["reason"]) == ("refused", "not_active")
    assert (here.status()["state"], here.status()["person"]) == ("active", ben.login)
    staged.shows(ben)


def _focus(glass: Glass) -> int:
    focus = glass.display.get_input_focus().focus
    return focus if isinstance(focus, int) else int(focus.id)


def _workspace_focus(glass: Glass) -> int:
    """The focused window, if it is a nested server's."""
    window = glass.display.get_input_focus().focus
    name = None if isinstance(window, int) else window.get_wm_name()
    return _focus(glass) if name and str(name).startswith("Xephyr") else 0
