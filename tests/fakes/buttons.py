"""Where the buttons of a station's screen are, by their accessible names: the same screens drawn in a process apart.

    places = Places()           # draws them once
    places.of("my_keys", "Add") # the middle of that button on a screen of 1280 × 800

Run as a program it draws them off screen and prints what it found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.session.facts.screens import Screen

SCREEN = {
    "name": "glass",
    "x": 0,
    "y": 0,
    "width": 1280,
    "height": 800,
    "logicalDpi": 96,
    "logicalBaseDpi": 96,
    "dpr": 1,
}
PYTHON = (os.path.realpath(sys.executable),)
"""The programs of our own that ask."""
Found = dict[str, dict[str, tuple[int, int]]]


@cache
def places() -> Found:
    """Screen → accessible name → middle."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        json.dump({"screens": [SCREEN]}, config)
        config.flush()
        env = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config.name}"}
        words = [sys.executable, "-m", "tests.fakes.buttons"]
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=True)
    found: Found = json.loads(done.stdout)
    return found


def place_of(screen: str, name: str) -> tuple[int, int]:
    """The middle of the button whose name is, or begins with, ``name``."""
    buttons = places()[screen]
    fitting = [at for known, at in buttons.items() if known == name or known.startswith(f"{name}.")]
    assert len(fitting) == 1, f"{name!r} is not one of {sorted(buttons)} on {screen}"
    return fitting[0]


def _screens() -> dict[str, Screen]:
    from kiosk.model.ceremony import MethodOffer
    from kiosk.model.enrolment import FactorKind, FactorView
    from kiosk.model.proof import Method
    from kiosk.session.facts.enrolment_screens import EnrolChoose, Enrolment, EnrolProve, EnrolWho, MyKeys
    from kiosk.session.facts.prove_part import Prove
    from kiosk.session.facts.screen_parts import LockScreen
    from kiosk.session.facts.screens import Active, StepUp
    from kiosk.ui.samples import SAMPLES
    from kiosk.ui.samples.people import AROUND

    ways = tuple(MethodOffer(method) for method in (Method.FIDO2, Method.PIN, Method.RECOVERY))
    kinds = tuple(kind for kind in FactorKind if kind is not FactorKind.PKOC)
    assert kinds[-1] is FactorKind.PHONE
    badge = FactorView("m1", FactorKind.BADGE, "Badge", 1_790_000_000)
    rows = [replace(badge, mark=f"m{n}", name=f"Row {n}") for n in range(1, 7)]
    wizard, keys, silenced = SAMPLES["enrol-hold"], SAMPLES["my-keys"], SAMPLES["active-silenced"]
    phoned, asked = (MethodOffer(Method.FIDO2), MethodOffer(Method.PHONE)), SAMPLES["step-up-key"]
    assert isinstance(silenced, Active)
    assert isinstance(asked, StepUp)
    assert isinstance(wizard, Enrolment)
    assert isinstance(keys, MyKeys)
    found: dict[str, Screen] = {
        "locked": LockScreen(AROUND),
        "typing": LockScreen(AROUND, typing_login=True),
        "with_emergency": SAMPLES["locked-emergency"],
        "away_with_emergency": SAMPLES["downtime-emergency"],
        "emergency": SAMPLES["emergency"],
        "emergency_away": SAMPLES["emergency-away"],
        "emergency_code": SAMPLES["emergency-code"],
        "red_bar": SAMPLES["active-emergency"],
        "active": SAMPLES["active"],
        "helping_owes": SAMPLES["active-owes"],
        "silenced": replace(silenced, help=False, silenced=PYTHON),
        "helping": replace(silenced, silenced=PYTHON, silences_all=True),
        "step_up": SAMPLES["step-up-another"],
        "step_up_with_phone": replace(asked, prove=Prove(phoned, Method.FIDO2, "type", False)),
        "aftermath": SAMPLES["aftermath"],
        "keys_missing": SAMPLES["active-keys-missing"],
        "unknown_badge": SAMPLES["unknown-badge"],
        "who": replace(wizard, part=EnrolWho(), at="who", person=None, back=False),
        "start_code": replace(wizard, part=EnrolWho("start_code"), at="who", person=None),
        "choose": replace(wizard, part=EnrolChoose(kinds[:-1]), at="who", kind=None),
        "choose_with_phone": replace(wizard, part=EnrolChoose(kinds), at="who", kind=None),
        "hold": wizard,
        "ask": replace(wizard, part=EnrolProve(Prove(ways[:1], Method.FIDO2, "type", False), False, may_ask=True)),
        "login": replace(wizard, part=EnrolProve(Prove(ways, Method.FIDO2, "type", False), False)),
        "codes": SAMPLES["enrol-codes-screen"],
        "print": SAMPLES["enrol-codes"],
        "done": SAMPLES["enrol-done-badge"],
        "lost": SAMPLES["enrol-done-lost"],
    }
    for count in range(1, 7):
        found[f"my_keys.{count}"] = replace(keys, factors=tuple(rows[:count]), keys_missing=0)
    found["chosen"] = replace(keys, factors=tuple(rows), chosen="m1")
    found["confirm"] = replace(keys, factors=tuple(rows), chosen="m1", confirm=True)
    return found


def main() -> None:
    from PySide6.QtWidgets import QApplication, QPushButton

    from kiosk.ui.window import Window

    application = QApplication(["buttons"])
    window = Window(lambda event: None, sounds=False)
    found: Found = {}
    for key, screen in _screens().items():
        window.show_screen(screen)
        for _ in range(5):
            application.processEvents()
        buttons = [button for button in window.findChildren(QPushButton) if button.isVisible()]
        middles = {b.accessibleName(): b.mapTo(window, b.rect().center()) for b in buttons}
        found[key] = {name: (at.x(), at.y()) for name, at in middles.items() if name}
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
