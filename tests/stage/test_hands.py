"""What hands do at the host's display arrives in the workspace that is seen: wheel, drag, and the middle button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.process_table import until
from tests.fakes.staging import Staging, program
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def stage() -> Iterator[Staging]:
    with xvfb() as name:
        glass = Glass(name)
        words = program("hands_inside", "{login}", "{folder}/{login}.keys")
        with Staging(glass, [words], rest=0) as staging:
            staging.greet()
            for number, login in enumerate(("ada", "ben"), 1):
                staging.open(number, login)
                until("its window", lambda: staging.keys(login))  # noqa: B023 # asked at once
            yield staging
        glass.close()


def heard(stage: Staging, login: str, line: str, after: int = 0) -> bool:
    return any(item.startswith(line) for item in stage.keys(login)[after:])


def click(stage: Staging, number: int) -> None:
    stage.glass.button(number, down=True)
    stage.glass.button(number, down=False)


def test_the_wheel_turns_in_whoever_is_seen(stage: Staging) -> None:
    stage.show(1)
    stage.glass.move(640, 400)
    for number in (4, 4, 5, 4, 6, 7):
        click(stage, number)
    until("all of it", lambda: heard(stage, "ada", "press 7"))
    turned = [line.split()[1] for line in stage.keys("ada") if line.startswith("press")]
    assert turned == ["4", "4", "5", "4", "6", "7"]
    assert not heard(stage, "ben", "press")


def test_a_drag_goes_all_the_way_and_is_let_go(stage: Staging) -> None:
    stage.show(1)
    stage.glass.move(300, 300)
    stage.glass.button(1, down=True)
    for step in range(1, 11):
        stage.glass.move(300 + 20 * step, 300 + 10 * step)
    stage.glass.button(1, down=False)
    until("its end", lambda: heard(stage, "ada", "release 1"))
    lines = [line.split() for line in stage.keys("ada") if line.split()[0] in ("press", "move", "release")]
    drag = [line for line in lines if line[1] == "1"]
    assert drag[0][0] == "press" and drag[-1][0] == "release"
    assert int(drag[-1][2]) - int(drag[0][2]) == 200 and int(drag[-1][3]) - int(drag[0][3]) == 100
    assert [line for line in drag if line[0] == "move"]


def test_a_drag_does_not_go_on_in_the_next_persons_work(stage: Staging) -> None:
    stage.show(1)
    stage.glass.move(300, 300)
    stage.glass.button(1, down=True)
    before = len(stage.keys("ada"))
    stage.show(2)
    stage.glass.move(500, 500)
    until("it was let go at theirs", lambda: heard(stage, "ada", "release 1", before))
    stage.glass.button(1, down=False)
    click(stage, 5)
    until("what came after it", lambda: heard(stage, "ben", "press 5"))
    assert not heard(stage, "ben", "press 1")


def test_the_middle_button_pastes_what_the_same_person_selected_and_nobody_elses(stage: Staging) -> None:
    stage.show(1)
    stage.glass.move(640, 400)
    click(stage, 3)
    until("it is selected", lambda: heard(stage, "ada", "release 3"))
    stage.show(2)
    click(stage, 2)
    until("nothing", lambda: heard(stage, "ben", "pasted nothing"))
    stage.show(1)
    click(stage, 2)
    until("their own", lambda: heard(stage, "ada", "pasted ada"))
    assert not heard(stage, "ben", "pasted ada")
