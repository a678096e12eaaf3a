"""Hands at the enrolment of a station: touches by name, things held until the station has moved on."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from kiosk.demo.processes import ChildFailedError, until
from kiosk.service.enrolment import pending
from kiosk.service.folder import open_folder
from kiosk.service.store import enrolments, lookups, recovery_codes, start_codes
from kiosk.settings import AgentSettings, load
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.buttons import place_of
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

STANDS = {
    "locked": ("locked", "downtime", "refused"),
    "typing": ("locked",),
    "active": ("active",),
    "keys_missing": ("active",),
    "unknown_badge": ("unknown_badge",),
    "choose": ("who.choose",),
    "ask": ("proof.prove.type",),
    "codes": ("new.codes",),
    "done": ("done.done",),
    "lost": ("done.done",),
    "chosen": ("keys.chosen",),
    "confirm": ("keys.confirm",),
    **{f"my_keys.{rows}": ("keys.list",) for rows in range(1, 7)},
}
"""Where the wizard or the station stands while a screen of ``fakes.buttons`` is shown."""


AGAIN = 5.0
"""Seconds after which a person touches once more what did not answer."""


class Wizard:
    """``touches``: buttons pressed and things held so far."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.touches = 0

    def step(self) -> str:
        """Where it stands, as ``kiosk status`` says; else the state of the station."""
        status = self.place.status()
        return str(status.get("step") or status.get("state"))

    def at(self, *steps: str) -> str:
        """Until it stands at one of ``steps``."""
        try:
            return until(f"the wizard at {' or '.join(steps)}", lambda: self._one_of(steps), every=0.03)
        except ChildFailedError as late:
            raise ChildFailedError(f"{late} It is at {self.step()}.") from None

    def _one_of(self, steps: tuple[str, ...]) -> str | None:
        step = self.step()
        return step if step in steps else None

    def press(self, screen: str, name: str) -> None:
        """Touch the button ``name`` of ``screen`` (``fakes.buttons``), once it is to be seen."""
        self.touches += 1
        if screen in STANDS:
            self.at(*STANDS[screen])
        if screen == "typing":
            until("the field for a login", lambda: self.place.status()["entry"] is not None)
        elif screen in ("active", "keys_missing"):
            self._press_on_the_bar(*place_of(screen, name))
            return
        self.place.touch(*place_of(screen, name))

    def _press_on_the_bar(self, x: int, y: int) -> None:
        """As a person does whose program comes up over the bar just as they touch it: again, if nothing happened.

        On the single stage a program's window lies over the bar until the stage sees it there.
        """
        until("their program", lambda: self.place.shows(RED))
        for _ in range(3):
            self.place.touch(x, y)
            with suppress(ChildFailedError):
                until("the bar's answer", lambda: self.step() != "active", within=AGAIN)
                return

    def touch_digits(self, screen: str, digits: str) -> None:
        """Type on the keypad of ``screen`` by touch, and confirm."""
        for key in (*digits, "Enter"):
            self.place.touch(*place_of(screen, key))

    def tap(self, card: SimulatedCard, *states: str) -> None:
        """Tap ``card`` until the station is in one of ``states``."""
        self.touches += 1
        self.place.tap(card, *states)

    def hold(self, card: SimulatedCard, *steps: str) -> str:
        """Hold ``card`` to the reader until the wizard stands at one of ``steps``."""
        self.touches += 1
        with self.place.lay(card):
            return self.at(*steps)

    def vouched(self, colleague: Colleague, *steps: str) -> str:
        """``colleague`` lays their key down, types its PIN and leaves it there until it has signed."""
        self.touches += 1
        with self.place.lay(colleague.own_key):
            self.at("proof.prove.type")
            self.place.enter(KEY_PIN)
            return self.at(*steps)

    def proved(self, who: Colleague, *steps: str) -> str:
        """Their own key, asked for by its PIN first."""
        self.at("proof.prove.type")
        self.place.enter(KEY_PIN)
        self.at("proof.prove.hold")
        return self.hold(who.own_key, *steps)

    def new_key(self, key: SimulatedCard, pin: str) -> None:
        """A key fresh from its box: its first PIN, its credential, its try."""
        self.touches += 1
        with self.place.lay(key):
            self.at("new.pin.new")
            self.place.enter(pin)
            self.at("new.pin.again")
            self.place.enter(pin)
            self.at("try.hold")
        self.hold(key, "done.done")

    def away(self) -> None:
        """Whatever stands on the screen, it is locked afterwards."""
        with suppress(ChildFailedError):
            self.place.lock()


def start_code(ward: Ward, login: str) -> str:
    """A start code, as the help desk gives it out."""
    folder = open_folder(ward.data)
    db = folder.database()
    try:
        known = db.read_now(lookups.person_by_login, login)
        assert known is not None
        return db.write_now(start_codes.issue, folder.keys.badge, known.person.id, "help desk", "new", int(time.time()))
    finally:
        db.close_now()


def recovery_number(ward: Ward, login: str) -> int:
    """Which of their recovery codes their screen asks for now."""
    db = open_folder(ward.data).database()
    try:
        known = db.read_now(lookups.person_by_login, login)
        assert known is not None
        asked = db.read_now(recovery_codes.ask, known.person.id, int(time.time()))
    finally:
        db.close_now()
    assert asked is not None
    return asked


def offered(ward: Ward, place: Workplace) -> dict[str, Any]:
    """What the enrolment under way at ``place`` offers, as only its screen shows it: read where it waits, sealed."""
    folder = open_folder(ward.data)
    db = folder.database()
    try:
        client = load(AgentSettings, place.home / "agent.toml").client_id
        [row] = db.read_now(enrolments.under_way, client)
        return dict(pending.read(folder.keys, row).offered)
    finally:
        db.close_now()
